/* MirrordSQSSession documents: made for each session with SQS queues, told how far it is, and the end of its SQS part when somebody deletes
 * one (C-5, C-14). */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#define SERVICE                                                                                            \
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-0\"}," \
    "\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":\"/tmp/e\","     \
    "\"env\":[{\"name\":\"GROUP\",\"value\":\"group-0\"},{\"name\":\"TOPIC_0\",\"value\":\"orders-0-0\"}," \
    "{\"name\":\"TOPIC_1\",\"value\":\"http://localhost:9324/000000000000/orders-0-1\"}]}]}}"
#define REGISTRY                                                                                         \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\"," \
    "\"metadata\":{\"name\":\"reg\"},\"spec\":{\"consumer\":{\"name\":\"app-0\",\"workloadType\":"       \
    "\"Deployment\"},\"queues\":{\"meme\":{\"queueType\":\"SQS\",\"nameSource\":{\"envVar\":\"TOPIC_1\"}}}}}"
#define SQS(id) "{\"id\":\"" id "\",\"type\":\"SQS\",\"messageFilter\":{\"user\":\"^a$\"}}"

static struct world *open_with(const char *const *manifests)
{
    struct world *world = rig_open_with(manifests);
    world->settings.sqs_splitting = true;
    world_mark_all(world);
    return world;
}

static struct world *open_sqs(void)
{
    static const char *const manifests[] = {SERVICE, REGISTRY, NULL};
    return open_with(manifests);
}

/* With one session, which nobody renews and whose document is written. */
static struct world *open_ready(void)
{
    struct world *world = open_sqs();
    world->settings.session_unused_s = 3600;
    rig_session(world, "one", "app-0", SQS("meme"), "");
    rig_wait_session(world, "one", "Ready", 60000);
    rig_run(world, 1000);
    return world;
}

