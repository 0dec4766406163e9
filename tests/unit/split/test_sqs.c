/* Splits of SQS queues through the whole of reconcile: C-14, C-18, Q-9, Q-12, Q-16. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#include <stdio.h>

#define URL(name) "http://localhost:9324/000000000000/" name
#define SERVICE                                                                                                     \
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-0\"},"          \
    "\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":\"/tmp/e\",\"env\":["     \
    "{\"name\":\"TOPIC_0\",\"value\":\"orders-0-0\"},{\"name\":\"SAME\",\"value\":\"" URL(                          \
        "orders-0-0") "\"},"                                                                                        \
                      "{\"name\":\"TOPIC_1\",\"value\":\"orders-0-1\"},{\"name\":\"BAD\",\"value\":\"two words\"}," \
                      "{\"name\":\"MAP\",\"value\":\"{ \\\"a\\\":\\\"orders-0-1\\\" , \\\"b\\\" : "                 \
                      "\\\"orders-0-2\\\"}\"}]},"                                                                   \
                      "{\"name\":\"side\",\"envFile\":\"/tmp/"                                                      \
                      "f\",\"env\":[{\"name\":\"SIDE\",\"value\":\"orders-0-2\"}]}]}}"
#define REGISTRY(container, queues)                                                                      \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\"," \
    "\"metadata\":{\"name\":\"reg\"},\"spec\":{\"consumer\":{\"name\":\"app-0\",\"workloadType\":"       \
    "\"Deployment\"" container "},\"queues\":{" queues "}}}"
#define QUEUE(id, source, more) "\"" id "\":{\"queueType\":\"SQS\",\"nameSource\":{" source "}" more "}"
#define VAR(name) "\"envVar\":\"" name "\""
#define SQS(id, user) "{\"id\":\"" id "\",\"type\":\"SQS\",\"messageFilter\":{\"user\":\"^" user "$\"}}"

static struct world *sqs_open(const char *const *manifests)
{
    struct world *world = rig_open_with(manifests);
    world->settings.sqs_splitting = true;
    world_mark_all(world);
    return world;
}

static size_t count_splits(struct world *world)
{
    size_t count = 0;
    for (char topic[] = "orders-0-0"; topic[9] < '3'; topic[9]++)
        count += rig_split(world, topic) != NULL;
    return count;
}

/* a name and a URL of one queue are one split, whose record names both ids and gives each variable its own form. */
static void Q_16_two_mentions_of_one_queue_are_one_split(void **state)
{
    static const char *const manifests[] = {
        SERVICE,
        REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), ",\"tags\":{\"tool\":\"a\"}") "," QUEUE("same", VAR("SAME"), "")),
        NULL};
    struct world *world = sqs_open(manifests);
    (void)state;
    rig_session(world, "one", "app-0", SQS("meme", "a"), "");
    rig_wait_session(world, "one", "Ready", 60000);
    assert_int_equal(count_splits(world), 1);
    const struct json *spec = json_get(rig_split(world, "orders-0-0"), "spec");
    assert_int_equal(json_count(json_path(spec, "queue", "ids", NULL)), 2);
    assert_string_equal(json_text(json_path(spec, "queue", "cluster", NULL)), "000000000000/elasticmq");
    assert_string_equal(json_text(json_path(spec, "queue", "tags", "tool", NULL)), "a");
    const char *fallback = rig_fallback_of(world, "orders-0-0"),
               *own = rig_variable(rig_status(world, "one"), "TOPIC_0");
    char url[300];
    snprintf(url, sizeof url, URL("%s"), fallback);
    const struct json *environment = json_get(spec, "environment");
    assert_string_equal(json_text(json_get(json_at(environment, 0), "temporary")), fallback);
    assert_string_equal(json_text(json_get(json_at(environment, 1), "temporary")), url);
    snprintf(url, sizeof url, URL("%s"), own);
    assert_string_equal(rig_variable(rig_status(world, "one"), "SAME"), url);
    assert_memory_equal(own, "mirrord-tmp-", 12);
    rig_end_session(world, "one");
    rig_wait_splits(world, "gone", 600000);
    rig_close(world);
}

