/* Makes the library's threads and locks known to the thread sanitizer, which does not see those of C11's <threads.h>.
 *
 * Linked only into builds with that sanitizer. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
    thrd_start_t function;
    void *argument;
};

static void *run(void *opaque)
{
    struct start start = *(struct start *)opaque;

    free(opaque);
    return (void *)(intptr_t)start.function(start.argument);
}

int thrd_create(thrd_t *ret, thrd_start_t function, void *argument)
{
    struct start *start = malloc(sizeof *start);

    if (!start)
        return thrd_nomem;
    *start = (struct start){function, argument};
    if (!pthread_create(ret, NULL, run, start))
        return thrd_success;
    free(start);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *ret)
{
    void *result;

    if (pthread_join(thread, &result))
        return thrd_error;
    if (ret)
        *ret = (int)(intptr_t)result;
    return thrd_success;
}

/* In this C library the C11 types are the POSIX ones under another name. */
static pthread_mutex_t *mutex_of(mtx_t *mutex) { return (pthread_mutex_t *)mutex; }
static pthread_cond_t *cond_of(cnd_t *cond) { return (pthread_cond_t *)cond; }

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    int kind = type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL;

    if (pthread_mutexattr_init(&attributes) || pthread_mutexattr_settype(&attributes, kind) ||
        pthread_mutex_init(mutex_of(mutex), &attributes))
        return thrd_error;
    return thrd_success;
}

void mtx_destroy(mtx_t *mutex) { pthread_mutex_destroy(mutex_of(mutex)); }
int mtx_lock(mtx_t *mutex) { return pthread_mutex_lock(mutex_of(mutex)) ? thrd_error : thrd_success; }
int mtx_unlock(mtx_t *mutex) { return pthread_mutex_unlock(mutex_of(mutex)) ? thrd_error : thrd_success; }

int mtx_trylock(mtx_t *mutex)
{
    int result = pthread_mutex_trylock(mutex_of(mutex));

    if (result == EBUSY)
        return thrd_busy;
    return result ? thrd_error : thrd_success;
}

int cnd_init(cnd_t *cond) { return pthread_cond_init(cond_of(cond), NULL) ? thrd_error : thrd_success; }
void cnd_destroy(cnd_t *cond) { pthread_cond_destroy(cond_of(cond)); }
int cnd_signal(cnd_t *cond) { return pthread_cond_signal(cond_of(cond)) ? thrd_error : thrd_success; }
int cnd_broadcast(cnd_t *cond) { return pthread_cond_broadcast(cond_of(cond)) ? thrd_error : thrd_success; }

int cnd_wait(cnd_t *cond, mtx_t *mutex)
{
    return pthread_cond_wait(cond_of(cond), mutex_of(mutex)) ? thrd_error : thrd_success;
}

int cnd_timedwait(cnd_t *cond, mtx_t *mutex, const struct timespec *deadline)
{
    int result = pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), deadline);

    if (result == ETIMEDOUT)
        return thrd_timedout;
    return result ? thrd_error : thrd_success;
}
