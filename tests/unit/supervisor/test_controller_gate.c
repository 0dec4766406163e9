/* What must be known, or over, before a target is looked at. */
#include "tests/unit/supervisor/controller_fixture.h"

static void a_closed_gate_is_not_run_against(void **state)
{
    (void)state;
    t.closed = true;
    put_services("a", "1");
    controller_run(t.controller);
    turn_for(100);
    assert_int_equal(t.sets[0], 0);
    assert_true(t.asked > 0 && t.asked < 20); /* it waits; it does not ask with every turn */
    t.closed = false;
    controller_mark_all(t.controller);
    turn_until(&t.sets[0], 1);
}

static void case_29_writes_on_their_way_are_waited_for(void **state)
{
    static const struct resource_key a = {KIND_LOCAL_SERVICE, "default", "a"};
    (void)state;
    put_services("a", "1");
    controller_run(t.controller);
    turn_until(&t.sets[0], 1);
    t.busy = true;
    controller_mark(t.controller, &a);
    turn_for(50);
    assert_int_equal(t.sets[0], 1);
    t.busy = false;
    controller_wrote(t.controller, &a, true);
    turn_until(&t.sets[0], 2);
    t.busy = true;
    controller_mark(t.controller, &a);
    turn_for(20);
    t.busy = false;
    controller_wrote(t.controller, &a, false); /* the plan is made again, but not at once */
    turn_until(&t.sets[0], 3);
    assert_true(t.gap_ms[0] >= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTROLLER_TEST(a_closed_gate_is_not_run_against),
        CONTROLLER_TEST(case_29_writes_on_their_way_are_waited_for),
    };
    return cmocka_run_group_tests_name("controller gate", tests, NULL, NULL);
}
