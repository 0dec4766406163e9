/* The table of workers and commands, and the only place that waits for processes.
 *
 * A row lives from the fork until a supervisor has said that it saw the end, so no exit status is lost between two
 * supervisors. Whatever else ends (orphans given to PID 1) is reaped and forgotten. Never allocates. */
#include "supervisor/guardian/guardian.h"

#include <sys/wait.h>

struct child *child_find(struct guardian *g, const struct guardian_child *who)
{
    for (struct child *child = g->children; child < CHILDREN_END(g); child++)
        if (child->state != CHILD_FREE && child->wire.kind == who->kind &&
            child->wire.incarnation == who->incarnation && strcmp(child->wire.split, who->split) == 0)
            return child;
    return NULL;
}

struct child *child_add(struct guardian *g, const struct guardian_child *wire)
{
    struct child *child = g->children;
    while (child < g->children + GUARDIAN_CHILDREN_MAX && child->state != CHILD_FREE)
        child++;
    *child = (struct child){.wire = *wire};
    return child;
}

static struct child *find_pid(struct guardian *g, pid_t pid)
{
    struct child *child = g->children;
    while (child < CHILDREN_END(g) && (child->state != CHILD_RUNNING || child->wire.pid != pid))
        child++;
    child = child < CHILDREN_END(g) ? child : &g->supervisor;
    return child->state == CHILD_RUNNING && child->wire.pid == pid ? child : NULL;
}

void child_reap_all(struct guardian *g)
{
    siginfo_t info = {.si_pid = 0};
    int status;
    for (; waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0; info.si_pid = 0) {
        struct child *child = find_pid(g, info.si_pid);
        /* While the zombie is there, its number cannot be another group's. What a command leaves running is what it was
         * for (a service's new process); what a worker leaves is nobody's. */
        if (child && child->wire.kind == GUARDIAN_WORKER)
            child_signal(child, SIGKILL);
        if (waitpid(info.si_pid, &status, 0) < 0 || !child)
            continue;
        child->state = CHILD_ENDED;
        child->wait_status = status;
        say("child ended split=%s incarnation=%llu pid=%d wait_status=%d exec_errno=%d", child->wire.split,
            (unsigned long long)child->wire.incarnation, child->wire.pid, status, child->start_errno);
        if (child == &g->supervisor)
            supervisor_ended(g);
    }
}

void child_signal(const struct child *child, int signal_number)
{
    if (child->state == CHILD_RUNNING && child->wire.pid > 1)
        kill(-child->wire.pid, signal_number); /* ignored: it may have ended by now, and is reaped */
}

void child_stop_all(struct guardian *g, int exit_code)
{
    g->stage = STAGE_CHILDREN_STOP;
    g->exit_code = exit_code;
    for (struct child *child = g->children; child < CHILDREN_END(g); child++) {
        child_signal(child, SIGTERM);
        child->kill_at_ms = now_ms() + g->options.children_ms;
    }
}

unsigned child_limit(struct guardian *g)
{
    unsigned running = 0;
    for (struct child *child = g->children; child < CHILDREN_END(g); child++) {
        running += child->state == CHILD_RUNNING;
        if (child->state != CHILD_RUNNING || now_ms() < child->kill_at_ms)
            continue;
        say("child takes too long, killed split=%s pid=%d", child->wire.split, child->wire.pid);
        child_signal(child, SIGKILL);
        child->kill_at_ms = GUARDIAN_NEVER;
    }
    return running;
}
