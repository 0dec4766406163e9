/* Why a session is refused: each reason once, with what its message must name. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#define Q0 RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0"), RIG_GROUP)
#define KAFKA(id) "{\"id\":\"" id "\",\"type\":\"Kafka\",\"messageFilter\":{\"user\":\"^a$\"}}"
#define BASE(topics)                                                               \
    {                                                                              \
        RIG_SERVICE, RIG_CONFIG, RIG_REGISTRY, RIG_CONSUMER("c", "", topics), NULL \
    }

#define NAME_32 "a-header-name-of-thirty-two-byte"
#define LONG_NAME NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32

struct refusal {
    const char *manifests[6];
    const char *target, *queues, *more;
    const char *reason, *says;
};

static const struct refusal refusals[] = {
    {BASE(Q0), "app-1", KAFKA("q0"), "", "TargetNotFound", "LocalService default/app-1"},
    {BASE(Q0), "app-0", KAFKA("q0"), ",\"container\":\"side\"", "ContainerNotFound", "side"},
    {BASE(Q0), "app-0", KAFKA("other"), "", "QueueNotFound", "q0, sqs-a, rmq-a"},
    {BASE(Q0), "app-0", "{\"id\":\"q0\",\"type\":\"SQS\"}", "", "QueueTypeMismatch", "Kafka"},
    {BASE(Q0), "app-0", "{\"id\":\"sqs-a\",\"type\":\"SQS\"},{\"id\":\"rmq-a\",\"type\":\"RMQ\"}", "",
     "QueueTypeNotEnabled", "sqs-a (SQS), rmq-a (RMQ)"},
    {BASE(Q0), "app-0", "{\"id\":\"*\",\"type\":\"SQS\"}", "", "QueueTypeNotEnabled", "* (SQS)"},
    {BASE(Q0), "app-0", "{\"id\":\"q0\",\"type\":\"Kafka\",\"jqFilter\":\".a\"}", "", "JqNotYetSupported", "q0"},
    {BASE(Q0), "app-0", "{\"id\":\"q0\",\"type\":\"Kafka\",\"messageFilter\":{\"user\":\"(\"}}", "", "FilterInvalid",
     "user"},
    {BASE(Q0), "app-0", "{\"id\":\"q0\",\"type\":\"Kafka\",\"messageFilter\":{\"" LONG_NAME "x\":\"a\"}}", "",
     "FilterInvalid", "limit of 256 bytes"},
    {BASE(Q0), "app-0", "", "", "FieldMissing", "spec.queues"},
    {BASE(Q0), "app-0", KAFKA("q0") "," KAFKA("q0"), "", "FieldInvalid", "twice"},
    {BASE(RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0"), "")), "app-0", KAFKA("q0"), "", "GroupUndeclared", "q0"},
    {BASE(RIG_TOPIC("q0", "config", RIG_SOURCE("EMPTY"), RIG_GROUP)), "app-0", KAFKA("q0"), "", "NameSourceEmpty",
     "EMPTY"},
    {BASE(RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0") "," RIG_SOURCE("TOPIC_1"), RIG_GROUP)), "app-0",
     KAFKA("q0"), "", "NameSourcesDiffer", "TOPIC_1"},
    {BASE(RIG_TOPIC("q0", "config", RIG_SOURCE("LD_PRELOAD"), RIG_GROUP)), "app-0", KAFKA("q0"), "",
     "VariableRefused", "LD_PRELOAD"},
    {BASE(RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_1"), RIG_GROUP)), "app-0", KAFKA("q0"), "", "DependentVariable",
     "URL"},
    {BASE(RIG_TOPIC("q0", "none", RIG_SOURCE("TOPIC_0"), RIG_GROUP)), "app-0", KAFKA("q0"), "",
     "ClientConfigNotFound", "none"},
    {BASE(RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0"), ",\"applicationIdSources\":[" RIG_SOURCE("GROUP") "]")),
     "app-0", KAFKA("q0"), "", "NotYetSupported", "applicationIdSources"},
    {BASE(Q0 "," RIG_TOPIC("q1", "none", RIG_SOURCE("TOPIC_1"), RIG_GROUP)), "app-0",
     "{\"id\":\"*\",\"type\":\"Kafka\"}", "", "ClientConfigNotFound", "none"},
    {{RIG_SERVICE, RIG_CONFIG, RIG_CONSUMER("c", "", Q0), RIG_CONSUMER("d", "", Q0), NULL},
     "app-0",
     KAFKA("q0"),
     "",
     "FieldInvalid",
     "2 resources"},
    {{RIG_SERVICE, RIG_CONFIG, NULL}, "app-0", KAFKA("q0"), "", "QueueNotFound", "declared: none"},
};

static void a_session_is_refused_with_the_reason_and_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *row = &refusals[i];
        struct world *world = rig_open_with(row->manifests);
        rig_session(world, "s", row->target, row->queues, row->more);
        rig_wait_session(world, "s", "Failed", 10000);
        assert_string_equal(rig_reason(world, "s"), row->reason);
        if (!strstr(rig_message(world, "s"), row->says))
            fail_msg("row %zu: '%s' does not name '%s'", i, rig_message(world, "s"), row->says);
        assert_non_null(json_get(rig_status(world, "s"), "endedAt"));
        rig_wait_splits(world, "gone", 10000);
        assert_int_equal(broker_temp_count(&world->broker), 0);
        rig_close(world);
    }
}

/* No setting makes the committed offsets of an unknown group known, so none is offered. */
static void an_undeclared_group_is_refused_whatever_becomes_of_leftovers(void **state)
{
    static const char *const manifests[] = {RIG_SERVICE, RIG_CONFIG,
                                            RIG_CONSUMER("c", "\"sluice.dev/leftovers\":\"discard\"",
                                                         RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0"), "")),
                                            NULL};
    struct world *world = rig_open_with(manifests);
    (void)state;
    rig_session(world, "s", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "s", "Failed", 10000);
    assert_string_equal(rig_reason(world, "s"), "GroupUndeclared");
    const struct json *ready = rig_condition(rig_status(world, "s"), "Ready");
    assert_null(strstr(json_text(json_get(ready, "nextStep")), "discard"));
    rig_close(world);
}

static void equal_filters_are_refused_where_overlap_says_so(void **state)
{
    static const char *const manifests[] = {RIG_SERVICE, RIG_CONFIG,
                                            RIG_CONSUMER("c", "\"sluice.dev/overlap\":\"Reject\"", Q0), NULL};
    struct world *world = rig_open_with(manifests);
    (void)state;
    rig_session(world, "first", "app-0", KAFKA("q0"), "");
    rig_run(world, 1000);
    rig_session(world, "second", "app-0", KAFKA("q0"), "");
    rig_session(world, "third", "app-0", "{\"id\":\"q0\",\"type\":\"Kafka\",\"messageFilter\":{\"user\":\"^b$\"}}",
                "");
    rig_wait_session(world, "second", "Failed", 1000);
    assert_string_equal(rig_reason(world, "second"), "FilterOverlap");
    assert_non_null(strstr(rig_message(world, "second"), "first"));
    rig_wait_session(world, "first", "Ready", 30000);
    rig_wait_session(world, "third", "Ready", 30000);
    rig_close(world);
}

static void kafka_is_refused_where_it_is_switched_off(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.kafka_splitting = false;
    rig_session(world, "mine", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "mine", "Failed", 10000);
    assert_string_equal(rig_reason(world, "mine"), "QueueTypeNotEnabled");
    assert_non_null(strstr(rig_message(world, "mine"), "q0 (Kafka)"));
    rig_close(world);
}

static void equal_filters_are_allowed_by_default(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "first", "app-0", KAFKA("q0"), "");
    rig_session(world, "second", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "second", "Ready", 30000);
    rig_close(world);
}

