/* What a person is told when something needs him: a code, which is a row of reason.def, and a text that says what was
 * wrong and where. The next step to take comes with the code. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include <stddef.h>

enum reason_code {
    REASON_NONE = 0,
#define REASON(code, name, next_step) REASON_##code,
#include "common/model/reason.def"
#undef REASON
    REASON_COUNT
};

#define REASON_TEXT_SIZE 512

struct reason {
    enum reason_code code;
    char text[REASON_TEXT_SIZE]; /* one sentence with names (resource, field, topic); cut at the end when too long */
};

/* "OriginalInUse" for REASON_ORIGINAL_IN_USE; "" for REASON_NONE. */
const char *reason_name(enum reason_code code);
/* What to do about it, one sentence. */
const char *reason_next_step(enum reason_code code);
/* REASON_NONE when there is no such name. */
enum reason_code reason_from_name(struct str name);
/* Fills *reason (may be NULL: nobody asks) and returns outcome, so that a failing function ends with:
 * return reason_set(why, X, 1, "..."). */
int reason_set(struct reason *reason, enum reason_code code, int outcome, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
