/* Growing, jittered delays, as a pure function of what was tried. */
#pragma once

#include <stdint.h>

struct backoff {
    int64_t first_ms; /* delay after the first failure */
    int64_t max_ms;   /* ceiling */
};

/* Delay before try number failures + 1: first_ms doubled for each further failure, at most max_ms, minus up to a
 * quarter taken from random (any 64 bits). 0 when failures is 0. */
int64_t backoff_delay_ms(const struct backoff *backoff, unsigned failures, uint64_t random);