static struct resource_key key_of(const char *name)
{
    struct resource_key key = {.kind = KIND_SQS_SESSION, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return key;
}

static const struct json *sqs_session(struct world *world, const char *name)
{
    const struct resource_key key = key_of(name);
    return store_get(world->store, &key);
}

static const char *status_text(struct world *world, const char *name, const char *member, const char *map,
                               const char *key, const char *end)
{
    return json_text(json_path(sqs_session(world, name), "status", member, map, key, end, NULL));
}

static void wait_gone(struct world *world, const char *name)
{
    for (int64_t end = world->now_ms + 60000; world->now_ms < end && sqs_session(world, name);)
        world_step(world, 200);
    assert_null(sqs_session(world, name));
}

static void delete_it(struct world *world, const char *name)
{
    const struct resource_key key = key_of(name);
    assert_int_equal(store_delete(world->store, &key), 0);
}

/* What the documents of such a session have always said, with the session as its owner. */
static void a_session_has_one_as_long_as_it_lives(void **state)
{
    struct world *world = open_sqs();
    (void)state;
    rig_session(world, "one", "app-0", SQS("*"), ",\"container\":\"main\"");
    for (int i = 0; i < 50 && !json_path(sqs_session(world, "one"), "status", "Starting", NULL); i++)
        world_step(world, 100);
    assert_int_equal(json_count(json_get(sqs_session(world, "one"), "status")), 1);
    assert_true(status_text(world, "one", "Starting", "start_time_utc", NULL, NULL)[0] != '\0');
    rig_wait_session(world, "one", "Ready", 60000);
    rig_run(world, 1000);
    const struct json *document = sqs_session(world, "one"), *spec = json_get(document, "spec");
    assert_string_equal(json_text(json_get(spec, "sessionId")), "one");
    assert_string_equal(json_text(json_path(spec, "queueConsumer", "name", NULL)), "app-0");
    assert_string_equal(json_text(json_path(spec, "queueConsumer", "workloadType", NULL)), "Deployment");
    assert_string_equal(json_text(json_path(spec, "queueConsumer", "container", NULL)), "main");
    assert_string_equal(json_text(json_path(spec, "queueFilters", "meme", "user", NULL)), "^a$");
    const struct json *owner = json_at(json_path(document, "metadata", "ownerReferences", NULL), 0);
    assert_string_equal(json_text(json_get(owner, "kind")), "SplitSession");
    assert_int_equal(json_count(json_get(document, "status")), 1);
    assert_string_equal(status_text(world, "one", "Ready", "queueNames", "meme", "originalName"), "orders-0-1");
    assert_memory_equal(status_text(world, "one", "Ready", "queueNames", "meme", "outputName"), "mirrord-tmp-", 12);
    assert_string_equal(status_text(world, "one", "Ready", "envUpdates", "TOPIC_1", "originalName"),
                        "http://localhost:9324/000000000000/orders-0-1");
    assert_string_equal(status_text(world, "one", "Ready", "envUpdates", "TOPIC_1", "outputName"),
                        rig_variable(rig_status(world, "one"), "TOPIC_1"));
    rig_end_session(world, "one");
    wait_gone(world, "one");
    rig_wait_splits(world, "gone", 600000);
    rig_close(world);
}

/* "kubectl delete mirrordsqssessions" is how people have always ended sessions that are stuck. */
static void deleting_it_ends_the_session(void **state)
{
    struct world *world = open_ready();
    (void)state;
    delete_it(world, "one");
    rig_wait_session(world, "one", "Ended", 120000);
    assert_string_equal(json_text(json_get(rig_status(world, "one"), "endReason")), "Killed");
    assert_null(sqs_session(world, "one"));
    rig_wait_splits(world, "gone", 600000);
    rig_close(world);
}

/* After a start the kinds are listed one after the other, and what is missing may only not have been heard of. */
static void a_restart_gives_it_time_to_be_heard_of(void **state)
{
    struct world *world = open_ready();
    (void)state;
    world_supervisor_crash(world);
    rig_run(world, 5000);
    assert_string_equal(rig_phase(world, "one"), "Ready");
    world->lag_ms = 60000;
    world_supervisor_crash(world);
    delete_it(world, "one");
    rig_run(world, 50000);
    assert_string_equal(rig_phase(world, "one"), "Ready");
    rig_wait_session(world, "one", "Ended", 180000); /* by itself: nothing else happens */
    rig_close(world);
}

static const struct json *temp_of(struct world *world, const char *topic, const char *session)
{
    const struct json *temps = json_path(rig_split(world, topic), "spec", "temporaries", NULL);
    for (size_t i = 0; i < json_count(temps); i++)
        if (strcmp(json_text(json_get(json_at(temps, i), "session")), session) == 0)
            return json_at(temps, i);
    return NULL;
}

/* Of a session with queues of both kinds only the SQS part ends: its routes and queues go, the rest is served as before. */
static void deleting_it_ends_only_the_sqs_part(void **state)
{
    static const char *const manifests[] = {
        SERVICE, REGISTRY, RIG_CONFIG,
        RIG_CONSUMER("con", "", RIG_TOPIC("views", "config", RIG_SOURCE("TOPIC_0"), RIG_GROUP)), NULL};
    struct world *world = open_with(manifests);
    (void)state;
    world->settings.session_unused_s = 3600; /* nobody renews */
    rig_session(world, "both", "app-0", SQS("meme") "," FILTER("views", "a"), "");
    rig_session(world, "other", "app-0", SQS("meme"), "");
    rig_wait_session(world, "both", "Ready", 120000);
    rig_wait_session(world, "other", "Ready", 120000);
    assert_int_equal(world->targets[0].patches, 1); /* W-3 */
    rig_run(world, 1000);
    assert_non_null(temp_of(world, "orders-0-1", "both"));
    assert_non_null(temp_of(world, "orders-0-0", "both"));
    delete_it(world, "both");
    for (int i = 0; i < 600 && temp_of(world, "orders-0-1", "both"); i++)
        world_step(world, 200);
    rig_run(world, 5000);
    assert_null(temp_of(world, "orders-0-1", "both"));
    assert_non_null(temp_of(world, "orders-0-0", "both"));
    assert_non_null(temp_of(world, "orders-0-1", "other"));
    assert_string_equal(rig_phase(world, "both"), "Ready");
    assert_string_equal(json_text(json_get(rig_condition(rig_status(world, "both"), "SQSSession"), "status")),
                        "False");
    assert_null(sqs_session(world, "both"));
    assert_string_equal(rig_phase(world, "other"), "Ready");
    rig_end_session(world, "both");
    rig_end_session(world, "other");
    rig_wait_splits(world, "gone", 600000);
    rig_close(world);
}

static void a_session_that_fails_says_why(void **state)
{
    struct world *world = open_sqs();
    int64_t code = 0;
    (void)state;
    rig_session(world, "one", "app-0", SQS("other"), "");
    rig_wait_session(world, "one", "Failed", 60000);
    rig_run(world, 1000);
    const struct json *error = json_path(sqs_session(world, "one"), "status", "StartError", NULL);
    assert_string_equal(json_text(json_get(error, "reason")), rig_message(world, "one"));
    assert_int_equal(json_int(json_get(error, "statusCode"), &code), 0);
    assert_int_equal(code, 404);
    rig_end_session(world, "one");
    wait_gone(world, "one");
    rig_close(world);
}

static void one_that_is_made_by_hand_does_nothing(void **state)
{
    static const char text[] =
        "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordSQSSession\",\"metadata\":{"
        "\"namespace\":\"default\",\"name\":\"one\"},\"spec\":{\"sessionId\":\"1\",\"queueConsumer\":{\"name\":"
        "\"app-0\",\"workloadType\":\"Deployment\"},\"queueFilters\":{\"meme\":{\"user\":\"b\"}}}}";
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct world *world = open_sqs();
    struct json *document = NULL;
    struct json_error error;
    (void)state;
    assert_int_equal(json_parse(str_of(text), &limits, &document, &error), 0);
    assert_int_equal(store_create(world->store, document), 0);
    world_mark_all(world);
    rig_run(world, 1000);
    const struct json *accepted = rig_condition(json_get(sqs_session(world, "one"), "status"), "Accepted");
    assert_string_equal(json_text(json_get(accepted, "status")), "False");
    assert_string_equal(json_text(json_get(accepted, "reason")), "SessionNotOurs");
    assert_null(rig_split(world, "orders-0-1"));
    rig_session(world, "one", "app-0", SQS("meme"), ""); /* a session of that very name is served without one */
    rig_wait_session(world, "one", "Ready", 60000);
    delete_it(world, "one");
    rig_run(world, 1000);
    assert_string_equal(rig_phase(world, "one"), "Ready");
    rig_close(world);
}

/* A session without SQS queues is none of its matter. */
static void a_session_of_kafka_has_none(void **state)
{
    struct world *world = rig_open(1);
    (void)state;
    world->settings.sqs_splitting = true;
    rig_session(world, "one", "app-0", FILTER("q0", "a"), "");
    rig_wait_session(world, "one", "Ready", 60000);
    assert_null(sqs_session(world, "one"));
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_has_one_as_long_as_it_lives),
        cmocka_unit_test(deleting_it_ends_the_session),
        cmocka_unit_test(a_restart_gives_it_time_to_be_heard_of),
        cmocka_unit_test(deleting_it_ends_only_the_sqs_part),
        cmocka_unit_test(a_session_that_fails_says_why),
        cmocka_unit_test(one_that_is_made_by_hand_does_nothing),
        cmocka_unit_test(a_session_of_kafka_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
