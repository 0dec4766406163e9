/* Lives of splits and sessions, told step by step. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

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
    rig_end_session(world, "s");
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
    assert_string_not_equal(unnamed, rig_fallback_of(world, "orders-0-1"));
    assert_true(broker_exists(&world->broker, unnamed));
    const struct wanted_table *table = rig_worker_of(world, "orders-0-1")->pushed;
    assert_int_equal(table->session_count, 1);
    assert_int_equal(table->sessions[0].filter_count, 0);
    table = rig_worker_of(world, "orders-0-0")->pushed;
    assert_int_equal(table->sessions[0].filter_count, 1);
    assert_memory_equal(rig_variable(rig_status(world, "s"), "GROUP"), "mirrord-tmp-", 12);
    assert_string_equal(rig_worker_of(world, "orders-0-1")->pushed->temps[1].group,
                        rig_worker_of(world, "orders-0-0")->pushed->temps[1].group);
    rig_close(world);
}

/* Every incarnation counts: people see which process it is and which routes it has in force. */
static void the_worker_is_shown_with_process_and_generation(void **state)
{
    struct world *world = rig_open(1);
    int64_t pid = 0, generation = 0;
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    rig_run(world, 1000);
    const struct sim_worker *worker = rig_worker_of(world, "orders-0-0");
    const struct json *told = json_at(json_path(rig_split(world, "orders-0-0"), "status", "workers", NULL), 0);
    assert_int_equal(json_int(json_get(told, "pid"), &pid), 0);
    assert_int_equal(pid, 1000 + worker->incarnation);
    assert_int_equal(json_int(json_get(told, "generation"), &generation), 0);
    assert_int_equal(generation, worker->pushed->generation);
    rig_close(world);
}

static void an_empty_filter_is_told(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", "{\"id\":\"q0\",\"type\":\"Kafka\"}", "");
    rig_wait_session(world, "s", "Ready", 30000);
    const struct json *filter = rig_condition(rig_status(world, "s"), "FilterHealthy");
    assert_string_equal(json_text(json_get(filter, "reason")), "FilterEmpty");
    assert_non_null(strstr(json_text(json_get(filter, "message")), "q0"));
    rig_close(world);
}

/* A filter of a kind that is refused is not an empty one, which would need nobody. */
static void a_session_that_is_refused_is_told_nothing_of_an_empty_filter(void **state)
{
    static const char *const queues[] = {
        "{\"id\":\"q0\",\"type\":\"Kafka\",\"jqFilter\":\".a\"}",
        "{\"id\":\"q0\",\"type\":\"Kafka\"},{\"id\":\"none\",\"type\":\"Kafka\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
        struct world *world = rig_open(1);
        rig_session(world, "s", "app-0", queues[i], "");
        rig_wait_session(world, "s", "Failed", 30000);
        assert_null(rig_condition(rig_status(world, "s"), "FilterHealthy"));
        rig_close(world);
    }
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
    const struct wanted_table *table = rig_worker_of(world, "orders-0-0")->pushed;
    assert_int_equal(table->session_count, 3);
    assert_true(strcmp(table->sessions[1].uid, table->sessions[2].uid) < 0); /* created in the same second */
    rig_close(world);
}

static void annotate(struct world *world, const char *name, const char *key, const char *value)
{
    struct resource_key session = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};
    struct json *document = NULL, *metadata = NULL, *annotations = NULL;
    assert_int_equal(str_copy(session.name, sizeof session.name, str_of(name)), 0);
    assert_int_equal(json_dup(store_get(world->store, &session), &document), 0);
    assert_int_equal(json_object_at(document, "metadata", &metadata), 0);
    assert_int_equal(json_object_at(metadata, "annotations", &annotations), 0);
    assert_int_equal(json_set_text(annotations, key, value), 0);
    assert_int_equal(store_update(world->store, document), 0);
}

static const struct json *session_of(struct world *world, const char *name)
{
    const struct json *sessions = json_path(rig_split(world, "orders-0-0"), "status", "sessions", NULL);
    for (size_t i = 0; i < json_count(sessions); i++)
        if (strcmp(json_text(json_get(json_at(sessions, i), "name")), name) == 0)
            return json_at(sessions, i);
    return NULL;
}

