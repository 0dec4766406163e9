/* What is to be done next for one temporary queue. Pure. */
#pragma once

#include "ipc/table.h"
#include <stdbool.h>
#include <stdint.h>

#define TEMP_GONE_MS 3000       /* for so long SQS must say so */
#define TEMP_GONE_YOUNG_MS 7000 /* of a queue that may not be known everywhere yet */

enum temp_step { TEMP_STEP_NONE, TEMP_STEP_LOOK, TEMP_STEP_CREATE, TEMP_STEP_EMPTY, TEMP_STEP_DELETE };

struct temp_facts {
    enum worker_temp_want want;
    bool seen; /* looked for */
    bool exists;
    bool emptied;
    bool due; /* the last look is so long ago that it is time for another */
};

/* SQS says that there is no such queue. */
struct temp_absence {
    enum worker_temp_want want;
    bool known;     /* it was there: we have seen it, or the table was made by who has */
    bool young;     /* made less than a minute ago */
    unsigned times; /* how often in a row */
    int64_t for_ms; /* since it said so first */
};
/* Whether that is believed. What SQS knows is not the same everywhere at every moment, and a queue that is taken for gone while it is
 * there would be left behind with what is in it (C-11). Where nobody has seen one yet, making it is right in any case. */
bool temp_is_gone(const struct temp_absence *absence);

enum temp_step temp_step(const struct temp_facts *facts);
