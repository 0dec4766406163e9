/* Lives of splits and sessions, told step by step. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#define FILTER(id, user) "{\"id\":\"" id "\",\"type\":\"Kafka\",\"messageFilter\":{\"user\":\"^" user "$\"}}"

static struct sim_worker *worker_of(struct world *world, const char *topic)
{
    struct sim_worker *worker =
        sim_worker_find(world, json_text(json_path(rig_split(world, topic), "metadata", "name", NULL)));
    assert_non_null(worker);
    return worker;
}

static const char *fallback_of(struct world *world, const char *topic)
{
    const struct json *temps = json_path(rig_split(world, topic), "spec", "temporaries", NULL);
    return json_text(json_get(json_at(temps, 0), "name"));
}

static const char *waits_for(struct world *world, const char *topic)
{
    return json_text(json_path(rig_split(world, topic), "status", "waitsFor", NULL));
}

static const struct json *condition(const struct json *status, const char *type)
{
    const struct json *list = json_get(status, "conditions");
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_get(json_at(list, i), "type")), type) == 0)
            return json_at(list, i);
    return NULL;
}

static void end_session(struct world *world, const char *name)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    assert_int_equal(store_delete(world->store, &key), 0);
}

/* CASE-16, CASE-18, W-3, I-6 */
static void three_queues_are_one_rollout_and_nothing_remains(void **state)
{
    struct world *world = rig_open(3);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q1", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(world->targets[0].patches, 1);
    assert_int_equal(world->targets[0].told_count, 3);
    assert_int_equal(sim_workers_running(world), 3); /* the probes are gone */
    end_session(world, "s");
    rig_wait_splits(world, "gone", 60000);
    rig_run(world, 2000);
    assert_true(world_is_clean(world));
    assert_int_equal(world->targets[0].patches, 1);
    assert_int_equal(world_still(world), 0);
    rig_close(world);
}

/* C-18 */
static void a_later_session_on_another_queue_needs_no_rollout(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    rig_session(world, "first", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "first", "Ready", 30000);
    uint64_t progress = world->targets[0].progress;
    rig_session(world, "second", "app-0", FILTER("q1", "b"), "");
    rig_wait_session(world, "second", "Ready", 5000);
    assert_int_equal(world->targets[0].progress, progress);
    rig_close(world);
}

/* C-14, CASE-8, K-15 */
static void a_queue_that_is_not_named_is_an_empty_one_of_its_own(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    const char *unnamed = rig_variable(rig_status(world, "s"), "TOPIC_1");
    assert_true(unnamed[0]);
    assert_string_not_equal(unnamed, "orders-0-1");
    assert_string_not_equal(unnamed, fallback_of(world, "orders-0-1"));
    assert_true(broker_exists(&world->broker, unnamed));
    const struct wanted_table *table = worker_of(world, "orders-0-1")->pushed;
    assert_int_equal(table->session_count, 1);
    assert_int_equal(table->sessions[0].filter_count, 0);
    table = worker_of(world, "orders-0-0")->pushed;
    assert_int_equal(table->sessions[0].filter_count, 1);
    assert_memory_equal(rig_variable(rig_status(world, "s"), "GROUP"), "mirrord-tmp-", 12);
    assert_string_equal(worker_of(world, "orders-0-1")->pushed->temps[1].group,
                        worker_of(world, "orders-0-0")->pushed->temps[1].group);
    rig_close(world);
}

static void an_empty_filter_is_told(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", "{\"id\":\"q0\",\"type\":\"Kafka\"}", "");
    rig_wait_session(world, "s", "Ready", 30000);
    const struct json *filter = condition(rig_status(world, "s"), "FilterHealthy");
    assert_string_equal(json_text(json_get(filter, "reason")), "FilterEmpty");
    assert_non_null(strstr(json_text(json_get(filter, "message")), "q0"));
    rig_close(world);
}

