/* What nobody consumed: C-3, C-4. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

static void put_leftovers(struct world *world, struct sim_target *target, const char *session)
{
    rig_session(world, session, "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, session, "Ready", 30000);
    target->app_stuck = true;
    for (int i = 0; i < 5; i++)
        broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'c', world->now_ms);
    rig_run(world, 3000);
    rig_end_session(world, session);
}

/* C-16, C-4: a worker that never saw the session must know what was added to the messages in its queue. */
static void a_queue_carries_the_stamp_of_its_session_beyond_its_end(void **state)
{
    struct world *world = rig_open(1);
    const struct wanted_temp *temp;
    (void)state;
    world->settings.stamp_session_key = true;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    temp = &rig_worker_of(world, "orders-0-0")->pushed->temps[1];
    assert_int_equal(temp->want, WORKER_TEMP_WANT_PRESENT);
    assert_string_equal(temp->stamp, "key-s");
    rig_end_session(world, "s");
    for (int i = 0; i < 50 && temp->want == WORKER_TEMP_WANT_PRESENT; i++) {
        rig_run(world, 200);
        temp = &rig_worker_of(world, "orders-0-0")->pushed->temps[1];
    }
    assert_int_equal(temp->want, WORKER_TEMP_WANT_EMPTIED);
    assert_int_equal(rig_worker_of(world, "orders-0-0")->pushed->session_count, 0);
    assert_string_equal(temp->stamp, "key-s");
    assert_string_equal(rig_worker_of(world, "orders-0-0")->pushed->temps[0].stamp, "");
    rig_close(world);
}

/* C-16: what is added to the messages of a session and what is known to be added are one; a setting that changes over a
 * restart counts from the next session on. */
static void a_setting_of_stamps_counts_from_the_next_session_on(void **state)
{
    struct world *world = rig_open(1);
    const struct wanted_table *table;
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    world->settings.stamp_session_key = true;
    world_supervisor_crash(world);
    rig_run(world, 5000);
    rig_session(world, "next", "app-0", FILTER("q0", "b"), "");
    rig_wait_session(world, "next", "Ready", 30000);
    table = rig_worker_of(world, "orders-0-0")->pushed;
    assert_int_equal(table->session_count, 2);
    assert_string_equal(table->sessions[0].stamp, "");
    assert_string_equal(table->sessions[1].stamp, "key-next");
    rig_close(world);
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
    assert_string_equal(json_text(json_get(rig_condition(status, "Degraded"), "reason")), "LeftoversKept");
    broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'c', world->now_ms);
    rig_run(world, 5000);
    assert_int_equal(broker_lag(broker_find(&world->broker, "orders-0-0"), "group-0"), 0);
    assert_int_equal(broker_lag(broker_find(&world->broker, rig_fallback_of(world, "orders-0-0")), "group-0"), 6);
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
    rig_end_session(world, "s");
    rig_wait_splits(world, "gone", 60000);
    world_check_messages(world);
    assert_int_equal(world->broker.messages[4].consumed, 1);
    rig_close(world);
}

/* The process of a session does not notice that it ended. */
static void run_while_held(struct world *world, struct sim_client *holder)
{
    for (int i = 0; i < 200; i++) {
        holder->alive = true;
        world_step(world, 100);
    }
}

static void reason_of_worker(struct world *world, const char *temp, enum reason_code code)
{
    for (size_t i = 0; i < SIM_WORKERS_MAX; i++) {
        struct sim_worker *worker = world->workers[i];
        if (!worker || !worker->running || !worker->table || worker->table->temp_count == 0)
            continue;
        sim_temp_of(worker, temp)->why.code = code;
        worker->report.version++;
    }
}

