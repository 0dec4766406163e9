/* sluice-guardian: parent of the supervisor and of every worker and command; it alone forks and waits. Started as PID 1,
 * by a service manager or by a person; ends in order on SIGTERM and SIGINT, and if it is killed, the kernel kills its
 * children. It reads no file, parses no text and links libc alone: it is the part that may not fail. */
#include "supervisor/guardian/guardian.h"

#define TURN_MS 100 /* longest wait: how exact all limits are */
#define ALIVE_TOLD_MS 5000
#define LATE_MS 1000      /* a turn that took so long: we were frozen, and so may the supervisor have been */
#define SAY_BYTES_MAX 400 /* below PIPE_BUF: POLLOUT then means that the whole line fits */

void say(const char *format, ...)
{
    char line[SAY_BYTES_MAX] = "";
    time_t now = time(NULL);
    size_t len = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ guardian: ", gmtime_r(&now, &(struct tm){0}));
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + len, sizeof line - len - 1, format, arguments);
    va_end(arguments);
    for (len = 0; line[len]; len++) /* ids come from a packet: no second line */
        line[len] = (char)(line[len] > 0 && line[len] < ' ' ? '?' : line[len]);
    line[len++] = '\n';
    if (poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, 0) != 1 ||
        write(STDERR_FILENO, line, len) < 0)
        return; /* ignored: there is nowhere left to say it */
}

static bool options_read(char **argv, struct options *ret)
{
    *ret = (struct options){.hung_ms = GUARDIAN_SUPERVISOR_HUNG_MS,
                            .command_ms = GUARDIAN_COMMAND_LIMIT_MS,
                            .stop_ms = GUARDIAN_SUPERVISOR_STOP_MS,
                            .children_ms = GUARDIAN_CHILDREN_STOP_MS};
    for (argv++; argv[0] && argv[1] && strcmp(argv[0], "--") != 0; argv += 2)
        if (strcmp(argv[0], "--listen") == 0)
            ret->listen_path = argv[1], ret->stop_ms = GUARDIAN_LINK_STOP_MS;
        else if (strcmp(argv[0], "--limits-ms") != 0 ||
                 sscanf(argv[1], "%ld,%ld,%ld,%ld", &ret->hung_ms, &ret->command_ms, &ret->stop_ms,
                        &ret->children_ms) != 4)
            return false;
    ret->supervisor_argv = argv[0] ? argv + 1 : argv;
    return !ret->listen_path == !!*ret->supervisor_argv; /* one of them, not both */
}

static void signals_read(struct guardian *g, int signal_fd)
{
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == sizeof info)
        if ((info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) && g->stage == STAGE_RUNNING)
            supervisor_stop(g);
        else if (info.ssi_signo == SIGUSR2)
            g->reexec_wanted = true;
        else if (info.ssi_signo == SIGHUP && g->stage == STAGE_RUNNING) {
            notify("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(now_ms() + 1) * 1000);
            child_signal(&g->supervisor, SIGHUP); /* it makes its workers be replaced, and ends to be started anew */
            g->reexec_wanted = true;
        }
}

static void turn(struct guardian *g, int signal_fd)
{
    int64_t now = now_ms();
    supervisor_tend(g);
    if (now >= g->alive_told_ms + ALIVE_TOLD_MS && notify("WATCHDOG=1"))
        g->alive_told_ms =
            now; /* whether the supervisor is well is ours to judge: its end is not that of the workers */
    short link_events = g->link_fd < 0 || link_tell(g) ? POLLIN : POLLOUT;
    struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
                           {.fd = g->link_fd, .events = link_events},
                           {.fd = g->stage == STAGE_RUNNING ? g->listen_fd : -1, .events = POLLIN}};
    poll(fds, 3, TURN_MS); /* ignored: then nothing is there */
    if (now_ms() > now + LATE_MS)
        g->heard_ms = now_ms();
    signals_read(g, signal_fd);
    link_read(g); /* before the heartbeat is judged: it may be waiting there */
    if (fds[2].revents)
        link_accept(g);
    child_reap_all(g);
}

int main(int argc, char **argv)
{
    close_range(STDERR_FILENO + 1, FD_NULL, 0);
    for (int fd = 0; fd >= 0 && fd < FD_NULL;) /* fills all that is free up to there */
        fd = open("/dev/null", O_RDWR);
    sigset_t every;
    sigfillset(&every);
    signal(SIGCHLD, SIG_DFL); /* ignored by who started us, it would eat the exit statuses */
    sigprocmask(SIG_SETMASK, &every, NULL);
    int signal_fd = signalfd(-1, &every, SFD_NONBLOCK | SFD_CLOEXEC);
    struct guardian *g = signal_fd >= 0 ? table_open() : NULL;
    if (g && (argc < 2 || !options_read(argv, &g->options))) {
        say("usage: sluice-guardian -- SUPERVISOR ARGUMENTS... | sluice-guardian --listen PATH");
        return SUPERVISOR_EXIT_USAGE;
    }
    if (!g || (g->options.listen_path && g->listen_fd < 0 && !link_listen(g))) {
        say("cannot start (the folder of a socket must be ours alone) errno=%d", errno);
        return EXIT_FAILURE;
    }
    while (child_limit(g) > 0 || g->stage != STAGE_CHILDREN_STOP) {
        turn(g, signal_fd);
        if (g->reexec_wanted)
            table_reexec(g, argv);
    }
    return g->exit_code;
}