static void a_limit_of_sessions_is_named(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.sessions_per_user_max = 1;
    rig_session(world, "first", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "first", "Ready", 30000);
    rig_session(world, "second", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "second", "Failed", 1000);
    assert_string_equal(rig_reason(world, "second"), "LimitReached");
    world->settings.sessions_max = 0;
    rig_session(world, "third", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "third", "Failed", 1000);
    assert_string_equal(rig_reason(world, "third"), "LimitReached");
    assert_string_equal(rig_phase(world, "first"), "Ready");
    rig_close(world);
}

/* The limit of a user is one of the namespace, whatever targets the sessions are at. */
static void the_sessions_of_a_user_at_other_targets_count(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    sim_target_exist(world, &world->targets[1], true);
    world->targets[1].declared_count = 1;
    inputs_write(world);
    world->settings.sessions_per_user_max = 1;
    rig_session(world, "first", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "first", "Ready", 30000);
    rig_session(world, "second", "app-1", KAFKA("q0"), "");
    rig_wait_session(world, "second", "Failed", 1000);
    assert_string_equal(rig_reason(world, "second"), "LimitReached");
    assert_string_equal(rig_message(world, "second"), "user dev has the limit of 1 sessions in namespace default");
    assert_string_equal(rig_phase(world, "first"), "Ready");
    rig_end_session(world, "first");
    rig_session(world, "third", "app-1", KAFKA("q0"), ""); /* what is over does not count */
    rig_wait_session(world, "third", "Ready", 30000);
    rig_close(world);
}

