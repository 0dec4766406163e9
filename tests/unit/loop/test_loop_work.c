/* Work at the end of the turn: once, in order, awake while there is some, asleep when there is none. */
#include "tests/unit/loop/loop_fixture.h"
#include <time.h>

struct item {
    struct loop_work *work;
    struct item *other; /* what the callback schedules or frees */
    int count;
    int *order; /* shared counter */
    int position;
};

static void count_item(void *context)
{
    struct item *item = context;

    item->count++;
    if (item->order)
        item->position = ++*item->order;
}

static void work_runs_once_and_in_order_however_often_it_was_scheduled(void **state)
{
    int order = 0;
    struct item a = {.order = &order}, b = {.order = &order};

    assert_int_equal(loop_work_new(*state, count_item, &a, &a.work), 0);
    assert_int_equal(loop_work_new(*state, count_item, &b, &b.work), 0);
    for (int i = 0; i < 3; i++) {
        loop_work_schedule(b.work);
        loop_work_schedule(a.work);
    }
    assert_int_equal(loop_turn(*state), 0); /* nothing else would end this wait */
    assert_int_equal(a.count, 1);
    assert_int_equal(b.count, 1);
    assert_int_equal(b.position, 1);
    assert_int_equal(a.position, 2);
    loop_work_free(a.work);
    loop_work_free(b.work);
}

static void schedule_both(void *context)
{
    struct item *item = context;

    item->count++;
    loop_work_schedule(item->work);
    loop_work_schedule(item->other->work);
}

static void work_scheduled_by_work_waits_for_the_next_turn(void **state)
{
    struct item b = {0}, a = {.other = &b};

    assert_int_equal(loop_work_new(*state, schedule_both, &a, &a.work), 0);
    assert_int_equal(loop_work_new(*state, count_item, &b, &b.work), 0);
    loop_work_schedule(a.work);
    for (int turn = 1; turn <= 4; turn++) {
        assert_int_equal(loop_turn(*state), 0);
        assert_int_equal(a.count, turn);
        assert_int_equal(b.count, turn / 2); /* in turn 2 it is still due when it is scheduled again: once */
    }
    loop_work_free(a.work);
    loop_work_free(b.work);
}

static void free_both(void *context)
{
    struct item *item = context;

    item->count++;
    loop_work_free(item->other->work);
    loop_work_free(item->work);
}

static void work_may_free_itself_and_other_work_that_is_due(void **state)
{
    struct item b = {0}, a = {.other = &b}, c = {0};

    assert_int_equal(loop_work_new(*state, free_both, &a, &a.work), 0);
    assert_int_equal(loop_work_new(*state, count_item, &b, &b.work), 0);
    assert_int_equal(loop_work_new(*state, count_item, &c, &c.work), 0);
    loop_work_schedule(a.work);
    loop_work_schedule(b.work);
    loop_work_schedule(c.work);
    assert_int_equal(loop_turn(*state), 0);
    assert_int_equal(a.count, 1);
    assert_int_equal(b.count, 0);
    assert_int_equal(c.count, 1);
    loop_work_free(c.work);
}

static void schedule_other(void *context)
{
    struct item *item = context;

    loop_work_schedule(item->work);
}

static void a_timer_may_mark_work_that_then_runs_without_waiting(void **state)
{
    struct item item = {0};
    struct loop_timer *timer;

    assert_int_equal(loop_work_new(*state, count_item, &item, &item.work), 0);
    assert_int_equal(loop_timer_new(*state, schedule_other, &item, &timer), 0);
    loop_timer_start(timer, 0);
    loop_until(*state, &item.count, 1);
    loop_timer_free(timer);
    loop_work_free(item.work);
}

static void stop_loop(void *context) { loop_stop(context); }

static void an_idle_loop_sleeps_after_its_work(void **state)
{
    struct item item = {0};
    struct loop_timer *timer;
    struct timespec before, after;

    assert_int_equal(loop_work_new(*state, count_item, &item, &item.work), 0);
    assert_int_equal(loop_timer_new(*state, stop_loop, *state, &timer), 0);
    loop_work_schedule(item.work);
    loop_timer_start(timer, 300);
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before), 0);
    assert_int_equal(loop_run(*state), 0);
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after), 0);
    int64_t cpu_us = (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
    assert_in_range(cpu_us, 0, 100000); /* a loop that spins takes all 300 ms */
    assert_int_equal(item.count, 1);
    loop_timer_free(timer);
    loop_work_free(item.work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(work_runs_once_and_in_order_however_often_it_was_scheduled),
        LOOP_TEST(work_scheduled_by_work_waits_for_the_next_turn),
        LOOP_TEST(work_may_free_itself_and_other_work_that_is_due),
        LOOP_TEST(a_timer_may_mark_work_that_then_runs_without_waiting),
        LOOP_TEST(an_idle_loop_sleeps_after_its_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
