/* What a worker should make true: the table as the supervisor computes it.
 *
 * Plain values. Whoever fills one owns its strings and arrays; wanted_table_dup makes a copy that owns everything.
 * A NULL string is "". Sizes are limited by ipc/table.h and the rows of ipc/messages.def. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "ipc/table.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wanted_temp {
    const char *name; /* at most 249 bytes */
    enum worker_temp_role role;
    enum worker_temp_want want;
    const char *session; /* uid of the session it belongs to; "" for the fallback */
    const char *group;   /* consumer group that reads it; "" when undeclared */
    const char *stamp;   /* session key header of what is in it, also after its session's end; "" for none */
};

struct wanted_filter {
    const char *name;    /* of the header */
    const char *pattern; /* searched in its value */
};

struct wanted_session {
    const char *uid;
    const char *temp; /* name of one of the temps, wanted present */
    enum worker_session_mode mode;
    const char *stamp; /* value of the session key header; "" for none */
    const struct wanted_filter *filters;
    size_t filter_count; /* 0: matches nothing (C-14) */
};

struct wanted_position {
    uint32_t partition; /* ascending in the list */
    uint64_t start, end;
};

struct wanted_table {
    uint64_t generation; /* from 1; grows with every change, also over restarts of the supervisor */
    enum worker_mode mode;
    bool original_free; /* no process that is not ours is left that could consume the original */
    const struct wanted_temp *temps;
    size_t temp_count;
    const struct wanted_session *sessions; /* in route order (C-6) */
    size_t session_count;
    const struct wanted_position *positions; /* as recorded before the patch (K-3) */
    size_t position_count;
};

/* A deep copy. -E2BIG when a count or string is over its limit, -ENOMEM, -ENOBUFS. */
MUST_USE int wanted_table_dup(const struct wanted_table *table, struct wanted_table **ret);
/* Only what wanted_table_dup made; NULL is allowed. */
void wanted_table_free(struct wanted_table *table);
DEFINE_CLEANUP(struct wanted_table, wanted_table)
/* Equal in all but the generation: nothing has to be said. */
bool wanted_table_equal(const struct wanted_table *a, const struct wanted_table *b);
