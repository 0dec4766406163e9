/* What may stand where the cursor is, decided from the tables of commands and options. Pure. */
#pragma once

#include "cli/options.h"
#include "common/base/buf.h"

/* What the shell completes beside the words. */
enum completion_more {
    COMPLETION_NOTHING,
    COMPLETION_FILES, /* names of files */
    COMPLETION_NAMES, /* names of what there is: sessions for kill, splits for logs, both for status */
};
struct completion {
    enum completion_more more;
    enum command command; /* COMMAND_COUNT: none stands there yet */
    const char *prefix;   /* what the names begin with; borrowed from words */
};
/* words: those of the command line after "sluice", up to and with the one at the cursor, which may be ""; at least one. Appends
 * candidates to buf, one a line. -ENOBUFS, -ENOMEM. */
MUST_USE int completion_words(const char *const *words, size_t count, struct buf *buf, struct completion *ret);
