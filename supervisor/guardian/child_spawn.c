/* Forks, and turns the forked process into a worker, a command or the supervisor. Nothing of ours but the listed
 * descriptors reaches a child, and a worker's environment is filtered too (S-12). The guardian never waits for an exec:
 * what fails after the fork is left in the shared table by the child. */
#include "supervisor/guardian/guardian.h"

#define WORKER_ENV_MAX 64 /* variables that pass the filter */
#define LIMIT(resource, limit) (setrlimit((resource), &(struct rlimit){(limit), (limit)}) == 0)

/* Comes last before exec: a change of credentials would clear the death signal. */
static bool settle(const struct guardian *g)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0); /* ignored: the guardian does it too, whoever is first */
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* ignored dispositions would live on through exec */
    errno = ESRCH; /* a parent that is not the guardian: it died before prctl, and nothing would kill us */
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == g->pid;
}

/* Descriptor i becomes a copy of from[i], which is that one already or none below FD_NULL; the others close at exec. */
static bool place_fds(const int *from, int count)
{
    for (int i = 0; i < count; i++)
        if (dup2(from[i], i) < 0)
            return false;
    return close_range((unsigned)count, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static void worker_run(const struct guardian *g, struct guardian_child *wire, const int *fds)
{
    static const char *const passed[] = {"PATH=", "LANG=", "TZ=", "AWS_"};
    char *env[WORKER_ENV_MAX + 1] = {NULL}, number[24], name[] = "sluice-worker";
    int env_count = 0;
    for (char **entry = environ; *entry; entry++)
        for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
            if (strncmp(*entry, passed[i], strlen(passed[i])) == 0 && env_count < WORKER_ENV_MAX)
                env[env_count++] = *entry;
    snprintf(number, sizeof number, "%llu", (unsigned long long)wire->incarnation);
    char *argv[] = {name, wire->split, number, NULL};
    umask(077);
    if (place_fds((int[]){FD_NULL, g->options.listen_path ? 1 : fds[1], fds[1], fds[2], fds[3]}, 5) &&
        LIMIT(RLIMIT_CORE, 0) && (!wire->file_limit || LIMIT(RLIMIT_NOFILE, wire->file_limit)) &&
        (!wire->memory_limit_bytes || LIMIT(RLIMIT_DATA, wire->memory_limit_bytes)) &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && settle(g))
        execveat(fds[0], "", argv, env, AT_EMPTY_PATH);
}

/* A person's command: it may need the person's environment, rights and umask, so they stay. */
static void command_run(const struct guardian *g, const int *fds)
{
    static char text[GUARDIAN_ARGV_BYTES_MAX + 2], *argv[GUARDIAN_ARGV_MAX + 2];
    ssize_t count = 0, len = pread(fds[0], text, GUARDIAN_ARGV_BYTES_MAX + 1, 0);
    for (char *argument = text; argument < text + len && count <= GUARDIAN_ARGV_MAX; argument += strlen(argument) + 1)
        argv[count++] = argument;
    bool fits = len <= GUARDIAN_ARGV_BYTES_MAX && count <= GUARDIAN_ARGV_MAX;
    errno = fits ? EINVAL : E2BIG;
    if (fits && len > 0 && text[0] != '\0' && text[len - 1] == '\0' &&
        place_fds((int[]){FD_NULL, fds[1], fds[1]}, 3) && settle(g))
        execvp(argv[0], argv);
}

void child_spawn(struct guardian *g, struct child *child, const int *fds)
{
    errno = ENOSPC;
    pid_t pid = child == &g->children[GUARDIAN_CHILDREN_MAX] ? -1 : fork();
    if (pid == 0) {
        if (child->wire.kind == GUARDIAN_WORKER)
            worker_run(g, &child->wire, fds);
        else if (child->wire.kind == GUARDIAN_COMMAND)
            command_run(g, fds);
        else if (place_fds((int[]){0, 1, 2, fds[0]}, GUARDIAN_FD + 1) && settle(g))
            execvp(g->options.supervisor_argv[0], g->options.supervisor_argv);
        child->start_errno = errno ? errno : ESRCH;
        _exit(SUPERVISOR_EXIT_NOT_RUN);
    }
    if (pid < 0)
        child->start_errno = errno; /* written in this case only: else it is the child's, who may be quicker */
    setpgid(pid, pid);              /* ignored: the child does it too */
    child->state = pid > 0 ? CHILD_RUNNING : CHILD_ENDED;
    child->wire.pid = pid;
    child->kill_at_ms = child->wire.kind == GUARDIAN_COMMAND ? now_ms() + g->options.command_ms : GUARDIAN_NEVER;
    say("child started split=%s incarnation=%llu pid=%d", child->wire.split,
        (unsigned long long)child->wire.incarnation, pid);
}
