/* See run_session.h. Callbacks of the watch, the end, the signals and CMD meet here; run_set is the one place that changes the
 * state. Parts are freed after the loop, for they may not be freed inside of their own callbacks. */
#include "cli/child.h"
#include "cli/run_internal.h"

#include <signal.h>

enum {
    ASK_MS = 15000, /* one that ended often is started again after 10 s */
    ASK_RETRY_MS = 200,
    LOST_MAX_MS = 60000, /* before CMD runs; afterwards CMD goes on without a supervisor */
    TICK_MS = 250,
    GRACE_MS = 10000, /* from SIGTERM to SIGKILL when others ended the session */
};

static void run_set(struct run *run, enum run_state state)
{
    static const bool allowed[RUN_STATE_COUNT][RUN_STATE_COUNT] = {
#define RUN_T(from, to) [RUN_##from][RUN_##to] = true,
#include "cli/run_state.def"
#undef RUN_T
    };
    check(allowed[run->state][state]);
    run->state = state;
    if (state == RUN_OVER)
        loop_stop(run->plan->connection->loop);
}

static void run_over(struct run *run, int exit_code)
{
    run->exit_code = exit_code;
    run_set(run, RUN_OVER);
}

static void end_done(void *context, const struct reason *why)
{
    struct run *run = context;
    if (run->state != RUN_ENDING)
        return;
    if (why)
        progress_say(&run->progress, "ended", COLOUR_WARN,
                     "session %s could not be ended now (%s); the supervisor ends it as unused", run->id.name,
                     why->text);
    else
        progress_say(&run->progress, "ended", COLOUR_NONE, "session %s ended", run->id.name);
    run_over(run, run->exit_code);
}

/* We want no more of the session; exit_code is for afterwards. */
static void run_end(struct run *run, int exit_code)
{
    const struct connection *connection = run->plan->connection;
    run->exit_code = exit_code;
    run_set(run, RUN_ENDING);
    if (session_end_new(connection->client, run->id, end_done, run, &run->end) < 0)
        run_over(run, exit_code);
}

/* Somebody else ended the session. */
static void run_lost(struct run *run, const struct reason *why, int exit_code_before)
{
    if (run->state != RUN_WAITING && run->state != RUN_RUNNING)
        return;
    progress_reason(&run->progress, "lost", why);
    if (run->state == RUN_WAITING) {
        run_over(run, exit_code_before);
        return;
    }
    run_set(run, RUN_STOPPING);
    progress_say(&run->progress, "stopping", COLOUR_WARN, "the session is over, so the command is told to stop");
    run_child_signal(run, SIGTERM);
    loop_timer_start(run->grace, GRACE_MS);
}

static void grace_over(void *context) { run_child_signal(context, SIGKILL); }

static void run_ready(struct run *run, const struct json *document)
{
    progress_say(&run->progress, "ready", COLOUR_GOOD, "ready after %.1f s", progress_seconds(&run->progress));
    progress_queues(&run->progress, document);
    int r = run_child_start(run, document);
    if (r == EXIT_CODE_OK)
        run_set(run, RUN_RUNNING);
    else
        run_end(run, r);
}

static void watch_document(void *context, const struct json *document)
{
    struct run *run = context;
    struct reason why;
    const char *phase = json_text(json_path(document, "status", "phase", NULL));
    if (run->state != RUN_WAITING && run->state != RUN_RUNNING)
        return;
    bool over = strcmp(phase, "Failed") == 0 || strcmp(phase, "Ended") == 0;
    bool deleted = json_path(document, "metadata", "deletionTimestamp", NULL) != NULL;
    bool ready = strcmp(phase, "Ready") == 0;
    progress_document(&run->progress, document, run->state == RUN_WAITING && !ready && !over);
    if (over) {
        session_reason(document, &why);
        run_lost(run, &why, EXIT_CODE_REFUSED);
    } else if (deleted) {
        reason_set(&why, REASON_SESSION_KILLED, 0, "session %s was deleted", run->id.name);
        run_lost(run, &why, EXIT_CODE_ENDED);
    } else if (ready && run->state == RUN_WAITING) {
        run_ready(run, document);
    }
}

static void watch_gone(void *context)
{
    struct run *run = context;
    struct reason why;
    reason_set(&why, REASON_SESSION_KILLED, 0, "session %s does not exist any more", run->id.name);
    run_lost(run, &why, EXIT_CODE_ENDED);
}

static void watch_reachable(void *context, const struct reason *why)
{
    struct run *run = context;
    if (run->state == RUN_OVER)
        return;
    run->lost_since = why ? mono_now() : (struct mono){0};
    if (why)
        progress_say(&run->progress, "unreachable", COLOUR_WARN, "%s; trying on", why->text);
    else
        progress_say(&run->progress, "reachable", COLOUR_GOOD, "%s answers again",
                     kube_client_name(run->plan->connection->client));
}

static int run_follow(struct run *run)
{
    const struct connection *connection = run->plan->connection;
    const struct session_watch_handlers handlers = {watch_document, watch_gone, watch_reachable, run};
    int r = session_watch_new(connection->client, run->id, &handlers, &run->watch);
    if (r == 0)
        r = session_renew_new(connection->client, run->id, run->plan->renew_ms, &run->renew);
    return r;
}

