/* Workers are replaced one after the other once they are outdated, also by the supervisor after the one that was told. */
#include "tests/component/fleet/yard.h"

#include <stdio.h>
#include <stdlib.h>

static int start_other(struct yard *yard)
{
    return fleet_start(yard->fleet, OTHER_WORKER, json_new_object(), json_new_object());
}

static struct worker_view view_other(struct yard *yard)
{
    struct worker_view view = {.presence = WORKER_NONE};
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(1 << 20);
    assert_int_equal(fleet_observe(yard->fleet, OTHER_WORKER, &arena, &view), 0);
    return view;
}

static bool both_live(struct yard *yard) { return is_live(yard) && view_other(yard).presence == WORKER_LIVE; }
static bool is_first(struct yard *yard) { return !yard_view(yard)->spec_hash[0]; }
static bool is_other(struct yard *yard) { return !view_other(yard).spec_hash[0]; }
static bool is_one(struct yard *yard) { return is_first(yard) || is_other(yard); }

static void outdated_workers_get_their_turn_one_by_one(void **state)
{
    struct yard *yard = yard_begin_live(state);
    assert_int_equal(start_other(yard), 0);
    yard_wait(yard, both_live);
    fleet_outdate_all(yard->fleet);
    yard_end_life(yard);
    yard_begin_life(yard);
    yard_wait(yard, is_one);
    bool other = is_other(yard);
    assert_true(is_first(yard) != other);
    /* As reconcile does with a worker whose specification is another. */
    const char *turn = other ? OTHER_WORKER : WORKER;
    assert_int_equal(fleet_stop(yard->fleet, turn), 0);
    while ((other ? view_other(yard).presence : yard_view(yard)->presence) != WORKER_NONE) {
        assert_false(other ? is_first(yard) : is_other(yard)); /* not before this one is well again */
        assert_int_equal(loop_turn(yard->loop), 0);
    }
    assert_int_equal(other ? start_other(yard) : yard_start(yard, "{}"), 0);
    yard_wait(yard, other ? is_first : is_other);
    assert_true(both_live(yard));
    assert_false(other ? is_other(yard) : is_first(yard));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outdated_workers_get_their_turn_one_by_one, yard_open, yard_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
