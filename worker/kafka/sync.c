/* See the header. */
#include "worker/kafka/sync.h"

#include "common/base/err.h"

void sync_init(pthread_mutex_t *mutex, pthread_cond_t *woken)
{
    pthread_condattr_t attributes;

    check(pthread_mutex_init(mutex, NULL) == 0);
    check(pthread_condattr_init(&attributes) == 0);
    check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(woken, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

struct timespec sync_deadline(int64_t wait_ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += (wait_ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}
