/* The values of looks: what a person asks to be shown of the messages that pass, and what the worker answers.
 *
 * Shared vocabulary of both ends; no code. */
#pragma once

#define LOOK_SECONDS_MAX 60
#define LOOK_VALUE_BYTES_MAX 256 /* of a header's value or name, before it is escaped (S-11) */

enum look_state {
    LOOK_RUNNING = 1, /* totals so far */
    LOOK_OVER = 2,    /* totals; nothing more comes */
    LOOK_REFUSED = 3  /* reason and text say why; nothing more comes */
};

/* Where a message went. */
enum look_went {
    LOOK_WENT_ON = 1,      /* to the application */
    LOOK_WENT_SESSION = 2, /* to the session that is named, alone */
    LOOK_WENT_NOT_READY =
        3 /* to the application, although that session's filters match: its queue takes nothing now */
};

/* What a filter says of one message. */
enum verdict {
    VERDICT_NONE = 0,
#define VERDICT(CODE, name, words) VERDICT_##CODE,
#include "common/model/verdict.def"
#undef VERDICT
    VERDICT_COUNT
};
