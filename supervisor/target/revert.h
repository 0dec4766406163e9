/* How often somebody else may take a patch back before it is left so (W-6), without a fight between two tools. Pure. */
#pragma once

#include "common/base/mono.h"
#include <stdbool.h>

#define REVERTS_MAX 3                    /* repaired so often; then it is left to who reverts it */
#define REVERT_QUIET_MS (10 * 60 * 1000) /* without a revert: they are counted anew */

struct reverts {
    unsigned count; /* since it was last quiet */
    struct mono over;
};
/* Counts one. True: it is to be repaired; false: it is to be left as it is. */
bool reverts_add(struct reverts *reverts, struct mono now);
/* Was it quiet for long enough to try again what was left? */
bool reverts_are_over(const struct reverts *reverts, struct mono now);
