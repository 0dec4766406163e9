/* When a worker may begin to forward while its target is being patched (C-2, K-9). */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

static bool forwards(struct world *world)
{
    const struct json *split = rig_split(world, "orders-0-0");
    const struct sim_worker *worker = split ? rig_worker_of(world, "orders-0-0") : NULL;
    return worker && worker->pushed && worker->pushed->mode == WORKER_MODE_FORWARD;
}

static bool is_patched(struct world *world, const struct sim_instance *instance)
{
    return strcmp(instance->topics[0], rig_fallback_of(world, "orders-0-0")) == 0;
}

/* An instance without the patch, which nobody tells to end. */
static void stays(struct world *world, struct sim_target *target, struct sim_instance *instance)
{
    target->next_at = world->now_ms + 60000;
    instance->alive = true;
    assert_int_equal(str_copy(instance->topics[0], sizeof instance->topics[0], STR("orders-0-0")), 0);
    world_mark_all(world);
}

/* After a reboot the group of the original is empty for a moment: whoever begins then reads what the old instance, which comes back, reads
 * too. */
static void K_9_nothing_is_forwarded_while_an_unpatched_instance_stays(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *target = &world->targets[0];
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "b"), "");
    rig_wait_splits(world, "Patching", 30000);
    while (!is_patched(world, &target->instances[0]))
        world_step(world, 10);
    stays(world, target, &target->instances[1]);
    for (int i = 0; i < 50; i++) {
        world_step(world, 200);
        assert_false(forwards(world));
    }
    assert_true(target->instances[0].alive && is_patched(world, &target->instances[0]));
    target->next_at = 0;
    rig_wait_session(world, "s", "Ready", 30000);
    assert_true(forwards(world));
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(K_9_nothing_is_forwarded_while_an_unpatched_instance_stays),
    };
    return cmocka_run_group_tests_name("patching", tests, NULL, NULL);
}
