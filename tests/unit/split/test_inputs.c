/* What people read on the resources that they wrote: accepted, refused and why, without effect, or changed too late. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#define Q0 RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0"), RIG_GROUP)

static const struct json *status_of(struct world *world, enum kind kind, const char *name)
{
    struct resource_key key = {.kind = kind, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    assert_non_null(store_get(world->store, &key));
    return json_get(store_get(world->store, &key), "status");
}

static void assert_told(const struct json *status, const char *type, const char *truth, const char *reason,
                        const char *says)
{
    const struct json *condition = rig_condition(status, type);
    assert_non_null(condition);
    assert_string_equal(json_text(json_get(condition, "status")), truth);
    assert_string_equal(json_text(json_get(condition, "reason")), reason);
    if (!strstr(json_text(json_get(condition, "message")), says))
        fail_msg("'%s' does not say '%s'", json_text(json_get(condition, "message")), says);
    assert_true(json_text(json_get(condition, "nextStep"))[0]);
    assert_true(json_text(json_get(condition, "lastTransitionTime"))[0]);
}

struct row {
    const char *manifests[6];
    enum kind kind;
    const char *name, *truth, *reason, *says;
};

#define UNKNOWN_CONSUMER                                                                                          \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaTopicsConsumer\","            \
    "\"metadata\":{\"name\":\"c\"},\"spec\":{\"consumerApiVersion\":\"apps/v1\",\"consumerKind\":\"Deployment\"," \
    "\"consumerName\":\"app-0\",\"restart\":1,\"topics\":[" Q0 "]}}"
#define WRONG_CONSUMER                                                                                            \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaTopicsConsumer\","            \
    "\"metadata\":{\"name\":\"c\"},\"spec\":{\"consumerApiVersion\":\"apps/v1\",\"consumerKind\":\"Deployment\"," \
    "\"consumerName\":\"app-0\",\"topics\":7}}"
#define TWIN_SERVICE                                                                                       \
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-1\"}," \
    "\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":\"/tmp/e\"}]}}"
#define TWIN_SPELT                                                                                         \
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-1\"}," \
    "\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":\"/tmp/./a/..//e\"}]}}"
#define LOST_CONSUMER                                                                                             \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaTopicsConsumer\","            \
    "\"metadata\":{\"name\":\"c\"},\"spec\":{\"consumerApiVersion\":\"apps/v1\",\"consumerKind\":\"Deployment\"," \
    "\"consumerName\":\"app-1\",\"topics\":[" Q0 "]}}"
#define WRONG_SERVICE                                                                                      \
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-0\"}," \
    "\"spec\":{\"containers\":[]}}"
#define CONSUMER(topics) RIG_SERVICE, RIG_CONFIG, RIG_CONSUMER("c", "", topics), NULL

static const struct row rows[] = {
    {{CONSUMER(Q0)}, KIND_KAFKA_TOPICS_CONSUMER, "c", "True", "Accepted", ""},
    {{CONSUMER(Q0)}, KIND_LOCAL_SERVICE, "app-0", "True", "Accepted", ""},
    {{RIG_SERVICE, RIG_CONFIG, UNKNOWN_CONSUMER, NULL},
     KIND_KAFKA_TOPICS_CONSUMER,
     "c",
     "True",
     "FieldUnknown",
     "spec.restart"},
    {{RIG_SERVICE, WRONG_CONSUMER, NULL}, KIND_KAFKA_TOPICS_CONSUMER, "c", "False", "FieldInvalid", "spec.topics"},
    {{RIG_SERVICE, LOST_CONSUMER, NULL},
     KIND_KAFKA_TOPICS_CONSUMER,
     "c",
     "False",
     "TargetNotFound",
     "LocalService default/app-1"},
    {{CONSUMER(Q0 "," RIG_TOPIC("q1", "config", RIG_SOURCE("EMPTY"), RIG_GROUP))},
     KIND_KAFKA_TOPICS_CONSUMER,
     "c",
     "False",
     "NameSourceEmpty",
     "1 of 2 queues cannot be split: variable EMPTY"},
    {{CONSUMER(RIG_TOPIC("q0", "none", RIG_SOURCE("TOPIC_0"), RIG_GROUP))},
     KIND_KAFKA_TOPICS_CONSUMER,
     "c",
     "False",
     "ClientConfigNotFound",
     "none"},
    {{RIG_SERVICE, RIG_CONFIG, RIG_CONSUMER("c", "", Q0), RIG_CONSUMER("d", "", Q0), NULL},
     KIND_KAFKA_TOPICS_CONSUMER,
     "d",
     "False",
     "FieldInvalid",
     "spec.consumerName: 2 resources MirrordKafkaTopicsConsumer name this target, and one is allowed: c, d"},
    {{WRONG_SERVICE, NULL}, KIND_LOCAL_SERVICE, "app-0", "False", "FieldMissing", "spec.restart"},
    {{WRONG_SERVICE, RIG_CONFIG, RIG_CONSUMER("c", "", Q0), NULL},
     KIND_KAFKA_TOPICS_CONSUMER,
     "c",
     "False",
     "FieldMissing",
     "spec.restart"},
    {{RIG_SERVICE, TWIN_SERVICE, NULL},
     KIND_LOCAL_SERVICE,
     "app-0",
     "False",
     "FieldInvalid",
     "LocalServices default/app-0 and default/app-1 name the same envFile /tmp/e"},
    {{RIG_SERVICE, TWIN_SPELT, NULL},
     KIND_LOCAL_SERVICE,
     "app-0",
     "False",
     "FieldInvalid",
     "LocalServices default/app-0 and default/app-1 name the same envFile"},
    {{RIG_SERVICE, TWIN_SERVICE, NULL},
     KIND_LOCAL_SERVICE,
     "app-1",
     "False",
     "FieldInvalid",
     "LocalServices default/app-0 and default/app-1 name the same envFile /tmp/e"},
    {{RIG_SERVICE, RIG_REGISTRY, NULL},
     KIND_WORKLOAD_QUEUE_REGISTRY,
     "reg",
     "True",
     "QueueTypeNotEnabled",
     "sqs-a (SQS), rmq-a (RMQ)"},
};

static void a_resource_says_whether_it_is_accepted_and_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world *world = rig_open_with(rows[i].manifests);
        int64_t generation = 0;
        rig_run(world, 1000);
        const struct json *status = status_of(world, rows[i].kind, rows[i].name);
        assert_told(status, "Accepted", rows[i].truth, rows[i].reason, rows[i].says);
        assert_null(rig_condition(status, "SpecChanged"));
        assert_int_equal(json_int(json_get(status, "observedGeneration"), &generation), 0);
        assert_int_equal(generation, 1);
        assert_int_equal(world_still(world), 0); /* said once */
        rig_close(world);
    }
}

