/* What to do next about one temporary topic. Pure. */
#pragma once

#include "ipc/table.h"
#include <stdbool.h>
#include <stdint.h>

enum temp_step {
    TEMP_STEP_NONE, /* it is as wanted */
    TEMP_STEP_CREATE,
    TEMP_STEP_GROW,     /* it has fewer partitions than the original */
    TEMP_STEP_POSITION, /* its group has no offset for some partition (K-2) */
    TEMP_STEP_EMPTY,    /* hand on what is left (C-4) */
    TEMP_STEP_DELETE,
    TEMP_STEP_UNGROUP /* its topic is gone, its group is not */
};

struct temp_facts {
    enum worker_temp_want want;
    bool exists;
    bool grouped; /* a group reads it that we know */
    bool emptied; /* proven; whoever wants it emptied has nothing sent there afterwards */
    uint32_t partitions;
    uint32_t partitions_wanted;
    uint32_t positioned; /* partitions whose group has an offset */
    bool ungrouped;      /* it has no group of its own, or that is gone */
};

enum temp_step temp_step(const struct temp_facts *facts);
