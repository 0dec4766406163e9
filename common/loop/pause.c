/* See the header. */
#include "common/loop/pause.h"

#include "common/base/secret.h"

int64_t pause_next_ms(const struct backoff *backoff, unsigned *failures)
{
    uint64_t random;

    random_bytes(&random, sizeof random);
    return backoff_delay_ms(backoff, ++*failures, random);
}

void pause_grow(struct pause *pause, const struct backoff *backoff)
{
    pause_for(pause, pause_next_ms(backoff, &pause->failures));
}