static void no_more_splits_than_the_limit(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.splits_max = 0;
    rig_session(world, "s", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "s", "Failed", 10000);
    assert_string_equal(rig_reason(world, "s"), "NoCapacity");
    rig_run(world, 5000);
    assert_int_equal(sim_workers_running(world), 0); /* the probe is gone, too */
    rig_close(world);
}

static void a_cluster_without_transactions_is_refused(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->no_transactions = true;
    rig_session(world, "s", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "s", "Failed", 10000);
    assert_string_equal(rig_reason(world, "s"), "TransactionsUnavailable");
    rig_close(world);
}

/* K-13 */
static void an_unreachable_broker_is_told_within_ten_seconds(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->broker.away = true;
    rig_session(world, "s", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "s", "Failed", 10000);
    assert_string_equal(rig_reason(world, "s"), "BrokerUnreachable");
    assert_non_null(strstr(rig_message(world, "s"), "sluice logs probe-"));
    rig_run(world, 5000);
    assert_int_equal(sim_workers_running(world), 0);
    /* A later session tries again. */
    world->broker.away = false;
    rig_session(world, "later", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "later", "Ready", 30000);
    rig_close(world);
}

static const char *created(struct world *world, const char *name)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return json_text(json_path(store_get(world->store, &key), "metadata", "creationTimestamp", NULL));
}

/* Times of documents are whole seconds: who comes within the second of a failure did not see it. */
static void a_session_of_the_same_second_does_not_inherit_a_failure(void **state)
{
    unsigned same = 0;
    (void)state;
    for (int64_t offset_ms = 0; offset_ms < 1000; offset_ms += 200) {
        struct world *world = rig_open(1);
        rig_run(world, offset_ms);
        world->broker.away = true;
        rig_session(world, "s", "app-0", KAFKA("q0"), "");
        rig_wait_session(world, "s", "Failed", 10000);
        world->broker.away = false;
        rig_session(world, "later", "app-0", KAFKA("q0"), "");
        same += strcmp(created(world, "later"), json_text(json_get(rig_status(world, "s"), "endedAt"))) == 0;
        rig_wait_session(world, "later", "Ready", 30000);
        rig_close(world);
    }
    assert_in_range(same, 1, 5);
}

static void a_second_target_on_the_same_original_is_refused(void **state)
{
    struct world *world = rig_open(1);
    struct sim_target *second = &world->targets[1];
    (void)state;
    rig_session(world, "first", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "first", "Ready", 30000);
    second->queue_count = second->declared_count = 1;
    memcpy(second->originals[0], world->targets[0].originals[0], sizeof second->originals[0]);
    memcpy(second->group, world->targets[0].group, sizeof second->group);
    sim_target_exist(world, second, true);
    inputs_write(world);
    rig_session(world, "second", "app-1", KAFKA("q0"), "");
    rig_wait_session(world, "second", "Failed", 10000);
    assert_string_equal(rig_reason(world, "second"), "OriginalInUse");
    assert_non_null(strstr(rig_message(world, "second"), "default/app-0"));
    assert_string_equal(rig_phase(world, "first"), "Ready");
    rig_close(world);
}

/* A queue that fails is not split, and fails only the sessions that name it. */
static void a_broken_queue_fails_only_sessions_that_name_it(void **state)
{
    static const char *const manifests[] = {
        RIG_SERVICE, RIG_CONFIG,
        RIG_CONSUMER("c", "", Q0 "," RIG_TOPIC("q1", "config", RIG_SOURCE("TOPIC_1"), RIG_GROUP)), NULL};
    struct world *world = rig_open_with(manifests);
    (void)state;
    rig_session(world, "good", "app-0", KAFKA("q0"), "");
    rig_session(world, "bad", "app-0", KAFKA("q1"), "");
    rig_wait_session(world, "bad", "Failed", 10000);
    assert_string_equal(rig_reason(world, "bad"), "DependentVariable");
    rig_wait_session(world, "good", "Ready", 30000);
    assert_null(rig_split(world, "orders-0-1"));
    /* C-14: the application is on the original still, and the local process must not join it there. */
    const struct json *status = rig_status(world, "good"), *queue = json_at(json_get(status, "queues"), 1);
    assert_memory_equal(rig_variable(status, "TOPIC_1"), "mirrord-tmp-", 12);
    assert_false(broker_exists(&world->broker, rig_variable(status, "TOPIC_1")));
    assert_memory_equal(rig_variable(status, "GROUP"), "mirrord-tmp-", 12);
    assert_string_equal(rig_variable(status, "TOPIC_0"),
                        json_text(json_get(json_at(json_get(status, "queues"), 0), "temporary")));
    assert_string_equal(json_text(json_get(queue, "id")), "q1");
    assert_string_equal(json_text(json_get(queue, "reason")), "DependentVariable");
    assert_non_null(strstr(json_text(json_get(queue, "message")), "URL"));
    rig_close(world);
}

