/* System calls of S-12 that a worker makes for itself; each failure is passed up and ends the start. */
#include "worker/runtime/harden.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int worker_harden(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}
