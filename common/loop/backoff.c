/* Growing, jittered delays. Pure; cannot fail. */
#include "common/loop/backoff.h"

int64_t backoff_delay_ms(const struct backoff *backoff, unsigned failures, uint64_t random)
{
    int64_t delay_ms = backoff->first_ms;

    if (failures == 0)
        return 0;
    for (unsigned i = 1; i < failures && delay_ms < backoff->max_ms; i++)
        delay_ms = delay_ms > backoff->max_ms / 2 ? backoff->max_ms : delay_ms * 2;
    if (delay_ms > backoff->max_ms)
        delay_ms = backoff->max_ms;
    if (delay_ms <= 0)
        return 0;
    return delay_ms - (int64_t)(random % ((uint64_t)delay_ms / 4 + 1));
}
