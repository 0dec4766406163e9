/* Pauses between tries: each failure in a row makes the next one longer, with jitter (backoff.h). Owns the count and the moment; when they are
 * looked at is the caller's. */
#pragma once

#include "common/base/mono.h"
#include "common/loop/backoff.h"
#include <stdbool.h>

struct pause {
    unsigned failures; /* in a row */
    struct mono until; /* not before; unset: at once */
};

/* One failure more; how long to wait, ms. For those who have a timer of their own. */
int64_t pause_next_ms(const struct backoff *backoff, unsigned *failures);
/* One failure more, and the pause after it. */
void pause_grow(struct pause *pause, const struct backoff *backoff);
/* What was tried has worked; a wait that was begun meanwhile goes on. */
static inline void pause_end(struct pause *pause) { pause->failures = 0; }
/* A wait that is no failure. */
static inline void pause_for(struct pause *pause, int64_t delay_ms)
{
    pause->until = mono_after(mono_now(), delay_ms);
}
static inline bool pause_is_over(const struct pause *pause, struct mono now)
{
    return mono_reached(now, pause->until);
}
