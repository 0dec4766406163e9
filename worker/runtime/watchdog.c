/* Owns a thread that looks at the watches twice a second; lives as long as the process.
 *
 * Time is CLOCK_BOOTTIME: a process that was stopped, or slept, for longer than a transaction may be open ends when it wakes,
 * before it could take back what a successor may have by then (C-12). */
#include "worker/runtime/watchdog.h"

#include "common/base/mono.h"
#include "worker/runtime/runtime.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define LOOK_MS 500

struct worker_watch {
    struct worker_watch *next;
    const struct watchdog *watchdog;
    const char *thread;          /* a literal */
    _Atomic(const char *) what;  /* a literal; the call that is being made */
    _Atomic(int64_t) entered_ms; /* 0: in none */
};

struct watchdog {
    _Atomic(struct worker_watch *) watches; /* only ever grows, at the head */
    _Atomic(int64_t) looked_ms;             /* when it looked last */
    pthread_t thread;
};

static void watch_judge(struct worker_watch *watch, struct mono now)
{
    int64_t entered_ms = atomic_load(&watch->entered_ms);
    if (!entered_ms || now.ms - entered_ms <= WORKER_WATCHDOG_MS)
        return;
    struct reason why;
    (void)reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0, "thread %s is in one call of %s for %lld ms", watch->thread,
                     atomic_load(&watch->what), (long long)(now.ms - entered_ms));
    worker_die(WORKER_EXIT_WATCHDOG, &why);
}

/* Also asked by each thread before a call: it may be the first that runs again. */
static void frozen_judge(const struct watchdog *watchdog, struct mono now)
{
    int64_t frozen_ms = now.ms - atomic_load(&watchdog->looked_ms);
    if (frozen_ms <= WORKER_FROZEN_MS)
        return;
    struct reason why;
    (void)reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0,
                     "the process was frozen for %lld ms: another may forward in its place by now",
                     (long long)frozen_ms);
    worker_die(WORKER_EXIT_WATCHDOG, &why);
}

static void *watchdog_run(void *context)
{
    struct watchdog *watchdog = context;
    for (;;) {
        struct mono now = mono_now();
        frozen_judge(watchdog, now);
        atomic_store(&watchdog->looked_ms, now.ms);
        for (struct worker_watch *watch = atomic_load(&watchdog->watches); watch; watch = watch->next)
            watch_judge(watch, now);
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    }
    return NULL;
}

/* Without signals, so that they stay with the loop's thread. */
static int thread_start(struct watchdog *watchdog)
{
    sigset_t all, old;
    sigfillset(&all);
    int r = -pthread_sigmask(SIG_SETMASK, &all, &old);
    if (r)
        return r;
    r = -pthread_create(&watchdog->thread, NULL, watchdog_run, watchdog);
    if (!r)
        (void)pthread_setname_np(watchdog->thread, "watchdog"); /* ignored: for people only */
    int restored = -pthread_sigmask(SIG_SETMASK, &old, NULL);
    return r ? r : restored;
}

int watchdog_new(struct watchdog **ret)
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog)
        return -ENOMEM;
    atomic_store(&watchdog->looked_ms, mono_now().ms);
    int r = thread_start(watchdog);
    if (r)
        free(watchdog);
    else
        *ret = watchdog;
    return r;
}

struct worker_watch *worker_watch_new(struct worker_runtime *runtime, const char *thread)
{
    struct worker_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch->thread = thread;
    struct watchdog *watchdog = runtime->watchdog;
    watch->watchdog = watchdog;
    watch->next = atomic_load(&watchdog->watches);
    while (!atomic_compare_exchange_weak(&watchdog->watches, &watch->next, watch)) {
    }
    return watch;
}

void worker_watch_enter(struct worker_watch *watch, const char *what)
{
    struct mono now = mono_now();
    frozen_judge(watch->watchdog, now);
    atomic_store(&watch->what, what);
    atomic_store(&watch->entered_ms, now.ms);
}

void worker_watch_leave(struct worker_watch *watch) { atomic_store(&watch->entered_ms, 0); }
