/* Stands where a worker stands: reports on its log what it was given, ends the report with a line "end", then does what
 * the document on fd 3 says: "wait", "stubborn" (no SIGTERM ends it), "exit N", "leave" (a process of its group stays
 * and it ends), "fill" (writes to its output before, until there is no room). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void report_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    bool open_fd[1024] = {false};
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        long fd = strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && fd < 1024 && fd != dirfd(folder))
            open_fd[fd] = true;
    }
    if (folder)
        closedir(folder);
    fprintf(stderr, "fds");
    for (int fd = 0; fd < 1024; fd++)
        if (open_fd[fd])
            fprintf(stderr, " %d", fd);
    fprintf(stderr, "\n");
}

static void report_files(void)
{
    struct stat null, input, out, err;
    struct rlimit core, files, data;
    stat("/dev/null", &null);
    fstat(0, &input);
    fstat(1, &out);
    fstat(2, &err);
    getrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_DATA, &data);
    fprintf(stderr, "null %d log %d locked %d\n", null.st_rdev == input.st_rdev, out.st_ino == err.st_ino,
            flock(4, LOCK_EX | LOCK_NB) == 0);
    fprintf(stderr, "core %lld files %lld data %lld\n", (long long)core.rlim_cur, (long long)files.rlim_cur,
            (long long)data.rlim_cur);
}

static void report_signals(void)
{
    sigset_t mask;
    struct sigaction action;
    int blocked = 0, handled = 0, death = 0;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < NSIG; number++) {
        blocked += sigismember(&mask, number) == 1;
        if (sigaction(number, NULL, &action) == 0)
            handled += action.sa_handler != SIG_DFL;
    }
    prctl(PR_GET_PDEATHSIG, &death);
    fprintf(stderr, "blocked %d handled %d death %d\n", blocked, handled, death);
}

static void fill_output(void)
{
    static const char block[4096];
    while (write(1, block, sizeof block) > 0)
        continue;
    fprintf(stderr, "full %d\n", errno == EAGAIN);
}

static void act(const char *order)
{
    if (strncmp(order, "exit ", 5) == 0)
        exit((int)strtol(order + 5, NULL, 10));
    if (strcmp(order, "leave") == 0 && fork() > 0)
        exit(0);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    char order[64] = "";
    if (pread(3, order, sizeof order - 1, 0) < 0)
        return 99;
    if (strcmp(order, "stubborn") == 0)
        signal(SIGTERM, SIG_IGN);
    else
        report_signals();
    fprintf(stderr, "argv %d %s %s %s\n", argc, argv[0], argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");
    report_fds();
    report_files();
    mode_t mask = umask(0);
    fprintf(stderr, "umask %o group %d parent %d privileges %d\n", (unsigned)mask, getpgrp() == getpid(),
            (int)getppid(), !prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    for (char **entry = environ; *entry; entry++)
        fprintf(stderr, "env %s\n", *entry);
    if (strcmp(order, "fill") == 0)
        fill_output();
    fprintf(stderr, "end\n");
    act(order);
}
