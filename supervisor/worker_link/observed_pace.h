/* Totals that a worker counts, and how fast they grow. Pure.
 *
 * A worker tells its totals about once a second, and nothing while they stay the same, so two totals that are close together
 * say little: what is told as a rate is their growth over the last seconds. */
#pragma once

#include "common/base/mono.h"
#include "ipc/figures.h"

struct observed_sample {
    struct figures figures;
    struct mono at; /* when it came; not set: there is none */
};

/* Zeros: nothing was told yet. */
struct observed_pace {
    struct observed_sample latest, middle, oldest;
};

enum {
    OBSERVED_PACE_WINDOW_MS = 2500, /* rates are over one to two of these */
    OBSERVED_PACE_QUIET_MS = 4000,  /* nothing came for so long: nothing was counted */
    OBSERVED_PACE_STEP_MS = 1500,   /* what is told after a quiet time was counted in about this */
};

/* Of each figure that is a total, a second; 0 for the others. */
struct observed_rates {
    double values[FIGURE_COUNT];
};

void observed_pace_add(struct observed_pace *pace, const struct figures *figures, struct mono now);
/* False: not known yet. */
bool observed_pace_rates(const struct observed_pace *pace, struct mono now, struct observed_rates *ret);
