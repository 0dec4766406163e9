/* The loop itself, signals and wakes: running, stopping, and handles that end in their own callback. */
#include "tests/unit/alloc_fail.h"
#include "tests/unit/loop/loop_fixture.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop_loop(void *context) { loop_stop(context); }

static void a_loop_runs_until_it_is_stopped_even_if_nobody_watches(void **state)
{
    struct loop *loop = *state;
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    uint64_t before = mono_now_us();

    loop_stop(loop); /* before it runs: returns at once */
    assert_int_equal(loop_run(loop), 0);
    assert_int_equal(loop_timer_new(loop, stop_loop, loop, &timer), 0);
    loop_timer_start(timer, 30);
    assert_int_equal(loop_run(loop), 0);
    assert_true(mono_now_us() - before >= 29000);
}

struct wake_test {
    struct loop_wake *wake;
    int count;
};

static void count_wake(void *context)
{
    struct wake_test *test = context;

    test->count++;
}

static void many_wakes_before_a_turn_are_one(void **state)
{
    struct wake_test test = {0};

    assert_int_equal(loop_wake_new(*state, count_wake, &test, &test.wake), 0);
    for (int i = 0; i < 100; i++)
        loop_wake_send(test.wake);
    loop_until(*state, &test.count, 1);
    assert_int_equal(test.count, 1);
    loop_wake_free(test.wake);
}

static void *send_wake(void *context)
{
    loop_wake_send(context);
    return NULL;
}

static void end_wake(void *context)
{
    struct wake_test *test = context;

    test->count++;
    loop_wake_free(test->wake);
}

static void another_thread_wakes_a_waiting_loop(void **state)
{
    struct wake_test test = {0};
    pthread_t thread;

    assert_int_equal(loop_wake_new(*state, end_wake, &test, &test.wake), 0);
    assert_int_equal(pthread_create(&thread, NULL, send_wake, test.wake), 0);
    loop_until(*state, &test.count, 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

struct signal_test {
    struct loop_signal *watch;
    int count;
};

static void end_signal(void *context, int signal_number)
{
    struct signal_test *test = context;

    assert_int_equal(signal_number, SIGUSR1);
    test->count++;
    loop_signal_free(test->watch);
}

static void a_signal_is_a_callback_and_may_end_its_watch(void **state)
{
    struct signal_test test = {0};

    assert_int_equal(loop_signal_new(*state, SIGUSR1, end_signal, &test, &test.watch), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    loop_until(*state, &test.count, 1);
    assert_int_equal(loop_signal_new(*state, SIGKILL, end_signal, &test, &test.watch), -EINVAL);
}

static void nothing(void *context) { (void)context; }

static void nothing_fd(void *context, unsigned events)
{
    (void)context;
    (void)events;
}

static void nothing_signal(void *context, int signal_number)
{
    (void)context;
    (void)signal_number;
}

static int make_everything(void *context)
{
    CLEANUP(loop_freep) struct loop *loop = NULL;
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    CLEANUP(loop_work_freep) struct loop_work *work = NULL;
    CLEANUP(loop_wake_freep) struct loop_wake *wake = NULL;
    CLEANUP(loop_signal_freep) struct loop_signal *watch = NULL;
    CLEANUP(loop_folder_freep) struct loop_folder *folder = NULL;
    CLEANUP(loop_fd_freep) struct loop_fd *input = NULL;
    int r = loop_new(&loop);

    if (r == 0)
        r = loop_timer_new(loop, nothing, NULL, &timer);
    if (r == 0)
        r = loop_work_new(loop, nothing, NULL, &work);
    if (r == 0)
        r = loop_wake_new(loop, nothing, NULL, &wake);
    if (r == 0)
        r = loop_signal_new(loop, SIGUSR2, nothing_signal, NULL, &watch);
    if (r == 0)
        r = loop_folder_new(loop, "/", nothing_signal, NULL, &folder);
    if (r == 0)
        r = loop_fd_new(loop, *(int *)context, LOOP_READABLE, nothing_fd, NULL, &input);
    return r;
}

/* Scopes end in reverse order: the handles before the loop that they belong to. */
static void half_built_handles_are_freed_when_memory_fails(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(alloc_fail_each(make_everything, &ends[0]), 7);
    close(ends[0]);
    close(ends[1]);
}

static void free_with_a_handle_left(void)
{
    struct loop *loop;
    struct loop_timer *timer;

    signal(SIGABRT, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    close(STDERR_FILENO);
    if (loop_new(&loop) == 0 && loop_timer_new(loop, nothing, NULL, &timer) == 0)
        loop_free(loop);
    _exit(0);
}

static void freeing_a_loop_with_a_handle_left_is_a_bug(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0)
        free_with_a_handle_left();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(a_loop_runs_until_it_is_stopped_even_if_nobody_watches),
        LOOP_TEST(many_wakes_before_a_turn_are_one),
        LOOP_TEST(another_thread_wakes_a_waiting_loop),
        LOOP_TEST(a_signal_is_a_callback_and_may_end_its_watch),
        cmocka_unit_test(half_built_handles_are_freed_when_memory_fails),
        cmocka_unit_test(freeing_a_loop_with_a_handle_left_is_a_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
