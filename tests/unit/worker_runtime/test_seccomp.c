/* What a worker's process may not ask of the kernel any more (S-12). */
#include "tests/unit/cmocka_all.h"
#include "worker/runtime/seccomp.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *context) { return context; }

static bool fails(long result, int error) { return result == -1 && errno == error; }

static bool threads_start(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

/* The number of the first thing that is not as it should be; 0: all is. */
static int look(void)
{
    char *argv[] = {NULL};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || worker_seccomp() != 0)
        return 1;
    if (!fails(execve("/bin/true", argv, argv), EPERM))
        return 2;
    if (!fails(syscall(SYS_unshare, 0), EPERM) || !fails(syscall(SYS_bpf, 0, NULL, 0), EPERM))
        return 4;
#ifndef WORKER_SANITIZED
    if (!fails(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM))
        return 3;
    if (!fails(fork(), EPERM))
        return 5;
#endif
    return threads_start() ? 0 : 6;
}

static void S_12_dangerous_calls_fail_and_threads_start(void **state)
{
    int status = -1;
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(look());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(S_12_dangerous_calls_fail_and_threads_start)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
