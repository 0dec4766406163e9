/* How long a process did not run although its timer should have: a suspended machine, a stopped process. Whoever keeps deadlines
 * on CLOCK_BOOTTIME for others looks here first: nobody could say anything in that time, so it counts against nobody. */
#pragma once

#include "common/base/mono.h"

#define ASLEEP_MS 5000 /* a look that comes so late shows it; looks are a second apart at most */

struct asleep {
    struct mono seen; /* the last look */
};

static inline void asleep_begin(struct asleep *asleep, struct mono now) { asleep->seen = now; }

/* Milliseconds that are to be given back to every deadline; 0: it ran all the time. */
static inline int64_t asleep_look(struct asleep *asleep, struct mono now)
{
    int64_t gap_ms = now.ms - asleep->seen.ms;
    asleep->seen = now;
    return gap_ms >= ASLEEP_MS ? gap_ms : 0;
}

/* A point in time that is set comes so much later. */
static inline void asleep_excuse(struct mono *time, int64_t gap_ms)
{
    if (mono_is_set(*time))
        time->ms += gap_ms;
}
