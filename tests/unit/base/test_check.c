/* A bug of our own ends the process, in every build, and says where it is. */
#include "common/base/fd.h"
#include "tests/unit/cmocka_all.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail_in_child(int stderr_fd)
{
    volatile int one = 1;

    signal(SIGABRT, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    dup2(stderr_fd, STDERR_FILENO);
    check(one == 1);
    check(one == 2);
    _exit(0);
}

static void a_failed_check_aborts_and_names_the_condition(void **state)
{
    CLEANUP(buf_deinit) struct buf said = BUF_INIT(4096);
    int ends[2], status;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        fail_in_child(ends[1]);
    fd_closep(&ends[1]);
    assert_int_equal(fd_read_all(ends[0], &said), 0);
    fd_closep(&ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said.data, "test_check.c:"));
    assert_non_null(strstr(said.data, "check failed: one == 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_failed_check_aborts_and_names_the_condition)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
