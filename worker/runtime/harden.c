/* System calls of S-12 that a worker makes for itself; each failure is passed up and ends the start. */
#include "worker/runtime/harden.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Of the 8 MiB that threads get otherwise a worker with thirty of them has no use for a hundredth, but all of it counts as its private
 * data, which is limited. Half a MiB is four times what musl gives, where all our libraries run too. */
static int limit_stacks(void)
{
    pthread_attr_t attributes;
    int r = pthread_attr_init(&attributes);
    if (r == 0)
        r = pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    return -(r == 0 ? pthread_setattr_default_np(&attributes) : r);
}

int worker_harden(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : limit_stacks();
}