/* C-6: who started first comes first, then the uid decides. */
static void routes_stand_in_the_order_of_starting(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "z-first", "app-0", FILTER("q0", "a"), "");
    rig_run(world, 1200);
    rig_session(world, "m-second", "app-0", FILTER("q0", "a"), "");
    rig_session(world, "a-third", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "m-second", "Ready", 30000);
    rig_wait_session(world, "a-third", "Ready", 30000);
    const struct json *sessions = json_path(rig_split(world, "orders-0-0"), "status", "sessions", NULL);
    assert_string_equal(json_text(json_get(json_at(sessions, 0), "name")), "z-first");
    const struct wanted_table *table = worker_of(world, "orders-0-0")->pushed;
    assert_int_equal(table->session_count, 3);
    assert_true(strcmp(table->sessions[1].uid, table->sessions[2].uid) < 0); /* created in the same second */
    rig_close(world);
}

/* C-2, CASE-2 */
static void ready_waits_for_every_instance(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_unused_s = 1000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_splits(world, "Patching", 10000);
    world->targets[0].broken = true;
    rig_run(world, 20000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    assert_string_equal(json_text(json_get(rig_status(world, "s"), "waitsFor")), "instances to restart");
    world->targets[0].broken = false;
    rig_wait_session(world, "s", "Ready", 30000);
    rig_close(world);
}

/* The barrier: what is provisioned waits for the others, by name. */
static void splits_leave_provisioning_together(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    for (int i = 0; i < 100 && !rig_split(world, "orders-0-1"); i++)
        world_step(world, 100);
    worker_of(world, "orders-0-1")->hello_at = INT64_MAX;
    rig_run(world, 20000);
    assert_string_equal(waits_for(world, "orders-0-0"), "the other queues of the target to be provisioned");
    assert_int_equal(world->targets[0].patches, 0);
    worker_of(world, "orders-0-1")->hello_at = world->now_ms;
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(world->targets[0].patches, 1);
    rig_close(world);
}

static void provisioning_without_progress_fails_its_sessions_only(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    world->settings.session_unused_s = 1000;
    rig_session(world, "good", "app-0", FILTER("q0", "a"), "");
    rig_session(world, "bad", "app-0", FILTER("q1", "a"), "");
    for (int i = 0; i < 100 && !rig_split(world, "orders-0-1"); i++)
        world_step(world, 100);
    worker_of(world, "orders-0-1")->hello_at = INT64_MAX;
    rig_run(world, 110000);
    assert_string_equal(rig_phase(world, "bad"), "Pending");
    rig_wait_session(world, "bad", "Failed", 30000);
    rig_wait_session(world, "good", "Ready", 30000);
    assert_int_equal(world->targets[0].told_count, 1);
    rig_close(world);
}

/* I-8: the process of the failed split may not be able to undo it; nobody else has to wait for that. */
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
    assert_non_null(strstr(rig_message(world, "late"), "its temporary topic to be created"));
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
    assert_int_equal(worker_of(world, "orders-0-0")->table->session_count, 1);
    assert_int_equal(broker_temp_count(&world->broker), 2);
    world_supervisor_crash(world);
    world->disk_full = false;
    rig_run(world, 20000);
    assert_string_equal(rig_phase(world, "s"), "Ready");
    rig_wait_session(world, "s", "Ended", 40000);
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

static void put_leftovers(struct world *world, struct sim_target *target, const char *session)
{
    rig_session(world, session, "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, session, "Ready", 30000);
    target->app_stuck = true;
    for (int i = 0; i < 5; i++)
        broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'c', world->now_ms);
    rig_run(world, 3000);
    end_session(world, session);
}

/* C-3 */
static void leftovers_are_kept_and_messages_flow_on(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *target = &world->targets[0];
    (void)state;
    target->drain_timeout_s = 5;
    inputs_write(world);
    put_leftovers(world, target, "s");
    rig_wait_splits(world, "Draining", 10000);
    rig_run(world, 7000);
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(condition(status, "Degraded"), "reason")), "LeftoversKept");
    broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'c', world->now_ms);
    rig_run(world, 5000);
    assert_int_equal(broker_lag(broker_find(&world->broker, "orders-0-0"), "group-0"), 0);
    assert_int_equal(broker_lag(broker_find(&world->broker, fallback_of(world, "orders-0-0")), "group-0"), 6);
    int64_t remaining = 0;
    rig_run(world, 60000);
    status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_int_equal(json_int(json_get(status, "remaining"), &remaining), 0);
    assert_int_equal(remaining, 6);
    target->app_stuck = false;
    rig_wait_splits(world, "gone", 120000);
    world_check_messages(world);
    assert_true(world_is_clean(world));
    rig_close(world);
}

