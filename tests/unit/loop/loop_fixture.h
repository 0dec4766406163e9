/* A loop for every test, and turns of it until something is so, with a deadline. */
#pragma once

#include "common/loop/loop.h"
#include "tests/unit/cmocka_all.h"

enum { LOOP_TEST_DEADLINE_MS = 20000 };

static inline int loop_setup(void **state)
{
    struct loop *loop;
    int r = loop_new(&loop);

    *state = r == 0 ? loop : NULL;
    return r;
}

static inline int loop_teardown(void **state)
{
    loop_free(*state);
    return 0;
}

static inline void loop_fixture_late(void *context)
{
    (void)context;
    fail_msg("not so before the deadline");
}

/* Turns the loop until *value is at least wanted. */
static inline void loop_until(struct loop *loop, const int *value, int wanted)
{
    CLEANUP(loop_timer_freep) struct loop_timer *late = NULL;

    assert_int_equal(loop_timer_new(loop, loop_fixture_late, NULL, &late), 0);
    loop_timer_start(late, LOOP_TEST_DEADLINE_MS);
    while (*value < wanted)
        assert_int_equal(loop_turn(loop), 0);
}

#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)
