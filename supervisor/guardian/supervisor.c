/* The supervisor's life: started, restarted with growing delay, killed when its heartbeat stops; and the end in order:
 * first the supervisor, which stops its workers as it sees fit, then whatever child is left. In --socket mode it is
 * somebody else's child, and ending it means closing its connection. */
#include "supervisor/guardian/guardian.h"

#include <sys/wait.h>

#define KILLED_MS 5000 /* after SIGKILL: a process in the kernel's hands is not waited for longer */

static void start(struct guardian *g, int64_t now)
{
    int pair[2];
    g->started_ms = now;
    g->restart_at_ms = now + GUARDIAN_SUPERVISOR_RESTART_MAX_MS; /* if not even a fork works */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    g->supervisor = (struct child){.wire = {.kind = GUARDIAN_SUPERVISOR, .split = "supervisor"}};
    link_attach(g, pair[0]);
    child_spawn(g, &g->supervisor, &pair[1]);
    close(pair[1]);
}

void supervisor_tend(struct guardian *g, int64_t now)
{
    bool there = g->supervisor.state == CHILD_RUNNING || g->link_fd >= 0;
    if (there && now - g->heard_ms >= g->options.hung_ms)
        supervisor_kill(g, "no heartbeat");
    else if (!there && !g->options.socket_path && g->stage == STAGE_RUNNING && now >= g->restart_at_ms)
        start(g, now);
}

void supervisor_kill(struct guardian *g, const char *why)
{
    say("supervisor killed pid=%d: %s", g->supervisor.wire.pid, why);
    link_drop(g);
    g->heard_ms = now_ms();
    child_signal(&g->supervisor, SIGKILL);
}

void supervisor_ended(struct guardian *g)
{
    int status = g->supervisor.wait_status;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) == SIGTERM ? 0 : 1;
    bool final =
        (code >= SUPERVISOR_EXIT_USAGE && code <= SUPERVISOR_EXIT_FINAL_MAX) || code == SUPERVISOR_EXIT_NOT_RUN;
    link_drop(g);
    if (g->stage != STAGE_RUNNING || final || (WIFEXITED(status) && code == SUPERVISOR_EXIT_ORDERED)) {
        supervisor_stop_begin(g, STAGE_CHILDREN_STOP, code);
        return;
    }
    int64_t now = now_ms(), delay = g->restart_delay_ms * 2;
    if (now - g->started_ms >= GUARDIAN_SUPERVISOR_RESTART_MAX_MS || delay == 0)
        delay = GUARDIAN_SUPERVISOR_RESTART_MS;
    g->restart_delay_ms = delay < GUARDIAN_SUPERVISOR_RESTART_MAX_MS ? delay : GUARDIAN_SUPERVISOR_RESTART_MAX_MS;
    g->restart_at_ms = now + g->restart_delay_ms;
}

void supervisor_stop_begin(struct guardian *g, enum guardian_stage stage, int exit_code)
{
    const int64_t limits_ms[] = {0, g->options.stop_ms, g->options.children_ms, KILLED_MS, 0};
    static const int signals[] = {
        [STAGE_CHILDREN_STOP] = SIGTERM, [STAGE_CHILDREN_KILLED] = SIGKILL, [STAGE_DONE] = 0};
    if (stage <= g->stage)
        return;
    g->stage = stage;
    g->exit_code = exit_code;
    g->stage_deadline_ms = now_ms() + limits_ms[stage];
    if (stage == STAGE_SUPERVISOR_STOPS)
        child_signal(&g->supervisor, SIGTERM);
    say("stopping stage=%d children=%u", (int)stage, child_signal_all(g, signals[stage]));
}

void supervisor_stop_tend(struct guardian *g, int64_t now)
{
    bool first = g->stage == STAGE_SUPERVISOR_STOPS, late = now >= g->stage_deadline_ms;
    bool gone = first ? g->supervisor.state != CHILD_RUNNING && g->link_fd < 0 : child_signal_all(g, 0) == 0;
    if (g->stage == STAGE_RUNNING || (!gone && !late))
        return;
    if (first && !gone) {
        g->stage_deadline_ms = GUARDIAN_NEVER; /* its end comes next */
        supervisor_kill(g, "does not stop");
    } else {
        supervisor_stop_begin(g, gone && !first ? STAGE_DONE : g->stage + 1, g->exit_code);
    }
}
