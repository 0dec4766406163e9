/* The end without order: one log line and an exit code that the supervisor turns into words. Nothing is flushed or freed,
 * for the state of the other threads is unknown. */
#include "worker/runtime/runtime.h"
#include <signal.h>
#include <unistd.h>

#define LAST_LINE_LIMIT_S 2

static volatile sig_atomic_t die_code;

static void on_alarm(int signal_number)
{
    (void)signal_number;
    _exit(die_code);
}

/* A log that cannot be written, or whose lock is held by the hanging thread, must not keep the process alive. */
void worker_die(enum worker_exit code, const struct reason *why)
{
    die_code = (sig_atomic_t)code;
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    signal(SIGALRM, on_alarm);
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(LAST_LINE_LIMIT_S);
    log_error(RUNTIME_COMPONENT, "worker ends", LF_INT("code", code), LF_REASON(why));
    _exit((int)code);
}