static void create_done(void *context, const struct kube_answer *answer)
{
    struct run *run = context;
    run->create = NULL;
    bool ours = answer->status == 409 && run->created_maybe;     /* the answer to an earlier request was lost */
    bool unknown = answer->status == 0 || answer->status >= 500; /* it may have been made all the same */
    if (unknown && !mono_reached(mono_now(), run->ask_deadline)) {
        if (!run->created_maybe)
            progress_say(&run->progress, "unreachable", COLOUR_WARN, "%s; trying on for %d s", answer->why.text,
                         ASK_MS / 1000);
        run->created_maybe = true;
        loop_timer_start(run->retry, ASK_RETRY_MS);
    } else if (ask_exit_code(answer) != EXIT_CODE_OK && !ours) {
        progress_reason(&run->progress, "refused", &answer->why);
        int code = ask_exit_code(answer);
        run_over(run, code == EXIT_CODE_NOT_FOUND ? (int)EXIT_CODE_REFUSED : code);
    } else {
        run_set(run, RUN_WAITING);
        if (run_follow(run) < 0)
            run_end(run, EXIT_CODE_INTERNAL);
    }
}

static void run_ask(void *context)
{
    struct run *run = context;
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    int r = ask_path(KIND_SPLIT_SESSION, run->id.namespace, NULL, &path);
    if (r == 0)
        r = ask_send(run->plan->connection->client, "POST", path.data, run->plan->session, create_done, run,
                     &run->create);
    if (r < 0)
        run_over(run, EXIT_CODE_INTERNAL);
}

static void tick(void *context)
{
    struct run *run = context;
    if (run->state == RUN_WAITING)
        progress_tick(&run->progress);
    if (run->state != RUN_WAITING || !mono_is_set(run->lost_since) ||
        !mono_reached(mono_now(), mono_after(run->lost_since, LOST_MAX_MS)))
        return;
    progress_say(&run->progress, "error", COLOUR_BAD, "%s did not come back within %d s",
                 kube_client_name(run->plan->connection->client), LOST_MAX_MS / 1000);
    run_over(run, EXIT_CODE_UNREACHABLE);
}

static void command_ended(struct run *run)
{
    int exit_code;
    if (run->command <= 0 || !child_reap(run->command, &exit_code))
        return;
    run->command = 0;
    if (run->state == RUN_RUNNING)
        run_end(run, exit_code);
    else if (run->state == RUN_STOPPING)
        run_over(run, EXIT_CODE_ENDED);
}

static void signal_came(void *context, int number, bool from_terminal)
{
    struct run *run = context;
    if (number == SIGCHLD) {
        command_ended(run);
        return;
    }
    switch (run->state) {
    case RUN_ASKING:
        loop_timer_stop(run->retry);
        kube_call_cancel(run->create);
        run->create = NULL;
        run_end(run, EXIT_CODE_SIGNAL + number);
        return;
    case RUN_WAITING:
        run_end(run, EXIT_CODE_SIGNAL + number);
        return;
    case RUN_RUNNING:
    case RUN_STOPPING:
        if (!from_terminal)
            run_child_signal(run, number);
        return;
    case RUN_ENDING: /* the second one: not even the end is waited for */
        run_over(run, run->exit_code);
        return;
    case RUN_OVER:
    case RUN_STATE_COUNT:
        return;
    }
}

static int run_open(struct run *run)
{
    struct loop *loop = run->plan->connection->loop;
    int r = progress_init(&run->progress, run->id.name, run->plan->json);
    if (r == 0)
        r = signals_new(loop, signal_came, run, &run->signals);
    if (r == 0)
        r = loop_timer_new(loop, run_ask, run, &run->retry);
    if (r == 0)
        r = loop_timer_new(loop, tick, run, &run->tick);
    if (r == 0)
        r = loop_timer_new(loop, grace_over, run, &run->grace);
    return r;
}

static void run_close(struct run *run)
{
    signals_free(run->signals);
    session_watch_free(run->watch);
    session_renew_free(run->renew);
    session_end_free(run->end);
    kube_call_cancel(run->create);
    loop_timer_free(run->retry);
    loop_timer_free(run->tick);
    loop_timer_free(run->grace);
    mirrord_command_deinit(&run->mirrord);
    progress_deinit(&run->progress);
}

int run_session(const struct run_plan *plan)
{
    CLEANUP(run_close) struct run run = {.plan = plan, .exit_code = EXIT_CODE_INTERNAL};
    const struct json *target = json_path(plan->session, "spec", "target", NULL);
    run.id.namespace = json_text(json_path(plan->session, "metadata", "namespace", NULL));
    run.id.name = json_text(json_path(plan->session, "metadata", "name", NULL));
    int r = run_open(&run);
    if (r < 0)
        return EXIT_CODE_INTERNAL;
    progress_say(&run.progress, "asking", COLOUR_NONE, "session %s for %s %s/%s", run.id.name,
                 json_text(json_get(target, "kind")), run.id.namespace, json_text(json_get(target, "name")));
    run.ask_deadline = mono_after(mono_now(), ASK_MS);
    loop_timer_start(run.retry, 0);
    loop_timer_repeat(run.tick, TICK_MS);
    r = loop_run(plan->connection->loop);
    return r < 0 ? EXIT_CODE_INTERNAL : run.exit_code;
}