/* How a session ended stands in the split as long as the session itself would be kept. */
static void the_split_tells_how_its_sessions_ended(void **state)
{
    static const char *const names[] = {"finished", "killed", "unused"};
    static const char *const ends[] = {"Finished", "Killed", "Unused"};
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_unused_s = 60;
    for (size_t i = 0; i < 3; i++)
        rig_session(world, names[i], "app-0", FILTER("q0", "a"), "");
    for (size_t i = 0; i < 3; i++)
        rig_wait_session(world, names[i], "Ready", 30000);
    annotate(world, "finished", "sluice.dev/end", "Finished");
    rig_run(world, 200);
    rig_end_session(world, "finished");
    rig_end_session(world, "killed");
    rig_session(world, "stays", "app-0", FILTER("q0", "b"), "");
    for (int i = 0; i < 4; i++) {
        annotate(world, "stays", "sluice.dev/renewed", i % 2 ? "1" : "2");
        rig_run(world, 20000);
    }
    rig_wait_session(world, "unused", "Ended", 10000);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_text(json_get(session_of(world, names[i]), "endReason")), ends[i]);
    assert_null(json_get(session_of(world, "stays"), "endReason"));
    assert_int_equal(json_count(json_path(rig_split(world, "orders-0-0"), "status", "sessions", NULL)), 4);
    world->settings.session_unused_s = 10000;
    rig_run(world, world->settings.session_kept_s * 1000 + 1000);
    assert_int_equal(json_count(json_path(rig_split(world, "orders-0-0"), "status", "sessions", NULL)), 1);
    rig_close(world);
}

/* Only what is about its filter makes a filter unhealthy. */
static void trouble_of_a_session_is_told_under_its_own_name(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    struct sim_worker *worker = rig_worker_of(world, "orders-0-0");
    const char *uid = json_text(json_path(store_get(world->store, &client->key), "metadata", "uid", NULL));
    assert_int_equal(str_copy(worker->trouble_uid, sizeof worker->trouble_uid, str_of(uid)), 0);
    reason_set(&worker->trouble, REASON_DESTINATION_REFUSED, 0, "its topic takes no message");
    world_mark_all(world);
    rig_run(world, 200);
    const struct json *status = rig_status(world, client->name);
    assert_string_equal(json_text(json_get(rig_condition(status, "DestinationRefused"), "status")), "True");
    assert_null(rig_condition(status, "FilterHealthy"));
    reason_set(&worker->trouble, REASON_FILTER_LIMIT, 0, "it hit its limit");
    world_mark_all(world);
    rig_run(world, 200);
    status = rig_status(world, client->name);
    assert_string_equal(json_text(json_get(rig_condition(status, "FilterHealthy"), "reason")), "FilterLimit");
    assert_null(rig_condition(status, "DestinationRefused"));
    assert_string_equal(rig_phase(world, client->name), "Ready");
    rig_close(world);
}

/* With one session that nobody renews, while the rollout for it goes on. */
static struct world *open_patching(void)
{
    struct world *world = rig_open(1);
    world->settings.session_unused_s = 1000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_splits(world, "Patching", 10000);
    return world;
}

