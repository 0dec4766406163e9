/* What restarts, crashes and edits do to live splits: nothing. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

/* Write ahead: a restart would bring the session back to life, so nothing of it may be taken away before. */
static void an_end_that_cannot_be_written_has_no_effect(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    world->disk_full = true;
    rig_run(world, 40000); /* it is unused by now */
    assert_string_equal(rig_phase(world, "s"), "Ready");
    assert_int_equal(rig_worker_of(world, "orders-0-0")->table->session_count, 1);
    assert_int_equal(broker_temp_count(&world->broker), 2);
    world_supervisor_crash(world);
    world->disk_full = false;
    rig_run(world, 20000);
    assert_string_equal(rig_phase(world, "s"), "Ready");
    rig_wait_session(world, "s", "Ended", 40000);
    rig_close(world);
}

static void a_full_time_is_given_after_a_restart(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_run(world, 28000);
    world_supervisor_crash(world);
    rig_run(world, 28000);
    assert_string_equal(rig_phase(world, "s"), "Ready");
    rig_wait_session(world, "s", "Ended", 10000);
    rig_close(world);
}

/* CASE-4 */
static void a_restart_of_the_supervisor_changes_nothing(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 3, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    uint64_t progress = world->targets[0].progress, incarnation = rig_worker_of(world, "orders-0-0")->incarnation;
    for (int i = 0; i < 10; i++) {
        world_supervisor_crash(world);
        for (int j = 0; j < 30; j++) {
            world_step(world, 200);
            assert_true(rig_worker_of(world, "orders-0-0")->begun); /* I-7: no gap */
        }
        assert_string_equal(rig_phase(world, client->name), "Ready");
    }
    assert_int_equal(world->targets[0].patches, 1);
    assert_true(world->targets[0].progress <= progress);
    assert_int_equal(rig_worker_of(world, "orders-0-0")->incarnation, incarnation);
    rig_close(world);
}

static void a_worker_that_dies_is_started_again_with_the_same_queues(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    size_t temps = broker_temp_count(&world->broker);
    sim_worker_crash(world, rig_worker_of(world, "orders-0-0"));
    rig_run(world, 5000);
    assert_true(rig_worker_of(world, "orders-0-0")->begun);
    assert_int_equal(rig_worker_of(world, "orders-0-0")->pushed->session_count, 1);
    assert_int_equal(broker_temp_count(&world->broker), temps);
    assert_string_equal(rig_phase(world, client->name), "Ready");
    rig_close(world);
}

static void edited_credentials_replace_the_worker(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    uint64_t incarnation = rig_worker_of(world, "orders-0-0")->incarnation;
    world->targets[0].config_version++;
    inputs_write(world);
    rig_run(world, 6000);
    assert_int_equal(rig_worker_of(world, "orders-0-0")->incarnation, incarnation + 1);
    assert_true(rig_worker_of(world, "orders-0-0")->begun);
    assert_string_equal(rig_phase(world, client->name), "Ready");
    assert_int_equal(world->targets[0].patches, 1);
    rig_close(world);
}

/* C-3, C-11: what cannot be read was not deleted, however long it takes. */
static void a_manifest_that_cannot_be_read_at_the_start_is_not_gone(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 3, 'a'), *other = sim_client_start(world, 0, 1, 'b');
    rig_wait_session(world, client->name, "Ready", 30000);
    rig_wait_session(world, other->name, "Ready", 30000);
    for (int i = 0; i < 2; i++) /* the guardian dies too */
        sim_worker_crash(world, rig_worker_of(world, i ? "orders-0-1" : "orders-0-0"));
    world_supervisor_crash(world);
    inputs_hide(world, &world->targets[0], 400000);
    rig_run(world, 20000);
    for (int i = 0; i < 2; i++) {
        struct sim_worker *worker = rig_worker_of(world, i ? "orders-0-1" : "orders-0-0");
        assert_true(worker->running && worker->begun);
    }
    sim_client_end(world, other); /* sessions end as ever */
    rig_run(world, 200000);
    assert_string_equal(rig_phase(world, client->name), "Ready");
    assert_int_equal(broker_temp_count(&world->broker), 4);
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(rig_condition(status, "Degraded"), "reason")), "ManifestUnreadable");
    rig_session(world, "new", "app-0", FILTER("q0", "c"), "");
    rig_wait_session(world, "new", "Failed", 1000);
    assert_string_equal(rig_message(world, "new"), "the manifest of app-0 cannot be read");
    sim_client_end(world, client);
    rig_run(world, 100000);
    rig_wait_splits(world, "Active", 100); /* without a session, and without anybody who may undo it */
    assert_int_equal(world->targets[0].told_count, 2);
    rig_wait_splits(world, "gone", 120000); /* it can be read again */
    assert_int_equal(world->targets[0].patches, 1);
    assert_true(world_is_clean(world));
    rig_close(world);
}

static const char *degraded_member(struct world *world, const char *name)
{
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    return json_text(json_get(rig_condition(status, "Degraded"), name));
}

/* C-11: with the client config in a file that cannot be read no worker can be started, which must not look like one that
 * forwards: whether the target's own manifest is in that file or not. */
