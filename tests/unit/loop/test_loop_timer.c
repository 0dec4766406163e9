/* Timers: when they fire, that they can be moved and stopped, and what their own callback may do. */
#include "tests/unit/loop/loop_fixture.h"

struct timer_test {
    struct loop_timer *timer;
    int count;
    int until; /* count at which the callback stops starting the timer again */
};

static void count_timer(void *context)
{
    struct timer_test *test = context;

    test->count++;
}

static void a_timer_fires_once_and_not_early(void **state)
{
    struct timer_test test = {0};
    uint64_t before = mono_now_us();

    assert_int_equal(loop_timer_new(*state, count_timer, &test, &test.timer), 0);
    /* The turn began earlier than this: its time must not count as waited. */
    while (mono_now_us() - before < 20000)
        continue;
    uint64_t started = mono_now_us();
    loop_timer_start(test.timer, 20);
    loop_until(*state, &test.count, 1);
    assert_true(mono_now_us() - started >= 19000);
    loop_timer_start(test.timer, 0);
    loop_until(*state, &test.count, 2);
    loop_timer_free(test.timer);
}

static void a_started_timer_can_be_moved_and_stopped(void **state)
{
    struct timer_test stopped = {0}, moved = {0}, last = {0};

    assert_int_equal(loop_timer_new(*state, count_timer, &stopped, &stopped.timer), 0);
    assert_int_equal(loop_timer_new(*state, count_timer, &moved, &moved.timer), 0);
    assert_int_equal(loop_timer_new(*state, count_timer, &last, &last.timer), 0);
    loop_timer_start(stopped.timer, 5);
    loop_timer_stop(stopped.timer);
    loop_timer_start(moved.timer, 5);
    loop_timer_start(moved.timer, 1000000);
    loop_timer_start(last.timer, 30);
    loop_until(*state, &last.count, 1);
    assert_int_equal(stopped.count, 0);
    assert_int_equal(moved.count, 0);
    loop_timer_free(stopped.timer);
    loop_timer_free(moved.timer);
    loop_timer_free(last.timer);
}

static void a_repeating_timer_goes_on_until_it_is_stopped(void **state)
{
    struct timer_test test = {0}, last = {0};

    assert_int_equal(loop_timer_new(*state, count_timer, &test, &test.timer), 0);
    assert_int_equal(loop_timer_new(*state, count_timer, &last, &last.timer), 0);
    loop_timer_repeat(test.timer, 2);
    loop_until(*state, &test.count, 3);
    loop_timer_stop(test.timer);
    int before = test.count;
    loop_timer_start(last.timer, 20);
    loop_until(*state, &last.count, 1);
    assert_int_equal(test.count, before);
    loop_timer_free(test.timer);
    loop_timer_free(last.timer);
}

static void start_again(void *context)
{
    struct timer_test *test = context;

    if (++test->count < test->until)
        loop_timer_start(test->timer, 0);
}

static void a_timer_that_starts_itself_leaves_room_for_others(void **state)
{
    struct timer_test greedy = {.until = 1000000}, other = {0};

    assert_int_equal(loop_timer_new(*state, start_again, &greedy, &greedy.timer), 0);
    assert_int_equal(loop_timer_new(*state, count_timer, &other, &other.timer), 0);
    loop_timer_start(greedy.timer, 0);
    loop_timer_start(other.timer, 10);
    loop_until(*state, &other.count, 1);
    assert_in_range(greedy.count, 1, 1000);
    loop_timer_free(greedy.timer);
    loop_timer_free(other.timer);
}

static void end_timer(void *context)
{
    struct timer_test *test = context;

    test->count++;
    loop_timer_free(test->timer);
}

static void a_timer_may_be_freed_in_its_own_callback(void **state)
{
    struct timer_test test = {0};

    assert_int_equal(loop_timer_new(*state, end_timer, &test, &test.timer), 0);
    loop_timer_repeat(test.timer, 1);
    loop_until(*state, &test.count, 1);
    assert_int_equal(test.count, 1);
}

static void a_timer_freed_before_it_fires_never_does(void **state)
{
    struct timer_test test = {0}, last = {0};

    assert_int_equal(loop_timer_new(*state, count_timer, &test, &test.timer), 0);
    assert_int_equal(loop_timer_new(*state, end_timer, &last, &last.timer), 0);
    loop_timer_start(test.timer, 0);
    loop_timer_start(last.timer, 5);
    loop_timer_free(test.timer);
    loop_until(*state, &last.count, 1);
    assert_int_equal(test.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(a_timer_fires_once_and_not_early),
        LOOP_TEST(a_started_timer_can_be_moved_and_stopped),
        LOOP_TEST(a_repeating_timer_goes_on_until_it_is_stopped),
        LOOP_TEST(a_timer_that_starts_itself_leaves_room_for_others),
        LOOP_TEST(a_timer_may_be_freed_in_its_own_callback),
        LOOP_TEST(a_timer_freed_before_it_fires_never_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
