/* What the process behind a split tells line by line for as long as it likes: logs, and what becomes of messages. */
#pragma once

#include "cli/connect.h"

enum { STREAM_LINE_BYTES_MAX = 1 << 20 };

struct stream_spec {
    const struct json *split; /* its document */
    const char *method, *path;
    const struct json *body;                        /* NULL: none */
    int (*on_line)(void *context, struct str line); /* without the newline; 0 or -errno, which ends it */
    void *context;
};

/* "/sluice/v1/<what>/<split's name>" with the query behind it ("" for none). -ENOBUFS, -ENOMEM. */
MUST_USE int stream_path(const char *what, const struct json *split, const char *query, struct buf *ret);
/* Until it ends. EXIT_CODE_OK or an exit status with *why. */
MUST_USE int stream_run(const struct connection *connection, const struct stream_spec *spec, struct reason *why);
