/* Every worker's log, line by line, for another place: each line once, also over restarts of the supervisor. */
#pragma once

#include "common/base/str.h"
#include "common/loop/loop.h"

struct log_tail;

/* Takes a line, without its end. Not 0: it cannot now, and is given the same line again later. */
typedef int log_tail_fn(void *context, const char *worker, struct str line);

/* log_dir is borrowed for life. */
MUST_USE int log_tail_new(struct loop *loop, const char *log_dir, log_tail_fn *sink, void *context,
                          struct log_tail **ret);
/* Gives what came since the last look, and forgets. */
void log_tail_free(struct log_tail *tail);
DEFINE_CLEANUP(struct log_tail, log_tail)
