/* One message while it is decided: which predicates its headers make true. Inside of route_decide. */
#pragma once

#include "worker/route/scratch_layout.h"

struct match {
    const struct route_index *index;
    struct route_scratch *scratch;
    const struct route_header *headers;
    size_t header_count;
    struct mono now;
    size_t hit_count; /* in scratch->hits */
    uint32_t unevaluated, quarantined_now;
};

/* Looks at every header once and marks slots, atoms and predicates; predicates under which rules wait become hits. */
void match_tables(struct match *match);
/* The engine's answer for a generic predicate that is possible; asked once a message. False also where it cannot tell
 * (C-7), which is counted. */
bool match_engine(struct match *match, uint32_t predicate);
