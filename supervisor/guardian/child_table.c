/* The table of workers and commands, its hand-over at re-exec, and the only place that waits for processes. A row lives
 * from the fork until a supervisor has said that it saw the end, so no exit status is lost between two supervisors. At a
 * re-exec the process stays the same one: children stay its children, and their death signal stays armed. */
#include "supervisor/guardian/guardian.h"

#define TABLE_VARIABLE "SLUICE_GUARDIAN_TABLE_FD" /* from one image of ours to the next; no child sees it */

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
    for (; waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0; info.si_pid = 0) {
        struct child *child = find_pid(g, info.si_pid);
        /* While the zombie is there, its number cannot be another group's. What a command leaves running is what it was
         * for (a service's new process); what a worker leaves is nobody's. */
        if (child && child->wire.kind == GUARDIAN_WORKER)
            child_signal(child, SIGKILL);
        if (waitpid(info.si_pid, child ? &child->wait_status : NULL, 0) < 0 || !child)
            continue;
        child->state = CHILD_ENDED;
        say("child ended split=%s incarnation=%llu pid=%d wait_status=%d exec_errno=%d", child->wire.split,
            (unsigned long long)child->wire.incarnation, child->wire.pid, child->wait_status, child->start_errno);
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

static void keep_open(const struct guardian *g, bool keep)
{
    const int fds[] = {g->table_fd, g->link_fd, g->listen_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        fcntl(fds[i], F_SETFD, keep ? 0 : FD_CLOEXEC); /* ignored: -1, there is none */
}

struct guardian *table_open(void)
{
    const char *given = getenv(TABLE_VARIABLE);
    int fd = given ? (int)strtol(given, NULL, 10) : memfd_create("guardian-table", MFD_CLOEXEC);
    const off_t bytes = sizeof(struct guardian);
    unsetenv(TABLE_VARIABLE);
    if (!given && ftruncate(fd, bytes) != 0)
        return NULL;
    struct guardian *g = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (g == MAP_FAILED || lseek(fd, 0, SEEK_END) != bytes ||
        (given && (g->version != GUARDIAN_VERSION || g->pid != getpid())))
        return NULL;
    if (!given) { /* the rest is zero */
        g->version = GUARDIAN_VERSION;
        g->pid = getpid();
        g->link_fd = g->listen_fd = -1;
        g->supervisor_kill_at_ms = GUARDIAN_NEVER;
    }
    g->table_fd = fd;
    keep_open(g, false);
    return g;
}

void table_reexec(struct guardian *g, char **argv)
{
    char number[16];
    g->reexec_wanted = false;
    snprintf(number, sizeof number, "%d", g->table_fd);
    say("re-exec");
    keep_open(g, true);
    if (setenv(TABLE_VARIABLE, number, 1) == 0)
        execv((const char *)getauxval(AT_EXECFN), argv); /* where we were found, and a newer binary lies now */
    say("re-exec failed errno=%d", errno);
    unsetenv(TABLE_VARIABLE);
    keep_open(g, false);
}
