/* The table that the supervisor wants to be true, whole and immutable, shared by the threads of a worker.
 *
 * Built by runtime/table_build.c from TABLE_BEGIN ... TABLE_COMMIT; an engine takes references and never changes one.
 * Owns all strings and the route index. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "ipc/table.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct route_index;

struct worker_temp {
    char name[250];
    enum worker_temp_role role;
    enum worker_temp_want want;
    char session[65]; /* uid; "" for the fallback */
    char group[256];  /* the consumer group that reads it (K-15); "" when undeclared */
    char stamp[129];  /* session key header of what its session was sent, also when that has ended; "": none (C-16) */
};

struct worker_session {
    char uid[65];
    uint32_t temp; /* index into temps */
    enum worker_session_mode mode;
    char stamp[129]; /* value of the session key header (C-16); "" when nothing is stamped */
};

struct worker_position {
    uint32_t partition;
    int64_t start; /* the group's offset when recorded, or where it has none the first offset in the log */
    int64_t end;   /* the same, or the offset behind the last record */
};

struct worker_table {
    uint64_t generation;
    enum worker_mode mode;
    bool original_free; /* no process that is not ours is left that could consume the original */
    struct worker_temp *temps;
    size_t temp_count;
    struct worker_session *sessions; /* in route order; the index's destination number is the position here */
    size_t session_count;
    struct worker_position *positions; /* as recorded before the patch (K-3) */
    size_t position_count;
    struct route_index *routes;
};

struct worker_table *worker_table_ref(struct worker_table *table); /* thread-safe */
void worker_table_unref(struct worker_table *table);               /* thread-safe; NULL is allowed */
/* The fallback's entry, or NULL. */
const struct worker_temp *worker_table_fallback(const struct worker_table *table);