/* C-4: its document is gone, and only the split can say what keeps it from its end. */
static void a_split_says_whom_the_leftovers_of_an_ended_session_wait_for(void **state)
{
    struct world *world = rig_open(1);
    struct sim_client *holder = &world->clients[world->client_count++];
    const struct json *status;
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    *holder = (struct sim_client){.used = true, .alive = true, .ready = true, .holds = true, .over = true};
    assert_int_equal(
        str_copy(holder->topics[0], BROKER_NAME_SIZE, str_of(rig_variable(rig_status(world, "s"), "TOPIC_0"))), 0);
    assert_int_equal(str_copy(holder->group, BROKER_NAME_SIZE, str_of(rig_variable(rig_status(world, "s"), "GROUP"))),
                     0);
    for (int i = 0; i < 5; i++)
        broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'a', world->now_ms);
    rig_run(world, 3000);
    rig_end_session(world, "s");
    run_while_held(world, holder);
    status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(status, "phase")), "Active");
    assert_non_null(strstr(json_text(json_get(status, "waitsFor")), "the members of group mirrord-tmp-"));
    assert_string_equal(json_text(json_get(rig_condition(status, "WaitingForInFlight"), "status")), "True");
    reason_of_worker(world, holder->topics[0], REASON_POSITION_BEHIND);
    run_while_held(world, holder);
    status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_non_null(strstr(json_text(json_get(status, "waitsFor")), "the broker to have loaded"));
    assert_string_equal(json_text(json_get(rig_condition(status, "WaitingForInFlight"), "reason")), "PositionBehind");
    holder->alive = false;
    rig_wait_splits(world, "gone", 60000);
    world_check_messages(world);
    assert_int_equal(world->broker.messages[4].consumed, 1);
    rig_close(world);
}

static const struct json *status_of_split(struct world *world)
{
    return json_get(rig_split(world, "orders-0-0"), "status");
}

/* A topic that is deleted holds nothing any more: only its group is waited for. */
static void a_group_that_outlives_its_topic_holds_no_messages(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    world->groups_held = true;
    rig_end_session(world, "s");
    rig_run(world, 20000);
    const struct json *held = rig_condition(status_of_split(world), "WaitingForInFlight");
    assert_memory_equal(rig_waits_for(world, "orders-0-0"), "the members of group mirrord-tmp-", 33);
    assert_null(strstr(rig_waits_for(world, "orders-0-0"), "messages"));
    assert_string_equal(json_text(json_get(held, "reason")), "WaitingForInFlight");
    assert_non_null(strstr(json_text(json_get(held, "message")), " is deleted; its group mirrord-tmp-"));
    world->groups_held = false;
    rig_wait_splits(world, "gone", 60000);
    rig_close(world);
}

/* K-11: without the right to delete, the split says which one it is, in every phase that needs it. */
static void a_queue_that_cannot_be_deleted_is_told(void **state)
{
    struct world *world = rig_open(1);
    const struct json *status;
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    world->no_deletion = true;
    rig_end_session(world, "s");
    rig_run(world, 60000);
    status = status_of_split(world);
    assert_string_equal(json_text(json_get(status, "phase")), "Active");
    assert_string_equal(json_text(json_get(rig_condition(status, "Degraded"), "reason")), "BrokerAuthorization");
    assert_non_null(strstr(json_text(json_get(rig_condition(status, "Degraded"), "message")), "Delete on topic"));
    assert_non_null(strstr(json_text(json_get(status, "waitsFor")), "to be deleted, which fails: the ACL Delete"));
    assert_int_equal(world->targets[0].memory.splits->degraded.code, REASON_BROKER_AUTHORIZATION); /* for the log */
    world->no_deletion = false;
    rig_wait_splits(world, "Restoring", 60000);
    assert_int_equal(world->targets[0].memory.splits->degraded.code, REASON_NONE);
    world->no_deletion = true;
    rig_run(world, 60000);
    status = status_of_split(world);
    assert_string_equal(json_text(json_get(rig_condition(status, "Degraded"), "reason")), "BrokerAuthorization");
    assert_non_null(strstr(json_text(json_get(status, "waitsFor")), "to be deleted, which fails: the ACL Delete"));
    world->no_deletion = false;
    rig_wait_splits(world, "gone", 60000);
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
    assert_int_equal(str_copy(fallback, sizeof fallback, str_of(rig_fallback_of(world, "orders-0-0"))), 0);
    rig_session(world, "next", "app-0", FILTER("q0", "b"), "");
    rig_wait_session(world, "next", "Ready", 10000);
    assert_string_equal(rig_fallback_of(world, "orders-0-0"), fallback);
    assert_int_equal(target->patches, 1);
    rig_close(world);
}

