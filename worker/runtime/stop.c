/* Owns the way to the ordered end. An engine that does not let go in time ends the process as the watchdog would: what it
 * held is taken over by the next incarnation (K-7). */
#include "worker/runtime/stop.h"

#include "worker/runtime/runtime.h"
#include <signal.h>

static void on_deadline(void *context)
{
    struct worker_runtime *runtime = context;
    if (runtime->stop.finishing) {
        log_info(RUNTIME_COMPONENT, "last reports not taken by the supervisor, ignored: it sees the exit");
        loop_stop(runtime->loop);
        return;
    }
    struct reason why;
    (void)reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0, "the engine did not stop within its deadline");
    worker_die(WORKER_EXIT_WATCHDOG, &why);
}

static void on_stopped(void *context)
{
    struct worker_runtime *runtime = context;
    struct worker_stop *stop = &runtime->stop;
    bool clean = atomic_load(&stop->result) == WORKER_STOP_CLEAN;
    if (stop->finishing)
        return;
    log_info(RUNTIME_COMPONENT, "engine stopped", LF_INT("clean", clean));
    link_flush(runtime->link, true); /* the last figures go before the last word */
    struct ipc_message message = {.type = IPC_STOPPED, .stopped = {.clean = clean}};
    if (report_book_put(runtime->book, &message))
        log_warn(RUNTIME_COMPONENT, "STOPPED not told, ignored: the supervisor sees the exit");
    stop->finishing = true;
    loop_timer_start(stop->deadline, STOP_FLUSH_MS);
    link_flush(runtime->link, true);
}

void worker_stop_check(struct worker_runtime *runtime)
{
    if (runtime->stop.finishing && link_idle(runtime->link))
        loop_stop(runtime->loop);
}

void worker_stop_order(struct worker_runtime *runtime, uint32_t deadline_ms, const char *cause)
{
    if (runtime->stop.ordered)
        return;
    runtime->stop.ordered = true;
    log_info(RUNTIME_COMPONENT, "stop ordered", LF_STR("by", cause), LF_INT("deadline_ms", deadline_ms));
    loop_timer_start(runtime->stop.deadline, (int64_t)deadline_ms + STOP_GRACE_MS);
    runtime->ops->stop(runtime->engine, deadline_ms);
}

static void on_sigterm(void *context, int signal_number)
{
    (void)signal_number;
    worker_stop_order(context, WORKER_STOP_DEADLINE_MS, "SIGTERM");
}

void worker_stopped(struct worker_runtime *runtime, bool clean)
{
    atomic_store(&runtime->stop.result, clean ? WORKER_STOP_CLEAN : WORKER_STOP_UNCLEAN);
    loop_wake_send(runtime->stop.wake);
}

int worker_stop_init(struct worker_runtime *runtime)
{
    struct worker_stop *stop = &runtime->stop;
    int r = loop_wake_new(runtime->loop, on_stopped, runtime, &stop->wake);
    if (!r)
        r = loop_timer_new(runtime->loop, on_deadline, runtime, &stop->deadline);
    if (!r)
        r = loop_signal_new(runtime->loop, SIGTERM, on_sigterm, runtime, &stop->sigterm);
    return r;
}
