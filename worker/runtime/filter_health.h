/* What a session must be told about its own filters: those that hit their limit and are in quarantine, and those that cannot be evaluated
 * (C-7). Owns what was told; the engine keeps one for each session. */
#pragma once

#include "worker/runtime/table.h"
#include "worker/runtime/tally.h"

struct filter_health {
    bool quarantined; /* the condition stands */
    bool judged;      /* they were looked at, and could not be evaluated so often: */
    uint64_t unevaluated;
};

/* For the table's session of this number. */
void filter_health_tell(struct filter_health *health, struct worker_runtime *runtime, struct tally *tally,
                        const struct worker_table *table, size_t session);
