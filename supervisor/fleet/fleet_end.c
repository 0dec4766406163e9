/* How a worker ended, or why it never began, in words for people. Pure. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "ipc/contract.h"
#include "supervisor/fleet/fleet_entry.h"

static const char *words_of_code(int code)
{
    switch ((enum worker_exit)code) {
    case WORKER_EXIT_ORDERED:
        return "ended in order, though nobody had asked it to";
    case WORKER_EXIT_CONTRACT:
        return "was not started as the contract says (exit code 10)";
    case WORKER_EXIT_FENCED:
        return "was fenced by the broker (exit code 11)";
    case WORKER_EXIT_WATCHDOG:
        return "was ended by its watchdog: one call took too long, or it was frozen (exit code 12)";
    case WORKER_EXIT_HELLO_REFUSED:
        return "was refused by the supervisor (exit code 13)";
    case WORKER_EXIT_BROKER_FATAL:
        return "got a fatal error from its broker client (exit code 14)";
    case WORKER_EXIT_MEMORY:
        return "ran out of memory (exit code 15)";
    }
    return NULL;
}

static void words_of(int wait_status, struct reason *ret)
{
    if (WIFSIGNALED(wait_status)) {
        const char *name = sigabbrev_np(WTERMSIG(wait_status));
        reason_set(ret, REASON_WORKER_CRASHED, 0, "the worker was ended by signal %d (SIG%s)", WTERMSIG(wait_status),
                   name ? name : "?");
        return;
    }
    int code = WEXITSTATUS(wait_status);
    const char *words = words_of_code(code);
    enum reason_code reason = code == WORKER_EXIT_FENCED ? REASON_WORKER_FENCED : REASON_WORKER_CRASHED;
    if (words)
        reason_set(ret, reason, 0, "the worker %s", words);
    else
        reason_set(ret, reason, 0, "the worker ended with exit code %d", code);
}

void fleet_start_words(int error, uint64_t files_max, struct reason *ret)
{
    /* A limit can only be lowered: the worker would get less than it may need. */
    if (error == EPERM && files_max < FLEET_WORKER_FILES_MAX)
        reason_set(
            ret, REASON_WORKER_START_FAILED, 0,
            "the hard limit of open files is %llu, and a worker needs %d: raise it (ulimit -Hn %d, or LimitNOFILE=%d "
            "in the unit) and start Sluice again",
            (unsigned long long)files_max, FLEET_WORKER_FILES_MAX, FLEET_WORKER_FILES_MAX, FLEET_WORKER_FILES_MAX);
    else
        reason_set(ret, REASON_WORKER_START_FAILED, 0, "the worker program could not be started: %s",
                   strerror(error));
}

void fleet_end_words(int wait_status, const struct reason *killing, const char *worker, struct reason *ret)
{
    struct reason why = *killing;
    if (why.code == REASON_NONE)
        words_of(wait_status, &why);
    reason_set(ret, why.code, 0, "%.400s; its log: sluice logs %s", why.text, worker);
}
