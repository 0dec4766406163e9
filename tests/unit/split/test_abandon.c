/* Splits that go with their namespace, and with their broker (W-10). */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#include <string.h>

static void delete_split(struct world *world)
{
    struct resource_key key;
    const char *text = NULL;
    assert_int_equal(resource_key_of(rig_split(world, "orders-0-0"), "default", &key, &text), 0);
    assert_int_equal(store_delete(world->store, &key), 0);
}

static void lose_workload(struct world *world)
{
    sim_target_exist(world, &world->targets[0], false);
    inputs_write(world);
}

static const char *degraded(struct world *world)
{
    const struct json *condition = rig_condition(json_get(rig_split(world, "orders-0-0"), "status"), "Degraded");
    bool holds = strcmp(json_text(json_get(condition, "status")), "True") == 0;
    return holds ? json_text(json_get(condition, "reason")) : "";
}

static struct world *ready(void)
{
    struct world *world = rig_open(1);
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    return world;
}

/* The names are told before the record goes. */
static void W_10_a_split_whose_workload_and_broker_are_gone_is_given_up_after_a_minute(void **state)
{
    struct world *world = ready();
    const char *fallback = rig_fallback_of(world, "orders-0-0");
    (void)state;
    world->broker.away = true;
    delete_split(world);
    lose_workload(world);
    rig_end_session(world, "s");
    rig_run(world, 20000);
    assert_non_null(rig_split(world, "orders-0-0"));
    assert_string_not_equal(degraded(world), "TempsLeft");
    rig_run(world, 20000);
    assert_string_equal(degraded(world), "TempsLeft");
    const struct json *condition = rig_condition(json_get(rig_split(world, "orders-0-0"), "status"), "Degraded");
    assert_non_null(strstr(json_text(json_get(condition, "message")), fallback));
    rig_wait_splits(world, "gone", 40000);
    rig_close(world);
}

/* A broker that is there has time enough; nothing is left then, and nothing is told. */
static void W_10_a_split_whose_workload_is_gone_leaves_nothing_at_its_broker(void **state)
{
    struct world *world = ready();
    (void)state;
    delete_split(world);
    lose_workload(world);
    rig_end_session(world, "s");
    rig_wait_splits(world, "gone", 30000);
    assert_true(world_is_clean(world));
    rig_close(world);
}

/* While its workload is there, its environment is to be given back: that waits, however long. */
static void a_split_whose_workload_is_there_is_not_given_up(void **state)
{
    struct world *world = ready();
    (void)state;
    world->broker.away = true;
    delete_split(world);
    rig_end_session(world, "s");
    rig_run(world, 300000);
    assert_non_null(rig_split(world, "orders-0-0"));
    assert_string_not_equal(degraded(world), "TempsLeft");
    world->broker.away = false;
    rig_wait_splits(world, "gone", 120000);
    assert_true(world_is_clean(world));
    rig_close(world);
}

/* Nor one that nobody deleted: its broker may come back. */
static void a_split_that_nobody_deleted_is_not_given_up(void **state)
{
    struct world *world = ready();
    (void)state;
    world->broker.away = true;
    lose_workload(world);
    rig_end_session(world, "s");
    rig_run(world, 300000);
    assert_non_null(rig_split(world, "orders-0-0"));
    world->broker.away = false;
    rig_wait_splits(world, "gone", 120000);
    assert_true(world_is_clean(world));
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(W_10_a_split_whose_workload_and_broker_are_gone_is_given_up_after_a_minute),
        cmocka_unit_test(W_10_a_split_whose_workload_is_gone_leaves_nothing_at_its_broker),
        cmocka_unit_test(a_split_whose_workload_is_there_is_not_given_up),
        cmocka_unit_test(a_split_that_nobody_deleted_is_not_given_up),
    };
    return cmocka_run_group_tests_name("abandon", tests, NULL, NULL);
}