static void a_worker_that_cannot_be_started_is_told(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct world *world = rig_open(1);
        struct sim_client *client = sim_client_start(world, 0, 1, 'a');
        rig_wait_session(world, client->name, "Ready", 30000);
        sim_worker_crash(world, rig_worker_of(world, "orders-0-0"));
        world_supervisor_crash(world);
        world->targets[0].config_broken = true;
        inputs_hide(world, &world->targets[other], 400000);
        rig_run(world, 20000);
        assert_int_equal(sim_workers_running(world), 0);
        assert_string_equal(degraded_member(world, "reason"), "ManifestUnreadable");
        assert_memory_equal(degraded_member(world, "message"), "nothing is forwarded", 20);
        assert_non_null(strstr(degraded_member(world, "message"),
                               other ? "of app-1 cannot be read; " : "of app-0 cannot be read; "));
        assert_non_null(strstr(rig_waits_for(world, "orders-0-0"), "nothing is forwarded"));
        world->targets[0].config_broken = false;
        inputs_write(world);
        rig_run(world, 20000);
        assert_true(rig_worker_of(world, "orders-0-0")->begun);
        assert_string_equal(degraded_member(world, "status"), other ? "False" : "True");
        assert_null(strstr(degraded_member(world, "message"), "nothing is forwarded"));
        rig_close(world);
    }
}

static void name_target(struct world *world, const char *name)
{
    struct json *document CLEANUP(json_freep) = NULL, *spec = NULL, *target = NULL;
    assert_int_equal(json_dup(rig_split(world, "orders-0-0"), &document), 0);
    assert_int_equal(json_object_at(document, "spec", &spec), 0);
    assert_int_equal(json_object_at(spec, "target", &target), 0);
    json_delete(target, "name");
    if (name)
        assert_int_equal(json_set_text(target, "name", name), 0);
    assert_int_equal(store_update(world->store, TAKE(document)), 0);
}

/* What such a record has made is in use somewhere: until it can be read again nobody touches anything of the namespace. */
static void a_record_that_names_no_target_holds_every_target_of_its_namespace(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    name_target(world, NULL);
    world_supervisor_crash(world);
    rig_run(world, 60000);
    assert_string_equal(rig_phase(world, client->name), "Ready");
    assert_int_equal(world->targets[0].patches, 1);
    assert_int_equal(world->targets[0].told_count, 1);
    assert_true(rig_worker_of(world, "orders-0-0")->running);
    rig_session(world, "new", "app-0", FILTER("q0", "b"), "");
    rig_wait_session(world, "new", "Failed", 1000);
    assert_non_null(strstr(rig_message(world, "new"), "spec.target.name: missing"));
    name_target(world, "app-0");
    sim_client_end(world, client);
    rig_wait_splits(world, "gone", 60000);
    assert_true(world_is_clean(world));
    rig_close(world);
}

static void a_manifest_that_was_seen_and_is_missing_is_gone_whatever_cannot_be_read(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    sim_target_exist(world, &world->targets[0], false);
    inputs_hide(world, &world->targets[1], 400000);
    rig_wait_session(world, client->name, "Failed", 5000);
    assert_string_equal(rig_reason(world, client->name), "TargetNotFound");
    rig_wait_splits(world, "gone", 60000);
    rig_close(world);
}

/* CASE-31 */
static void resources_deleted_under_a_live_split_do_not_touch_it(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    world->targets[0].declared_count = 0;
    world->targets[0].config_broken = true;
    inputs_write(world);
    rig_run(world, 5000);
    assert_string_equal(rig_phase(world, client->name), "Ready");
    rig_session(world, "new", "app-0", FILTER("q0", "b"), "");
    rig_wait_session(world, "new", "Failed", 1000);
    assert_string_equal(rig_reason(world, "new"), "QueueNotFound");
    sim_worker_crash(world, rig_worker_of(world, "orders-0-0"));
    rig_run(world, 5000);
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(rig_condition(status, "Degraded"), "status")), "True");
    world->targets[0].config_broken = false;
    inputs_write(world);
    rig_run(world, 5000);
    sim_client_end(world, client);
    rig_wait_splits(world, "gone", 60000);
    assert_true(world_is_clean(world));
    rig_close(world);
}

static void an_edit_counts_from_the_next_split_on(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    world->targets[0].declared_count = 1;
    inputs_write(world);
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    world->targets[0].declared_count = 2;
    inputs_write(world);
    rig_run(world, 2000);
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(rig_condition(status, "SpecChanged"), "status")), "True");
    rig_session(world, "new", "app-0", FILTER("q1", "b"), "");
    rig_wait_session(world, "new", "Failed", 1000);
    assert_string_equal(rig_reason(world, "new"), "SpecChanged");
    assert_int_equal(world->targets[0].patches, 1);
    sim_client_end(world, client);
    rig_session(world, "later", "app-0", FILTER("q1", "b"), "");
    rig_wait_session(world, "later", "Ready", 60000);
    assert_int_equal(world->targets[0].told_count, 2);
    rig_close(world);
}

/* A stable world is written to no more. */
static void nothing_is_written_while_nothing_happens(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    rig_run(world, 3000);
    unsigned writes = world->writes;
    rig_run(world, 120000);
    assert_int_equal(world->writes, writes);
    assert_int_equal(world_still(world), 0);
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_that_cannot_be_written_has_no_effect),
        cmocka_unit_test(a_full_time_is_given_after_a_restart),
        cmocka_unit_test(a_restart_of_the_supervisor_changes_nothing),
        cmocka_unit_test(a_worker_that_dies_is_started_again_with_the_same_queues),
        cmocka_unit_test(edited_credentials_replace_the_worker),
        cmocka_unit_test(a_manifest_that_cannot_be_read_at_the_start_is_not_gone),
        cmocka_unit_test(a_worker_that_cannot_be_started_is_told),
        cmocka_unit_test(a_record_that_names_no_target_holds_every_target_of_its_namespace),
        cmocka_unit_test(a_manifest_that_was_seen_and_is_missing_is_gone_whatever_cannot_be_read),
        cmocka_unit_test(resources_deleted_under_a_live_split_do_not_touch_it),
        cmocka_unit_test(an_edit_counts_from_the_next_split_on),
        cmocka_unit_test(nothing_is_written_while_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