/* each value of a map is a split of its own, and the map keeps every other byte. */
static void Q_12_a_map_is_composed_of_all_its_splits(void **state)
{
    static const char *const manifests[] = {
        SERVICE, REGISTRY("", QUEUE("map", VAR("MAP"), ",\"namesFromJsonMap\":true")), NULL};
    struct world *world = sqs_open(manifests);
    char expected[400];
    (void)state;
    rig_session(world, "one", "app-0", SQS("*", "a"), "");
    rig_wait_session(world, "one", "Ready", 60000);
    assert_int_equal(count_splits(world), 2);
    snprintf(expected, sizeof expected, "{ \"a\":\"%s\" , \"b\" : \"%s\"}", rig_fallback_of(world, "orders-0-1"),
             rig_fallback_of(world, "orders-0-2"));
    assert_int_equal(world->targets[0].wanted_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(world->targets[0].wanted[i].value, expected);
    assert_int_equal(world->targets[0].patches, 1); /* W-3 */
    const struct json *queues = json_get(rig_status(world, "one"), "queues");
    assert_int_equal(json_count(queues), 2);
    snprintf(expected, sizeof expected, "{ \"a\":\"%s\" , \"b\" : \"%s\"}",
             json_text(json_get(json_at(queues, 0), "temporary")),
             json_text(json_get(json_at(queues, 1), "temporary")));
    if (strcmp(json_text(json_get(json_at(queues, 0), "original")), "orders-0-1") == 0)
        assert_string_equal(rig_variable(rig_status(world, "one"), "MAP"), expected);
    rig_end_session(world, "one");
    rig_wait_splits(world, "gone", 600000);
    assert_int_equal(world->targets[0].wanted_count, 0);
    rig_close(world);
}

/* C-14: a queue that cannot be split has its variable led elsewhere, and fails only sessions that name it. */
static void C_14_a_queue_that_cannot_be_split_is_kept_from_the_local_process(void **state)
{
    static const char *const manifests[] = {
        SERVICE, REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), "") "," QUEUE("bad", VAR("BAD"), "")), NULL};
    struct world *world = sqs_open(manifests);
    (void)state;
    rig_session(world, "one", "app-0", SQS("meme", "a"), "");
    rig_wait_session(world, "one", "Ready", 60000);
    assert_memory_equal(rig_variable(rig_status(world, "one"), "BAD"), "mirrord-tmp-", 12);
    rig_session(world, "two", "app-0", SQS("bad", "a"), "");
    rig_wait_session(world, "two", "Failed", 60000);
    assert_string_equal(rig_reason(world, "two"), "NameSourceInvalid");
    rig_close(world);
}

/* C-3: what cannot go back to its queue stays where the application is, until it has consumed it. */
static void C_3_leftovers_that_may_not_go_back_are_kept(void **state)
{
    static const char *const manifests[] = {
        SERVICE,
        "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\","
        "\"metadata\":{\"name\":\"reg\",\"annotations\":{\"sluice.dev/"
        "drain-timeout\":\"5\"}},\"spec\":{\"consumer\":{"
        "\"name\":\"app-0\",\"workloadType\":\"Deployment\"},\"queues\":{\"meme\":{\"queueType\":\"SQS\","
        "\"nameSource\":{\"envVar\":\"TOPIC_0\"}}}}}",
        NULL};
    struct world *world = sqs_open(manifests);
    (void)state;
    sim_target_form(&world->targets[0], FORM_NAME);
    rig_session(world, "one", "app-0", SQS("meme", "a"), "");
    rig_wait_session(world, "one", "Ready", 60000);
    struct sim_worker *worker = rig_worker_of(world, "orders-0-0");
    reason_set(&worker->trouble, REASON_RETURN_NOT_ALLOWED, 0, "sqs:SendMessage on orders-0-0 is missing");
    world->targets[0].app_stuck = true;
    broker_produce(&world->broker, broker_find(&world->broker, "orders-0-0"), 'b', world->now_ms);
    rig_run(world, 5000);
    rig_end_session(world, "one");
    rig_wait_splits(world, "Draining", 180000); /* the queue of the session is proven empty first */
    rig_run(world, 30000);
    const struct json *split = json_get(rig_split(world, "orders-0-0"), "status");
    assert_string_equal(json_text(json_get(split, "phase")), "Draining");
    world->targets[0].app_stuck = false;
    rig_wait_splits(world, "gone", 900000);
    rig_close(world);
}

