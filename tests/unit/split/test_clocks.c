/* Deadlines and times to live. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

static void provisioning_without_progress_fails_its_sessions_only(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    world->settings.session_unused_s = 1000;
    rig_session(world, "good", "app-0", FILTER("q0", "a"), "");
    rig_session(world, "bad", "app-0", FILTER("q1", "a"), "");
    for (int i = 0; i < 100 && !rig_split(world, "orders-0-1"); i++)
        world_step(world, 100);
    rig_worker_of(world, "orders-0-1")->hello_at = INT64_MAX;
    rig_run(world, 110000);
    assert_string_equal(rig_phase(world, "bad"), "Pending");
    rig_wait_session(world, "bad", "Failed", 30000);
    rig_wait_session(world, "good", "Ready", 30000);
    assert_int_equal(world->targets[0].told_count, 1);
    rig_close(world);
}

static void a_rollout_without_progress_fails_with_its_own_reason(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_unused_s = 1000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_splits(world, "Patching", 10000);
    world->targets[0].broken = true;
    rig_run(world, 50000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    rig_wait_session(world, "s", "Failed", 20000);
    assert_string_equal(rig_reason(world, "s"), "RestartFailed");
    world->targets[0].broken = false;
    rig_wait_splits(world, "gone", 60000);
    assert_true(world_is_clean(world));
    rig_close(world);
}

static void a_rollout_that_makes_progress_does_not_count_against_the_deadline(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_unused_s = 10000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_splits(world, "Patching", 10000);
    world->targets[0].broken = true;
    for (int i = 0; i < 20; i++) {
        rig_run(world, 30000);
        world->targets[0].progress++;
    }
    assert_string_equal(rig_phase(world, "s"), "Pending");
    world->targets[0].broken = false;
    rig_wait_session(world, "s", "Ready", 30000);
    rig_close(world);
}

static void setting_up_has_a_deadline(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_unused_s = 10000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_splits(world, "Provisioning", 10000);
    rig_wait_session(world, "s", "Ready", 30000);
    world->broker.away = true; /* the next session's queue cannot be made */
    rig_session(world, "late", "app-0", FILTER("q0", "b"), "");
    rig_run(world, 178000);
    assert_string_equal(rig_phase(world, "late"), "Pending");
    rig_wait_session(world, "late", "Failed", 4000);
    assert_string_equal(rig_reason(world, "late"), "SetupDeadlineExceeded");
    assert_string_equal(json_text(json_get(rig_status(world, "late"), "endReason")), "SetupDeadlineExceeded");
    assert_non_null(strstr(rig_message(world, "late"), "its temporary queue to be created"));
    assert_string_equal(rig_phase(world, "s"), "Ready");
    rig_close(world);
}

static void a_session_that_is_not_renewed_ends(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    struct sim_client *renewed = sim_client_start(world, 0, 1, 'b');
    rig_wait_session(world, "s", "Ready", 25000);
    rig_wait_session(world, "s", "Ended", 40000);
    assert_string_equal(json_text(json_get(rig_status(world, "s"), "endReason")), "Unused");
    rig_run(world, 60000);
    assert_string_equal(rig_phase(world, renewed->name), "Ready");
    assert_int_equal(broker_temp_count(&world->broker), 2); /* the fallback and the queue of the other */
    rig_close(world);
}

static void a_session_has_a_longest_life_where_that_is_set(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_max_s = 60;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    rig_wait_session(world, client->name, "Ended", 61000);
    assert_string_equal(json_text(json_get(rig_status(world, client->name), "endReason")), "TimeLimitExceeded");
    rig_close(world);
}

/* CASE-6 */
static void a_split_stays_warm_for_its_time(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    world->targets[0].ttl_s = 30;
    inputs_write(world);
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    rig_end_session(world, "s");
    rig_wait_splits(world, "Idle", 10000);
    rig_run(world, 25000);
    broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'a', world->now_ms);
    rig_run(world, 2000);
    assert_int_equal(world->broker.messages[0].consumed, 1);
    rig_wait_splits(world, "Idle", 100);
    rig_session(world, "next", "app-0", FILTER("q1", "a"), "");
    rig_wait_session(world, "next", "Ready", 5000);
    assert_int_equal(world->targets[0].patches, 1);
    rig_end_session(world, "next");
    rig_wait_splits(world, "gone", 60000);
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(provisioning_without_progress_fails_its_sessions_only),
        cmocka_unit_test(a_rollout_without_progress_fails_with_its_own_reason),
        cmocka_unit_test(a_rollout_that_makes_progress_does_not_count_against_the_deadline),
        cmocka_unit_test(setting_up_has_a_deadline),
        cmocka_unit_test(a_session_that_is_not_renewed_ends),
        cmocka_unit_test(a_session_has_a_longest_life_where_that_is_set),
        cmocka_unit_test(a_split_stays_warm_for_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
