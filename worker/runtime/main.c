/* The life of a worker process: contract, log, parts, engine, link, loop, ordered end. The process is the boundary for
 * surprises: they are logged here and become an exit code (ipc/contract.h). */
#include "worker/runtime/harden.h"
#include "worker/runtime/landlock.h"
#include "worker/runtime/runtime.h"
#include "worker/runtime/seccomp.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Static, because the engine's threads may still look at it while the process ends. */
static struct worker_runtime the_runtime;

static int ended(enum worker_exit code, int error, const char *what)
{
    log_error(RUNTIME_COMPONENT, "worker cannot start", LF_STR("what", what), LF_ERR(error), LF_INT("code", code));
    return (int)code;
}

static enum worker_exit code_of(int error) { return error == -ENOMEM ? WORKER_EXIT_MEMORY : WORKER_EXIT_CONTRACT; }

static int contract_open(struct worker_contract *contract)
{
    struct reason why = {.code = REASON_NONE};
    log_open(STDERR_FILENO, isatty(STDERR_FILENO) ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON);
    int r = worker_harden();
    if (!r)
        r = worker_landlock();
    if (r == LANDLOCK_ABSENT) {
        log_info(RUNTIME_COMPONENT,
                 "the kernel cannot keep files away from this worker (Landlock); it starts without");
        r = 0;
    }
    if (!r)
        r = worker_seccomp();
    if (r == SECCOMP_ABSENT) {
        log_info(RUNTIME_COMPONENT, "the kernel cannot refuse calls of this worker (seccomp); it starts without");
        r = 0;
    }
    if (!r)
        r = worker_contract_read(contract, &why);
    if (r > 0)
        log_error(RUNTIME_COMPONENT, "contract refused", LF_REASON(&why));
    return r;
}

/* Where the guardian lies in a container of its own, standard output is not our log but the container's, which many write to: it gets
 * a copy of each line. It does not block (the guardian's doing), for whoever reads it may stand still. */
static void output_open(void)
{
    struct stat log, output;
    if (fstat(STDERR_FILENO, &log) == 0 && fstat(STDOUT_FILENO, &output) == 0 &&
        (log.st_dev != output.st_dev || log.st_ino != output.st_ino))
        log_copy_to(STDOUT_FILENO);
}

/* Every line of the log and the process list say whose worker this is. */
static int names_set(const struct worker_contract *contract)
{
    char incarnation[24];
    snprintf(incarnation, sizeof incarnation, "%" PRIu64, contract->spec.incarnation);
    log_open(STDERR_FILENO, contract->log_format);
    output_open();
    if (contract->log_levels[0] && log_set_levels(str_of(contract->log_levels)))
        log_warn(RUNTIME_COMPONENT, "log levels not understood, ignored");
    if (prctl(PR_SET_NAME, contract->spec.split) < 0)
        return -errno;
    int r = log_set_context("split", str_of(contract->spec.split));
    return r ? r : log_set_context("incarnation", str_of(incarnation));
}

static void on_book(void *context)
{
    struct worker_runtime *runtime = context;
    link_flush(runtime->link, false);
}

static int parts_make(struct worker_runtime *runtime)
{
    int r = loop_new(&runtime->loop);
    if (!r)
        r = report_book_new(&runtime->book);
    if (!r)
        r = look_book_new(&runtime->looks);
    if (!r)
        r = loop_wake_new(runtime->loop, on_book, runtime, &runtime->book_wake);
    if (!r)
        r = worker_stop_init(runtime);
    if (!r)
        r = watchdog_new(&runtime->watchdog);
    if (!r)
        r = link_new(runtime, &runtime->link);
    return r;
}

static int runtime_run(struct worker_runtime *runtime)
{
    int r = names_set(&runtime->contract);
    if (!r)
        r = parts_make(runtime);
    if (r)
        return ended(code_of(r), r, "runtime");
    r = runtime->ops->start(runtime, &runtime->contract.spec, &runtime->engine);
    if (r)
        return ended(WORKER_EXIT_CONTRACT, r, "engine");
    log_info(RUNTIME_COMPONENT, "worker started", LF_STR("engine", runtime->ops->component));
    r = loop_run(runtime->loop);
    if (r)
        return ended(code_of(r), r, "loop");
    link_free(TAKE(runtime->link)); /* sends what is queued; the rest ends with the process */
    log_info(RUNTIME_COMPONENT, "worker ends in order");
    return WORKER_EXIT_ORDERED;
}

const struct look_gate *worker_look_gate(struct worker_runtime *runtime) { return look_book_gate(runtime->looks); }

void worker_look(struct worker_runtime *runtime, const struct look_subject *subject)
{
    if (look_book_show(runtime->looks, subject))
        loop_wake_send(runtime->book_wake);
}

struct loop *worker_loop(struct worker_runtime *runtime) { return runtime->loop; }

int worker_main(const struct worker_engine_ops *ops)
{
    struct worker_runtime *runtime = &the_runtime;
    runtime->ops = ops;
    int r = contract_open(&runtime->contract);
    return r ? (int)(r > 0 ? WORKER_EXIT_CONTRACT : code_of(r)) : runtime_run(runtime);
}