static const struct {
    const char *registry, *queues, *more, *reason, *says;
} refusals[] = {
    {REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), ",\"sns\":true") "," QUEUE("same", VAR("SAME"), "")),
     SQS("meme", "a"), "", "FieldInvalid", "only one of them sets sns"},
    {REGISTRY(",\"container\":\"side\"", QUEUE("side", VAR("SIDE"), "")), SQS("side", "a"), "", "QueueNotFound",
     "declared for container side alone"},
    {REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), "")), "{\"id\":\"meme\",\"type\":\"Kafka\"}", "", "QueueTypeMismatch",
     "of type SQS, not Kafka"},
    {REGISTRY("", "\"typo\":{\"queueTyp\":\"SQS\",\"nameSource\":{\"envVar\":\"TOPIC_0\"}}"), SQS("typo", "a"), "",
     "FieldMissing", "MirrordWorkloadQueueRegistry reg: spec.queues.typo.queueType: missing"},
    {REGISTRY("", "\"odd\":{\"queueType\":\"NATS\",\"nameSource\":{\"envVar\":\"TOPIC_0\"}}"), FILTER("odd", "a"), "",
     "FieldInvalid", "MirrordWorkloadQueueRegistry reg: spec.queues.odd.queueType: 'NATS' is not one of SQS, RMQ"},
    {REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), "")), SQS("other", "a"), "", "QueueNotFound", "declared: meme"},
    {REGISTRY("", ""), SQS("*", "a"), "", "QueueNotFound", "no resource declares a queue of type SQS"},
    {REGISTRY("", "\"jobs\":{\"queueType\":\"RMQ\",\"nameSource\":{\"envVar\":\"J\"}}"),
     "{\"id\":\"jobs\",\"type\":\"RMQ\"}", "", "QueueTypeNotEnabled", "jobs (RMQ)"},
};

static void what_cannot_be_served_is_refused_with_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const char *const manifests[] = {SERVICE, refusals[i].registry, NULL};
        struct world *world = sqs_open(manifests);
        rig_session(world, "one", "app-0", refusals[i].queues, refusals[i].more);
        rig_wait_session(world, "one", "Failed", 60000);
        assert_string_equal(rig_reason(world, "one"), refusals[i].reason);
        if (!strstr(rig_message(world, "one"), refusals[i].says))
            fail_msg("'%s' does not say '%s'", rig_message(world, "one"), refusals[i].says);
        rig_close(world);
    }
}

/* A registry for one container serves the sessions of that container. */
static void a_registry_of_a_container_serves_its_sessions(void **state)
{
    static const char *const manifests[] = {
        SERVICE, REGISTRY(",\"container\":\"side\"", QUEUE("side", VAR("SIDE"), "")), NULL};
    struct world *world = sqs_open(manifests);
    (void)state;
    rig_session(world, "one", "app-0", SQS("side", "a"), ",\"container\":\"side\"");
    rig_wait_session(world, "one", "Ready", 60000);
    rig_close(world);
}

#define SIDE_REGISTRY                                                                                    \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\"," \
    "\"metadata\":{\"name\":\"side\"},\"spec\":{\"consumer\":{\"name\":\"app-0\",\"workloadType\":"      \
    "\"Deployment\",\"container\":\"side\"},\"queues\":{\"side\":{\"queueType\":\"SQS\",\"nameSource\":" \
    "{\"envVar\":\"SIDE\"}}}}}"

static struct resource_key session_key(const char *name)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return key;
}

/* How many filters its route in the split of a queue has. */
static size_t filters_of(struct world *world, const char *queue, const char *session)
{
    const struct wanted_table *table = rig_worker_of(world, queue)->active;
    const struct resource_key key = session_key(session);
    const char *uid = json_text(json_path(store_get(world->store, &key), "metadata", "uid", NULL));
    for (size_t i = 0; i < table->session_count; i++)
        if (strcmp(table->sessions[i].uid, uid) == 0)
            return table->sessions[i].filter_count;
    return SIZE_MAX;
}

/* "*" means the queues of the session's own container, whatever else the target's resources declare. */
static void Q_12_every_queue_leaves_out_those_of_another_container(void **state)
{
    static const char *const manifests[] = {SERVICE, SIDE_REGISTRY, REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), "")),
                                            NULL};
    struct world *world = sqs_open(manifests);
    (void)state;
    world->settings.session_unused_s = 3600;
    rig_session(world, "one", "app-0", SQS("*", "a"), "");
    rig_session(world, "two", "app-0", SQS("*", "a"), ",\"container\":\"side\"");
    rig_wait_session(world, "one", "Ready", 60000);
    rig_wait_session(world, "two", "Ready", 60000);
    assert_int_equal(filters_of(world, "orders-0-0", "one"), 1);
    assert_int_equal(filters_of(world, "orders-0-2", "one"), 0);
    assert_int_equal(filters_of(world, "orders-0-0", "two"), 1); /* a registry of all containers */
    assert_int_equal(filters_of(world, "orders-0-2", "two"), 1);
    rig_close(world);
}