/* A live split keeps the resource that it began with. */
static void an_edit_while_a_split_lives_is_told_on_the_resource_and_on_the_split(void **state)
{
    static const char *const before[] = {CONSUMER(Q0)};
    static const char *const after[] = {RIG_SERVICE, RIG_CONFIG,
                                        RIG_CONSUMER("c", "\"sluice.dev/leftovers\":\"discard\"", Q0), NULL};
    struct world *world = rig_open_with(before);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    assert_null(rig_condition(status_of(world, KIND_KAFKA_TOPICS_CONSUMER, "c"), "SpecChanged"));
    world->manifests = after;
    inputs_write(world);
    rig_run(world, 1000);
    const struct json *status = status_of(world, KIND_KAFKA_TOPICS_CONSUMER, "c");
    assert_told(status, "Accepted", "True", "Accepted", "");
    assert_told(status, "SpecChanged", "True", "SpecChanged", "from the next on");
    assert_told(json_get(rig_split(world, "orders-0-0"), "status"), "SpecChanged", "True", "SpecChanged", "edited");
    rig_end_session(world, "s");
    rig_wait_splits(world, "gone", 60000);
    rig_run(world, 1000);
    assert_null(rig_condition(status_of(world, KIND_KAFKA_TOPICS_CONSUMER, "c"), "SpecChanged"));
    rig_close(world);
}