/* W-7, C-14: what is refused for what it does to programs is given to nobody; what else the queue names, is. */
static void variables_that_change_programs_are_given_to_nobody(void **state)
{
    static const char *const manifests[] = {
        RIG_SERVICE, RIG_CONFIG,
        RIG_CONSUMER("c", "",
                     Q0 "," RIG_TOPIC("q1", "config", RIG_SOURCE("LD_PRELOAD") "," RIG_SOURCE("TOPIC_1"), RIG_GROUP)),
        NULL};
    struct world *world = rig_open_with(manifests);
    (void)state;
    rig_session(world, "good", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "good", "Ready", 30000);
    const struct json *status = rig_status(world, "good"), *queue = json_at(json_get(status, "queues"), 1);
    assert_string_equal(json_text(json_get(queue, "reason")), "VariableRefused");
    assert_string_equal(rig_variable(status, "LD_PRELOAD"), "");
    assert_string_equal(rig_variable(status, "TOPIC_1"), json_text(json_get(queue, "temporary")));
    rig_close(world);
}

/* The session stays readable for ten minutes after it was refused, also when it was no session at all. */
static void a_refused_session_is_kept_and_then_deleted(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", "{\"id\":\"q0\",\"type\":\"Carrier\"}", "");
    rig_wait_session(world, "s", "Failed", 1000);
    assert_string_equal(rig_reason(world, "s"), "FieldInvalid");
    rig_run(world, 598000);
    assert_string_equal(rig_phase(world, "s"), "Failed");
    rig_wait_session(world, "s", "gone", 5000);
    rig_close(world);
}

/* What was made is not known without its record: nothing is touched until it can be read again. */
static void an_unreadable_record_freezes_its_target(void **state)
{
    struct world *world = rig_open(1);
    struct json *document = NULL, *spec = NULL, *kept = NULL;
    (void)state;
    rig_session(world, "s", "app-0", KAFKA("q0"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    assert_int_equal(json_dup(rig_split(world, "orders-0-0"), &document), 0);
    assert_int_equal(json_dup(json_path(document, "spec", "temporaries", NULL), &kept), 0);
    assert_int_equal(json_object_at(document, "spec", &spec), 0);
    json_delete(spec, "temporaries");
    assert_int_equal(store_update(world->store, document), 0);
    rig_session(world, "new", "app-0", KAFKA("q0"), "");
    rig_run(world, 5000);
    assert_string_equal(world->targets[0].told_count ? "patched" : "", "patched");
    assert_int_equal(sim_workers_running(world), 1);
    assert_string_equal(rig_phase(world, "new"), "Failed");
    assert_non_null(strstr(rig_message(world, "new"), "QueueSplit split-"));
    assert_int_equal(json_dup(rig_split(world, "orders-0-0"), &document), 0);
    assert_int_equal(json_object_at(document, "spec", &spec), 0);
    assert_int_equal(json_set_take(spec, "temporaries", kept), 0);
    assert_int_equal(store_update(world->store, document), 0);
    rig_wait_splits(world, "gone", 120000); /* nobody renews the session */
    assert_true(world_is_clean(world));
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_refused_with_the_reason_and_names),
        cmocka_unit_test(an_undeclared_group_is_refused_whatever_becomes_of_leftovers),
        cmocka_unit_test(equal_filters_are_refused_where_overlap_says_so),
        cmocka_unit_test(kafka_is_refused_where_it_is_switched_off),
        cmocka_unit_test(equal_filters_are_allowed_by_default),
        cmocka_unit_test(a_limit_of_sessions_is_named),
        cmocka_unit_test(the_sessions_of_a_user_at_other_targets_count),
        cmocka_unit_test(no_more_splits_than_the_limit),
        cmocka_unit_test(a_cluster_without_transactions_is_refused),
        cmocka_unit_test(an_unreachable_broker_is_told_within_ten_seconds),
        cmocka_unit_test(a_session_of_the_same_second_does_not_inherit_a_failure),
        cmocka_unit_test(a_second_target_on_the_same_original_is_refused),
        cmocka_unit_test(a_broken_queue_fails_only_sessions_that_name_it),
        cmocka_unit_test(variables_that_change_programs_are_given_to_nobody),
        cmocka_unit_test(a_refused_session_is_kept_and_then_deleted),
        cmocka_unit_test(an_unreadable_record_freezes_its_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
