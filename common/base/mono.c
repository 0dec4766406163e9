/* The clock of deadlines. Owns nothing; cannot fail. Wall time is in wall.c. */
#include "common/base/mono.h"
#include <time.h>

uint64_t mono_now_us(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct mono mono_now(void) { return (struct mono){(int64_t)(mono_now_us() / 1000)}; }
