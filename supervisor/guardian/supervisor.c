/* The supervisor's life: started, restarted with growing delay, killed when its heartbeat stops; and the end in order: it
 * first, then whatever child is left. With --listen it is somebody else's child, and ending it means closing its link. */
#include "supervisor/guardian/guardian.h"

static void start(struct guardian *g)
{
    int pair[2];
    g->started_ms = now_ms();
    g->restart_at_ms = g->started_ms + GUARDIAN_SUPERVISOR_RESTART_MAX_MS; /* if not even a fork works */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    g->supervisor = (struct child){.wire = {.kind = GUARDIAN_SUPERVISOR, .split = "supervisor"}};
    link_set(g, pair[0]);
    child_spawn(g, &g->supervisor, &pair[1]);
    close(pair[1]);
}

void supervisor_tend(struct guardian *g)
{
    int64_t now = now_ms();
    bool there = g->supervisor.state == CHILD_RUNNING || g->link_fd >= 0;
    if (there && (now - g->heard_ms >= g->options.hung_ms || now >= g->supervisor_kill_at_ms))
        supervisor_kill(g, g->stage == STAGE_RUNNING ? "no heartbeat" : "does not stop");
    else if (!there && g->stage == STAGE_SUPERVISOR_STOPS)
        child_stop_all(g, 0);
    else if (!there && g->stage == STAGE_RUNNING && !g->options.listen_path && now >= g->restart_at_ms)
        start(g);
}

void supervisor_stop(struct guardian *g)
{
    g->stage = STAGE_SUPERVISOR_STOPS;
    notify("STOPPING=1");
    g->supervisor_kill_at_ms = now_ms() + g->options.stop_ms;
    child_signal(&g->supervisor, SIGTERM);
}

void supervisor_kill(struct guardian *g, const char *why)
{
    say("supervisor cut off pid=%d: %s", g->supervisor.wire.pid, why);
    link_set(g, -1);
    g->supervisor_kill_at_ms = GUARDIAN_NEVER;
    child_signal(&g->supervisor, SIGKILL);
}

void supervisor_ended(struct guardian *g)
{
    int status = g->supervisor.wait_status, code = WEXITSTATUS(status);
    bool final = code == SUPERVISOR_EXIT_ORDERED || (supervisor_cannot_start(code) && child_limit(g) == 0);
    link_set(g, -1);
    if (g->stage != STAGE_RUNNING || (WIFEXITED(status) && final)) {
        child_stop_all(g, WIFEXITED(status) ? code : WTERMSIG(status) != SIGTERM);
        return;
    }
    const int64_t least = GUARDIAN_SUPERVISOR_RESTART_MS, most = GUARDIAN_SUPERVISOR_RESTART_MAX_MS, now = now_ms();
    int64_t delay = now - g->started_ms < most ? g->restart_delay_ms * 2 : 0;
    g->restart_delay_ms = delay > most ? most : delay > 0 ? delay : least;
    g->restart_at_ms = now + g->restart_delay_ms;
}