static void leftovers_go_back_where_the_setting_says_so(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *target = &world->targets[0];
    (void)state;
    target->drain_timeout_s = 5;
    target->leftovers = "return";
    inputs_write(world);
    put_leftovers(world, target, "s");
    rig_wait_splits(world, "gone", 120000);
    assert_int_equal(broker_lag(broker_find(&world->broker, "orders-0-0"), "group-0"), 5);
    assert_true(world_is_clean(world));
    world_check_messages(world);
    rig_close(world);
}

static void leftovers_are_discarded_where_the_setting_says_so(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *target = &world->targets[0];
    (void)state;
    target->drain_timeout_s = 5;
    target->leftovers = "discard";
    inputs_write(world);
    put_leftovers(world, target, "s");
    rig_run(world, 3000);
    assert_non_null(rig_split(world, "orders-0-0"));
    rig_wait_splits(world, "gone", 120000);
    assert_int_equal(broker_lag(broker_find(&world->broker, "orders-0-0"), "group-0"), 0);
    assert_true(world->broker.messages[0].discarded);
    rig_close(world);
}

/* Nobody is left who would consume them: they go back even where they would be kept. */
static void leftovers_go_back_when_the_target_is_gone(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *target = &world->targets[0];
    (void)state;
    put_leftovers(world, target, "s");
    rig_wait_splits(world, "Draining", 10000);
    sim_target_exist(world, target, false);
    inputs_write(world);
    rig_wait_splits(world, "gone", 60000);
    assert_int_equal(broker_lag(broker_find(&world->broker, "orders-0-0"), "group-0"), 5);
    rig_close(world);
}

/* C-4 */
static void leftovers_of_a_session_go_to_the_application(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    for (int i = 0; i < 5; i++)
        broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'a', world->now_ms);
    rig_run(world, 3000);
    const char *temp = rig_variable(rig_status(world, "s"), "TOPIC_0");
    const char *group = rig_variable(rig_status(world, "s"), "GROUP");
    assert_int_equal(broker_lag(broker_find(&world->broker, temp), group), 5);
    end_session(world, "s");
    rig_wait_splits(world, "gone", 60000);
    world_check_messages(world);
    assert_int_equal(world->broker.messages[4].consumed, 1);
    rig_close(world);
}

/* C-18 */
static void a_session_during_the_drain_goes_back_to_active(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *target = &world->targets[0];
    char fallback[BROKER_NAME_SIZE];
    (void)state;
    put_leftovers(world, target, "s");
    rig_wait_splits(world, "Draining", 10000);
    assert_int_equal(str_copy(fallback, sizeof fallback, str_of(fallback_of(world, "orders-0-0"))), 0);
    rig_session(world, "next", "app-0", FILTER("q0", "b"), "");
    rig_wait_session(world, "next", "Ready", 10000);
    assert_string_equal(fallback_of(world, "orders-0-0"), fallback);
    assert_int_equal(target->patches, 1);
    rig_close(world);
}

static void a_session_during_the_restore_waits_and_gets_new_names(void **state)
{
    struct world *world = rig_open(1);
    char fallback[BROKER_NAME_SIZE];
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(str_copy(fallback, sizeof fallback, str_of(fallback_of(world, "orders-0-0"))), 0);
    end_session(world, "s");
    rig_wait_splits(world, "Restoring", 30000);
    rig_session(world, "next", "app-0", FILTER("q0", "b"), "");
    world_step(world, 100);
    assert_string_equal(json_text(json_get(rig_status(world, "next"), "waitsFor")),
                        "an earlier split of the target to be undone");
    rig_wait_session(world, "next", "Ready", 60000);
    assert_string_not_equal(fallback_of(world, "orders-0-0"), fallback);
    assert_int_equal(world->targets[0].patches, 2);
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
    end_session(world, "s");
    rig_wait_splits(world, "Idle", 10000);
    rig_run(world, 25000);
    broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'a', world->now_ms);
    rig_run(world, 2000);
    assert_int_equal(world->broker.messages[0].consumed, 1);
    rig_wait_splits(world, "Idle", 100);
    rig_session(world, "next", "app-0", FILTER("q1", "a"), "");
    rig_wait_session(world, "next", "Ready", 5000);
    assert_int_equal(world->targets[0].patches, 1);
    end_session(world, "next");
    rig_wait_splits(world, "gone", 60000);
    rig_close(world);
}

