/* A mutex and a condition variable by which threads of this family wait for one another, for a time at most. */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* For pthread_cond_timedwait: the condition variable keeps CLOCK_MONOTONIC, which is all that a pause needs. */
void sync_init(pthread_mutex_t *mutex, pthread_cond_t *woken);
/* So many milliseconds from now, of such a condition variable. */
struct timespec sync_deadline(int64_t wait_ms);