/* W-1: who changed the entry while it was patched keeps his change, and sees that it is known. */
static void a_changed_entry_of_the_target_is_told(void **state)
{
    static const char *const before[] = {CONSUMER(Q0)};
    static const char changed_service[] =
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-0\"},"
        "\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":\"/tmp/e\",\"env\":["
        "{\"name\":\"GROUP\",\"value\":\"group-0\"},{\"name\":\"TOPIC_0\",\"value\":\"orders-new\"}]}]}}";
    static const char *const after[] = {changed_service, RIG_CONFIG, RIG_CONSUMER("c", "", Q0), NULL};
    struct world *world = rig_open_with(before);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    rig_run(world, 1000);
    assert_null(rig_condition(json_get(rig_split(world, "orders-0-0"), "status"), "TargetChanged"));
    world->manifests = after;
    inputs_write(world);
    rig_run(world, 1000);
    assert_told(json_get(rig_split(world, "orders-0-0"), "status"), "TargetChanged", "True", "TargetChanged",
                "TOPIC_0 of container main");
    rig_close(world);
}

/* Each trouble stands under its own name too, so that the worst one does not hide it. */
static void what_the_worker_complains_of_is_a_condition_of_the_split(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    world->broker.away = true;
    rig_run(world, 15000);
    const struct json *status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_told(status, "Degraded", "True", "BrokerUnreachable", "no broker");
    assert_told(status, "BrokerUnreachable", "True", "BrokerUnreachable", "no broker");
    world->broker.away = false;
    rig_run(world, 5000);
    status = json_get(rig_split(world, "orders-0-0"), "status");
    assert_null(rig_condition(status, "BrokerUnreachable"));
    assert_string_equal(json_text(json_get(rig_condition(status, "Degraded"), "status")), "False");
    rig_close(world);
}

/* Known before a session needs the next restart, and while one waits for it. */
static void a_service_that_does_not_run_as_wanted_is_told_on_it_and_on_its_splits(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.session_unused_s = 1000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_wait_splits(world, "Patching", 10000);
    assert_null(rig_condition(status_of(world, KIND_LOCAL_SERVICE, "app-0"), "Degraded"));
    world->targets[0].broken = true;
    rig_run(world, 20000);
    assert_told(status_of(world, KIND_LOCAL_SERVICE, "app-0"), "Accepted", "True", "Accepted", "");
    assert_told(status_of(world, KIND_LOCAL_SERVICE, "app-0"), "Degraded", "True", "RestartFailed",
                "restart command");
    assert_told(json_get(rig_split(world, "orders-0-0"), "status"), "Degraded", "True", "RestartFailed",
                "restart command");
    world->targets[0].broken = false;
    rig_wait_session(world, "s", "Ready", 30000);
    rig_run(world, 1000);
    assert_null(rig_condition(status_of(world, KIND_LOCAL_SERVICE, "app-0"), "Degraded"));
    assert_string_equal(
        json_text(json_get(rig_condition(json_get(rig_split(world, "orders-0-0"), "status"), "Degraded"), "status")),
        "False");
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resource_says_whether_it_is_accepted_and_why_not),
        cmocka_unit_test(an_edit_while_a_split_lives_is_told_on_the_resource_and_on_the_split),
        cmocka_unit_test(a_changed_entry_of_the_target_is_told),
        cmocka_unit_test(a_service_that_does_not_run_as_wanted_is_told_on_it_and_on_its_splits),
        cmocka_unit_test(what_the_worker_complains_of_is_a_condition_of_the_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
