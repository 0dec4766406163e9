/* Watches on descriptors: what is said when, and the end of a watch in its own callback. */
#include "common/base/fd.h"
#include "tests/unit/loop/loop_fixture.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct fd_test {
    struct loop_fd *watch;
    int count;
    unsigned events; /* all that were said */
};

static void note_events(void *context, unsigned events)
{
    struct fd_test *test = context;

    test->count++;
    test->events |= events;
}

/* Lets a few turns pass that nothing but time ended. */
static void count_turn(void *context) { ++*(int *)context; }

static void some_turns(struct loop *loop)
{
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    int turns = 0;

    assert_int_equal(loop_timer_new(loop, count_turn, &turns, &timer), 0);
    loop_timer_repeat(timer, 1);
    loop_until(loop, &turns, 5);
}

static void a_watch_says_what_was_asked_for(void **state)
{
    struct fd_test test = {0};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(loop_fd_new(*state, pair[0], LOOP_READABLE, note_events, &test, &test.watch), 0);
    some_turns(*state);
    assert_int_equal(test.count, 0);
    assert_int_equal(write(pair[1], "x", 1), 1);
    loop_until(*state, &test.count, 1);
    assert_int_equal(test.events, LOOP_READABLE);

    assert_int_equal(loop_fd_set(test.watch, 0), 0);
    test = (struct fd_test){.watch = test.watch};
    some_turns(*state);
    assert_int_equal(test.count, 0);

    assert_int_equal(loop_fd_set(test.watch, LOOP_READABLE | LOOP_WRITABLE), 0);
    loop_until(*state, &test.count, 1);
    assert_int_equal(test.events, LOOP_READABLE | LOOP_WRITABLE);
    loop_fd_free(test.watch);
    close(pair[0]);
    close(pair[1]);
}

static void the_other_sides_end_is_said_to_who_asked(void **state)
{
    struct fd_test test = {0};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(loop_fd_new(*state, pair[0], LOOP_CLOSED, note_events, &test, &test.watch), 0);
    assert_int_equal(write(pair[1], "x", 1), 1);
    some_turns(*state);
    assert_int_equal(test.count, 0);
    assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
    loop_until(*state, &test.count, 1);
    assert_int_equal(test.events, LOOP_CLOSED);
    loop_fd_free(test.watch);
    close(pair[0]);
    close(pair[1]);
}

static void an_error_is_said_unasked(void **state)
{
    struct fd_test test = {0};
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(loop_fd_new(*state, ends[1], LOOP_WRITABLE, note_events, &test, &test.watch), 0);
    close(ends[0]); /* writing would give EPIPE */
    loop_until(*state, &test.count, 1);
    assert_int_equal(test.events & LOOP_CLOSED, LOOP_CLOSED);
    int before = test.count;
    some_turns(*state);
    assert_int_equal(test.count, before); /* the watch rests */
    loop_fd_free(test.watch);
    close(ends[1]);
}

static void end_watch(void *context, unsigned events)
{
    struct fd_test *test = context;

    note_events(context, events);
    loop_fd_free(test->watch);
}

static void a_watch_may_be_freed_in_its_own_callback(void **state)
{
    struct fd_test test = {0};
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(loop_fd_new(*state, ends[1], LOOP_WRITABLE, end_watch, &test, &test.watch), 0);
    loop_until(*state, &test.count, 1);
    some_turns(*state);
    assert_int_equal(test.count, 1);
    /* The descriptor is free for a new watch. */
    assert_int_equal(loop_fd_new(*state, ends[1], LOOP_WRITABLE, end_watch, &test, &test.watch), 0);
    loop_until(*state, &test.count, 2);
    close(ends[0]);
    close(ends[1]);
}

static void what_cannot_be_watched_is_refused(void **state)
{
    CLEANUP(fd_closep) int file = -1;
    struct fd_test test = {0};
    struct loop_fd *second = NULL;
    int ends[2];

    assert_int_equal(fd_memfd_sealed("file", "x", 1, &file), 0);
    assert_int_equal(loop_fd_new(*state, file, LOOP_READABLE, note_events, &test, &second), -EPERM);
    assert_int_equal(loop_fd_new(*state, 1000000, LOOP_READABLE, note_events, &test, &second), -EBADF);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(loop_fd_new(*state, ends[0], LOOP_READABLE, note_events, &test, &test.watch), 0);
    assert_int_equal(loop_fd_new(*state, ends[0], LOOP_READABLE, note_events, &test, &second), -EEXIST);
    assert_null(second);
    loop_fd_free(test.watch);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(a_watch_says_what_was_asked_for),   LOOP_TEST(the_other_sides_end_is_said_to_who_asked),
        LOOP_TEST(an_error_is_said_unasked),          LOOP_TEST(a_watch_may_be_freed_in_its_own_callback),
        LOOP_TEST(what_cannot_be_watched_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
