/* One worker as it is observed. Plain values. */
#pragma once

#include "common/base/arena.h"
#include "common/base/mono.h"
#include "common/base/reason.h"
#include "supervisor/worker_link/wanted_table.h"

enum worker_presence {
    WORKER_NONE,     /* no process; why says what the last one died of, if there was one */
    WORKER_STARTING, /* a process, no HELLO yet */
    WORKER_LIVE,
    WORKER_STOPPING /* told to stop, not gone yet */
};

struct worker_temp_view {
    const char *name;
    enum worker_temp_state state;
    uint64_t remaining; /* messages */
    uint64_t moved;
    struct reason why;
};

struct worker_condition_view {
    struct reason why;
    const char *session; /* uid; "" : the whole split */
};

struct worker_view {
    enum worker_presence presence;
    uint64_t incarnation;
    int32_t pid; /* of the present process; 0: none, or not told yet */
    char spec_hash[65];
    unsigned failures;             /* ends in a row without having lived long */
    struct mono retry;             /* not to be started before */
    struct reason why;             /* last end that was not ordered; REASON_NONE once the next one is live */
    const struct json *last_words; /* {incarnation, at, reason, message, log: []} of the last such end; NULL: none */
    bool checked;
    const char *cluster;
    uint32_t partitions;
    enum worker_delivery delivery;
    const struct wanted_position *positions;
    size_t position_count;
    bool positions_complete;
    const struct worker_temp_view *temps;
    size_t temp_count;
    const struct worker_condition_view *conditions; /* active ones */
    size_t condition_count;
    enum worker_forwarding forwarding;
    struct reason forwarding_why;
    const struct wanted_table *pushed; /* last table given to this worker; NULL: none yet */
    bool pushed_applied;               /* the worker acknowledged exactly that one */
    uint64_t generation;               /* of the table that the worker has in force; 0: none yet */
};