/* CASE-4 */
static void a_restart_of_the_supervisor_changes_nothing(void **state)
{
    struct world *world = rig_open(2);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 3, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    uint64_t progress = world->targets[0].progress, incarnation = worker_of(world, "orders-0-0")->incarnation;
    for (int i = 0; i < 10; i++) {
        world_supervisor_crash(world);
        for (int j = 0; j < 30; j++) {
            world_step(world, 200);
            assert_true(worker_of(world, "orders-0-0")->begun); /* I-7: no gap */
        }
        assert_string_equal(rig_phase(world, client->name), "Ready");
    }
    assert_int_equal(world->targets[0].patches, 1);
    assert_true(world->targets[0].progress <= progress);
    assert_int_equal(worker_of(world, "orders-0-0")->incarnation, incarnation);
    rig_close(world);
}

static void a_worker_that_dies_is_started_again_with_the_same_queues(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    size_t temps = broker_temp_count(&world->broker);
    sim_worker_crash(world, worker_of(world, "orders-0-0"));
    rig_run(world, 5000);
    assert_true(worker_of(world, "orders-0-0")->begun);
    assert_int_equal(worker_of(world, "orders-0-0")->pushed->session_count, 1);
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
    uint64_t incarnation = worker_of(world, "orders-0-0")->incarnation;
    world->targets[0].config_version++;
    inputs_write(world);
    rig_run(world, 6000);
    assert_int_equal(worker_of(world, "orders-0-0")->incarnation, incarnation + 1);
    assert_true(worker_of(world, "orders-0-0")->begun);
    assert_string_equal(rig_phase(world, client->name), "Ready");
    assert_int_equal(world->targets[0].patches, 1);
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
    sim_worker_crash(world, worker_of(world, "orders-0-0"));
    rig_run(world, 5000);
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(condition(status, "Degraded"), "status")), "True");
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
    assert_string_equal(json_text(json_get(condition(status, "SpecChanged"), "status")), "True");
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
        cmocka_unit_test(three_queues_are_one_rollout_and_nothing_remains),
        cmocka_unit_test(a_later_session_on_another_queue_needs_no_rollout),
        cmocka_unit_test(a_queue_that_is_not_named_is_an_empty_one_of_its_own),
        cmocka_unit_test(an_empty_filter_is_told),
        cmocka_unit_test(routes_stand_in_the_order_of_starting),
        cmocka_unit_test(ready_waits_for_every_instance),
        cmocka_unit_test(splits_leave_provisioning_together),
        cmocka_unit_test(provisioning_without_progress_fails_its_sessions_only),
        cmocka_unit_test(a_rollout_without_progress_fails_with_its_own_reason),
        cmocka_unit_test(a_rollout_that_makes_progress_does_not_count_against_the_deadline),
        cmocka_unit_test(setting_up_has_a_deadline),
        cmocka_unit_test(a_session_that_is_not_renewed_ends),
        cmocka_unit_test(an_end_that_cannot_be_written_has_no_effect),
        cmocka_unit_test(a_session_has_a_longest_life_where_that_is_set),
        cmocka_unit_test(a_full_time_is_given_after_a_restart),
        cmocka_unit_test(leftovers_are_kept_and_messages_flow_on),
        cmocka_unit_test(leftovers_go_back_where_the_setting_says_so),
        cmocka_unit_test(leftovers_are_discarded_where_the_setting_says_so),
        cmocka_unit_test(leftovers_go_back_when_the_target_is_gone),
        cmocka_unit_test(leftovers_of_a_session_go_to_the_application),
        cmocka_unit_test(a_session_during_the_drain_goes_back_to_active),
        cmocka_unit_test(a_session_during_the_restore_waits_and_gets_new_names),
        cmocka_unit_test(a_split_stays_warm_for_its_time),
        cmocka_unit_test(a_restart_of_the_supervisor_changes_nothing),
        cmocka_unit_test(a_worker_that_dies_is_started_again_with_the_same_queues),
        cmocka_unit_test(edited_credentials_replace_the_worker),
        cmocka_unit_test(resources_deleted_under_a_live_split_do_not_touch_it),
        cmocka_unit_test(an_edit_counts_from_the_next_split_on),
        cmocka_unit_test(nothing_is_written_while_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
