/* A look at the messages of a split (sluice explain, sluice try): asked of the process behind it, shown line by line. */
#pragma once

#include "cli/connect.h"

enum { LOOK_FOR_SECONDS_MAX = 60, LOOK_FOR_SECONDS = 5 };

struct look_request {
    const struct json *split;   /* its document */
    const struct json *filters; /* of a try: [{"name", "pattern"}]; NULL: of the split's sessions */
    int64_t seconds;
    bool follow;
    /* One line of what is told; 0 or -errno, which ends it. */
    int (*on_line)(void *context, const struct json *line);
    void *context;
};

/* EXIT_CODE_OK or an exit status with *why; also where the filters are refused, or the worker ends. */
MUST_USE int look_run(const struct connection *connection, const struct look_request *request, struct reason *why);
/* For a command: prints what is told, after the options. */
MUST_USE int look_show(const struct connection *connection, const struct options *options, const struct json *split,
                       const struct json *filters);