/* C-4: they come free when the local process lets go of them. */
static void messages_that_a_session_holds_are_waited_for(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    client->holds = true;
    client->renew_at = INT64_MAX;
    broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'a', world->now_ms);
    for (int i = 0; i < 400 && strcmp(rig_phase(world, client->name), "Ending") != 0; i++)
        world_step(world, 100);
    client->alive = true;
    client->over = false; /* its process does not notice */
    for (int i = 0; i < 20; i++) {
        world_step(world, 100);
        client->alive = true;
    }
    const struct json *waiting = rig_condition(rig_status(world, client->name), "WaitingForInFlight");
    assert_string_equal(json_text(json_get(waiting, "reason")), "WaitingForInFlight");
    client->alive = false;
    rig_wait_session(world, client->name, "Ended", 10000);
    rig_wait_splits(world, "gone", 60000);
    assert_int_equal(world->broker.messages[0].consumed, 1);
    rig_close(world);
}

/* Runs while processes of ended sessions do not notice that. */
static void run_held(struct world *world, struct sim_client *const *held, size_t count, int64_t ms)
{
    for (int64_t end = world->now_ms + ms; world->now_ms < end;) {
        for (size_t i = 0; i < count; i++)
            held[i]->alive = true;
        world_step(world, 100);
    }
}

/* S-15 */
static void queues_that_nobody_empties_are_bounded(void **state)
{
    struct world *world = rig_open(1);
    struct sim_client *held[2];
    (void)state;
    world->settings.sessions_max = 1;
    for (size_t i = 0; i < 2; i++) {
        held[i] = sim_client_start(world, 0, 1, (char)('a' + i));
        run_held(world, held, i, 20000);
        assert_string_equal(rig_phase(world, held[i]->name), "Ready");
        held[i]->holds = true;
        broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), (char)('a' + i), world->now_ms);
        run_held(world, held, i, 2000);
        held[i]->ending = 2;
        sim_client_end(world, held[i]);
    }
    struct sim_client *next = sim_client_start(world, 0, 1, 'c');
    run_held(world, held, 2, 10000);
    assert_string_equal(rig_phase(world, next->name), "Pending");
    assert_non_null(strstr(rig_message(world, next->name), "the queues of ended sessions to be emptied"));
    assert_int_equal(json_count(json_path(rig_split(world, "orders-0-0"), "spec", "temporaries", NULL)), 3);
    held[0]->alive = held[1]->alive = false;
    rig_wait_session(world, next->name, "Ready", 20000);
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_carries_the_stamp_of_its_session_beyond_its_end),
        cmocka_unit_test(a_setting_of_stamps_counts_from_the_next_session_on),
        cmocka_unit_test(leftovers_are_kept_and_messages_flow_on),
        cmocka_unit_test(leftovers_go_back_where_the_setting_says_so),
        cmocka_unit_test(leftovers_are_discarded_where_the_setting_says_so),
        cmocka_unit_test(leftovers_go_back_when_the_target_is_gone),
        cmocka_unit_test(leftovers_of_a_session_go_to_the_application),
        cmocka_unit_test(a_split_says_whom_the_leftovers_of_an_ended_session_wait_for),
        cmocka_unit_test(a_group_that_outlives_its_topic_holds_no_messages),
        cmocka_unit_test(a_queue_that_cannot_be_deleted_is_told),
        cmocka_unit_test(messages_that_a_session_holds_are_waited_for),
        cmocka_unit_test(queues_that_nobody_empties_are_bounded),
        cmocka_unit_test(a_session_during_the_drain_goes_back_to_active),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
