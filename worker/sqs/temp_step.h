/* What is to be done next for one temporary queue. Pure. */
#pragma once

#include "ipc/table.h"
#include <stdbool.h>

enum temp_step { TEMP_STEP_NONE, TEMP_STEP_LOOK, TEMP_STEP_CREATE, TEMP_STEP_EMPTY, TEMP_STEP_DELETE };

struct temp_facts {
    enum worker_temp_want want;
    bool seen; /* looked for */
    bool exists;
    bool emptied;
    bool due; /* the last look is so long ago that it is time for another */
};

enum temp_step temp_step(const struct temp_facts *facts);
