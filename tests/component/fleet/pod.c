/* Namespaces by hand. Whatever is left of a failed test dies with the kubelet, and the kubelet with the tests. */
#include "tests/component/fleet/pod.h"

#include "tests/component/guardian/rig.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 256

struct order {
    char what; /* 'S'tart, si'G'nal, 'W'ait */
    int number;
    char path[PATH_SIZE], hidden[PATH_SIZE];
};

static int the_kubelet = -1; /* the tests' end of the connection to it */

static void must(bool done, const char *what)
{
    if (done)
        return;
    perror(what);
    _exit(99);
}

/* As fork(), into a container of its own. Only for what forks or executes next. */
static pid_t container_fork(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL);
    must(pid >= 0, "clone");
    if (pid > 0)
        return pid;
    must(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount private");
    must(mount("proc", "/proc", "proc", 0, NULL) == 0, "mount proc");
    return 0;
}

static pid_t workers_start(const struct order *order)
{
    char program[] = GUARDIAN_PROGRAM, option[] = "--listen", path[PATH_SIZE];
    pid_t pid = container_fork();
    if (pid > 0)
        return pid;
    char *folder = strdup(WORKER_FAKE);
    *strrchr(folder, '/') = '\0'; /* the program of the workers is found by descriptor only */
    must(mount("none", folder, "tmpfs", 0, NULL) == 0, "hide the program");
    must(mount("none", order->hidden, "tmpfs", 0, NULL) == 0, "hide a folder");
    snprintf(path, sizeof path, "%s", order->path);
    execv(program, (char *[]){program, option, path, NULL});
    _exit(98);
}

static void kubelet(int tests)
{
    pid_t workers = 0;
    struct order order;
    while (recv(tests, &order, sizeof order, 0) == sizeof order) {
        int status = 0;
        if (order.what == 'S')
            workers = workers_start(&order);
        else if (order.what == 'G')
            must(workers > 0 && kill(workers, order.number) == 0, "kill");
        else
            must(workers > 0 && waitpid(workers, &status, 0) == workers, "wait");
        must(send(tests, &status, sizeof status, 0) == sizeof status, "answer");
    }
}

/* A user without rights has them in a namespace of its own. */
static void rights_get(void)
{
    char map[64];
    if (geteuid() == 0)
        return;
    snprintf(map, sizeof map, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    must(unshare(CLONE_NEWUSER) == 0, "unshare");
    int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
    must(write(fd, map, strlen(map)) == (ssize_t)strlen(map), "uid_map");
    close(fd);
}

int pod_run(int (*tests)(void))
{
    int pair[2], status = 0;
    fflush(NULL);
    rights_get();
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    pid_t container = container_fork();
    if (container == 0) { /* what comes out of a bare clone may only fork */
        close(pair[0]);
        the_kubelet = pair[1];
        pid_t pid = fork();
        if (pid == 0)
            exit(tests());
        close(pair[1]);
        must(waitpid(pid, &status, 0) == pid, "wait for the tests");
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
    }
    close(pair[1]);
    kubelet(pair[0]);
    must(waitpid(container, &status, 0) == container, "wait for the container");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 96;
}

static int ask(const struct order *order)
{
    int status = 0;
    assert_int_equal(send(the_kubelet, order, sizeof *order, MSG_NOSIGNAL), sizeof *order);
    assert_true(wait_readable(the_kubelet, 2 * WAIT_MS));
    assert_int_equal(recv(the_kubelet, &status, sizeof status, 0), sizeof status);
    return status;
}

void pod_workers_start(const char *path, const char *hidden)
{
    struct order order = {.what = 'S'};
    snprintf(order.path, sizeof order.path, "%s", path);
    snprintf(order.hidden, sizeof order.hidden, "%s", hidden);
    ask(&order);
}

void pod_workers_signal(int number) { ask(&(struct order){.what = 'G', .number = number}); }

int pod_workers_wait(void) { return ask(&(struct order){.what = 'W'}); }