#define OTHER_REGISTRY(container, type)                                                                  \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\"," \
    "\"metadata\":{\"name\":\"other\"},\"spec\":{\"consumer\":{\"name\":\"app-0\",\"workloadType\":"     \
    "\"Deployment\"" container "},\"queues\":{\"meme\":{\"queueType\":\"" type                           \
    "\",\"nameSource\":{\"envVar\":\"TOPIC_1\"}}}}}"

static const char *accepted_of(struct world *world, const char *registry, const char *member)
{
    struct resource_key key = {.kind = KIND_WORKLOAD_QUEUE_REGISTRY, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(registry)), 0);
    const struct json *status = json_get(store_get(world->store, &key), "status");
    return json_text(json_get(rig_condition(status, "Accepted"), member));
}

/* An id that two registries declare means neither of their queues. What neither is split for stays kept from local processes (C-14). */
static void an_id_stands_in_one_registry_of_a_target(void **state)
{
    static const char *const manifests[] = {
        SERVICE, REGISTRY("", QUEUE("meme", VAR("TOPIC_0"), "") "," QUEUE("rest", VAR("SIDE"), "")),
        OTHER_REGISTRY("", "SQS"), NULL};
    static const char text[] =
        "spec.queues.meme: MirrordWorkloadQueueRegistry other and reg declare this id for one target, "
        "which one of them may do";
    struct world *world = sqs_open(manifests);
    (void)state;
    rig_session(world, "one", "app-0", SQS("meme", "a"), "");
    rig_wait_session(world, "one", "Failed", 60000);
    assert_string_equal(rig_reason(world, "one"), "FieldInvalid");
    assert_string_equal(rig_message(world, "one"), text);
    assert_string_equal(accepted_of(world, "reg", "status"), "False");
    assert_string_equal(accepted_of(world, "reg", "message"), text);
    assert_string_equal(accepted_of(world, "other", "message"), text);
    rig_session(world, "two", "app-0", SQS("rest", "a"), ""); /* the rest of the registry serves on */
    rig_wait_session(world, "two", "Ready", 60000);
    assert_string_not_equal(rig_variable(rig_status(world, "two"), "TOPIC_1"), "orders-0-1");
    assert_memory_equal(rig_variable(rig_status(world, "two"), "TOPIC_1"), "mirrord-tmp-", 12);
    rig_close(world);
}

/* Two containers may each have their own; and an id that is a queue of another type there is told from it by its type. */
static void an_id_may_stand_in_registries_of_two_containers(void **state)
{
    static const char *const others[] = {OTHER_REGISTRY(",\"container\":\"side\"", "SQS"), OTHER_REGISTRY("", "RMQ")};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *const manifests[] = {
            SERVICE, REGISTRY(",\"container\":\"main\"", QUEUE("meme", VAR("TOPIC_0"), "")), others[i], NULL};
        struct world *world = sqs_open(manifests);
        rig_run(world, 1000);
        assert_string_equal(accepted_of(world, "reg", "status"), "True");
        assert_string_equal(accepted_of(world, "other", "status"),
                            i ? "True" : "False"); /* side lacks the variable */
        assert_null(strstr(accepted_of(world, "other", "message"), "one target"));
        rig_close(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(Q_16_two_mentions_of_one_queue_are_one_split),
        cmocka_unit_test(Q_12_a_map_is_composed_of_all_its_splits),
        cmocka_unit_test(C_14_a_queue_that_cannot_be_split_is_kept_from_the_local_process),
        cmocka_unit_test(what_cannot_be_served_is_refused_with_words),
        cmocka_unit_test(Q_12_every_queue_leaves_out_those_of_another_container),
        cmocka_unit_test(a_registry_of_a_container_serves_its_sessions),
        cmocka_unit_test(an_id_stands_in_one_registry_of_a_target),
        cmocka_unit_test(an_id_may_stand_in_registries_of_two_containers),
        cmocka_unit_test(C_3_leftovers_that_may_not_go_back_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