/* C-2, CASE-2 */
static void ready_waits_for_every_instance(void **state)
{
    struct world *world = open_patching();
    (void)state;
    world->targets[0].broken = true;
    rig_run(world, 20000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    assert_string_equal(json_text(json_get(rig_status(world, "s"), "waitsFor")), "instances to restart");
    const struct json *routed = rig_condition(rig_status(world, "s"), "Routed");
    assert_string_equal(json_text(json_get(routed, "status")), "False");
    assert_non_null(strstr(json_text(json_get(routed, "message")), "instances to restart")); /* W-6: who, by name */
    world->targets[0].broken = false;
    rig_wait_session(world, "s", "Ready", 30000);
    rig_run(world, 400);
    assert_string_equal(json_text(json_get(rig_condition(rig_status(world, "s"), "Routed"), "status")), "True");
    rig_close(world);
}

/* Its reason is what counts; that nothing is routed to it goes without saying. */
static void a_session_that_failed_tells_one_thing(void **state)
{
    struct world *world = open_patching();
    (void)state;
    world->targets[0].next_at = world->now_ms + 1000000; /* nothing goes on there */
    struct sim_worker *worker = rig_worker_of(world, "orders-0-0");
    const struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default", .name = "s"};
    const char *uid = json_text(json_path(store_get(world->store, &key), "metadata", "uid", NULL));
    assert_int_equal(str_copy(worker->trouble_uid, sizeof worker->trouble_uid, str_of(uid)), 0);
    reason_set(&worker->trouble, REASON_RESTART_TIMEOUT, 0, "the same, as a worker tells it");
    world_mark_all(world);
    rig_run(world, 200);
    assert_non_null(rig_condition(rig_status(world, "s"), "RestartTimeout"));
    rig_wait_session(world, "s", "Failed", 70000);
    assert_null(rig_condition(rig_status(world, "s"), "RestartTimeout"));
    assert_string_equal(rig_reason(world, "s"), "RestartTimeout");
    assert_string_equal(
        rig_message(world, "s"),
        "the rollout made no progress for 60 seconds (consumerRestartTimeout); it waits for instances to restart");
    assert_null(rig_condition(rig_status(world, "s"), "Routed"));
    rig_close(world);
}

/* After an outage of the API server Kubernetes' controllers come back later than we do: until then nothing is late. */
static void a_rollout_is_not_late_while_its_controllers_may_be_away(void **state)
{
    struct world *world = open_patching();
    (void)state;
    world->patient_until = (struct mono){world->now_ms + 50000};
    world->targets[0].next_at = world->now_ms + 100000;
    rig_run(world, 95000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    rig_wait_session(world, "s", "Ready", 30000);
    rig_close(world);
}

/* What does not go on after that is late all the same. */
static void patience_with_absent_controllers_ends(void **state)
{
    struct world *world = open_patching();
    (void)state;
    world->patient_until = (struct mono){world->now_ms + 50000};
    world->targets[0].next_at = world->now_ms + 1000000;
    rig_wait_session(world, "s", "Failed", 115000);
    assert_string_equal(rig_reason(world, "s"), "RestartTimeout");
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
    rig_worker_of(world, "orders-0-1")->hello_at = INT64_MAX;
    rig_run(world, 20000);
    assert_string_equal(rig_waits_for(world, "orders-0-0"), "the other queues of the target to be provisioned");
    assert_int_equal(world->targets[0].patches, 0);
    rig_worker_of(world, "orders-0-1")->hello_at = world->now_ms;
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(world->targets[0].patches, 1);
    rig_close(world);
}

/* A crash between the writes of the barrier: the rollout begins only when the others follow, and so does its time. */
static void a_barrier_left_half_written_gives_the_rollout_its_whole_time(void **state)
{
    struct world *world = rig_open(2);
    struct json *document CLEANUP(json_freep) = NULL, *status = NULL;
    (void)state;
    world->settings.session_unused_s = 1000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    for (int i = 0; i < 100 && !rig_split(world, "orders-0-1"); i++)
        world_step(world, 100);
    rig_worker_of(world, "orders-0-1")->hello_at = INT64_MAX;
    rig_run(world, 5000);
    assert_int_equal(json_dup(rig_split(world, "orders-0-0"), &document), 0);
    assert_int_equal(json_object_at(document, "status", &status), 0);
    assert_string_equal(json_text(json_get(status, "phase")), "Provisioning");
    assert_int_equal(json_set_text(status, "phase", "Patching"), 0);
    assert_int_equal(store_update_status(world->store, TAKE(document)), 0);
    rig_run(world, 90000); /* longer than a restart may take without progress, which is 60 seconds */
    rig_worker_of(world, "orders-0-1")->hello_at = world->now_ms;
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(world->targets[0].patches, 1);
    rig_close(world);
}

static void a_session_during_the_restore_waits_and_gets_new_names(void **state)
{
    struct world *world = rig_open(1);
    char fallback[BROKER_NAME_SIZE];
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(str_copy(fallback, sizeof fallback, str_of(rig_fallback_of(world, "orders-0-0"))), 0);
    rig_end_session(world, "s");
    rig_wait_splits(world, "Restoring", 30000);
    rig_session(world, "next", "app-0", FILTER("q0", "b"), "");
    world_step(world, 100);
    assert_string_equal(json_text(json_get(rig_status(world, "next"), "waitsFor")),
                        "an earlier split of the target to be undone");
    rig_wait_session(world, "next", "Ready", 60000);
    assert_string_not_equal(rig_fallback_of(world, "orders-0-0"), fallback);
    assert_int_equal(world->targets[0].patches, 2);
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_queues_are_one_rollout_and_nothing_remains),
        cmocka_unit_test(a_later_session_on_another_queue_needs_no_rollout),
        cmocka_unit_test(a_queue_that_is_not_named_is_an_empty_one_of_its_own),
        cmocka_unit_test(the_worker_is_shown_with_process_and_generation),
        cmocka_unit_test(an_empty_filter_is_told),
        cmocka_unit_test(a_session_that_is_refused_is_told_nothing_of_an_empty_filter),
        cmocka_unit_test(routes_stand_in_the_order_of_starting),
        cmocka_unit_test(the_split_tells_how_its_sessions_ended),
        cmocka_unit_test(trouble_of_a_session_is_told_under_its_own_name),
        cmocka_unit_test(ready_waits_for_every_instance),
        cmocka_unit_test(a_session_that_failed_tells_one_thing),
        cmocka_unit_test(a_rollout_is_not_late_while_its_controllers_may_be_away),
        cmocka_unit_test(patience_with_absent_controllers_ends),
        cmocka_unit_test(splits_leave_provisioning_together),
        cmocka_unit_test(a_barrier_left_half_written_gives_the_rollout_its_whole_time),
        cmocka_unit_test(a_session_during_the_restore_waits_and_gets_new_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
