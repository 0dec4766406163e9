/* MirrordKafkaTopicsConsumer: existing resources work unchanged (C-15), mistakes are told where they are. */
#include "tests/unit/model/model_fixture.h"

#define HEAD                                                                              \
    "apiVersion: queues.mirrord.metalbear.co/v1alpha\nkind: MirrordKafkaTopicsConsumer\n" \
    "metadata: {name: meme-app-topics, namespace: meme%s}\n"
#define WORKLOAD "spec:\n  consumerApiVersion: apps/v1\n  consumerKind: Deployment\n  consumerName: meme-app\n"
#define TOPIC                                                                                    \
    "  - id: views-topic\n    clientConfig: base-config\n"                                       \
    "    groupIdSources:\n    - directEnvVar: {container: consumer, variable: KAFKA_GROUP_ID}\n" \
    "    nameSources:\n    - directEnvVar: {container: consumer, variable: KAFKA_TOPIC_NAME}\n"

static const struct split_settings defaults = {
    .restart_timeout_ms = 60000, .ttl_ms = 5000, .drain_timeout_ms = -1, .wait_for_pods = -1};

struct decoded {
    struct arena arena;
    struct kafka_topics_consumer consumer;
    struct field_report report;
    struct reason why;
    int result;
};

static void decoded_deinit(struct decoded *decoded) { arena_deinit(&decoded->arena); }

/* annotations: ", annotations: {...}" inside metadata, or "". */
static struct decoded decode(const char *annotations, const char *rest)
{
    char text[8192];
    struct decoded decoded = {.arena = ARENA_INIT(MODEL_ARENA_BYTES)};

    snprintf(text, sizeof text, HEAD "%s", annotations, rest);
    struct json *document CLEANUP(json_freep) = model_given(text);
    decoded.result = kafka_topics_consumer_decode(document, &defaults, &decoded.arena, &decoded.consumer,
                                                  &decoded.report, &decoded.why);
    return decoded;
}

static void the_example_that_users_have_is_read_whole(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode("", WORKLOAD "  topics:\n" TOPIC);
    const struct kafka_topics_consumer *consumer = &decoded.consumer;
    const struct kafka_topic *topic = consumer->topics;

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_int_equal(decoded.report.unknown_count, 0);
    assert_string_equal(consumer->key.namespace, "meme");
    assert_string_equal(consumer->key.name, "meme-app-topics");
    assert_string_equal(consumer->target_kind, "Deployment");
    assert_string_equal(consumer->target_name, "meme-app");
    assert_int_equal(consumer->settings.restart_timeout_ms, 60000);
    assert_int_equal(consumer->settings.ttl_ms, 5000); /* the operator's */
    assert_int_equal(consumer->topic_count, 1);
    assert_string_equal(topic->id, "views-topic");
    assert_string_equal(topic->client_config, "base-config");
    assert_int_equal(topic->error.code, REASON_NONE);
    assert_int_equal(topic->name_count, 1);
    assert_string_equal(topic->names[0].container, "consumer");
    assert_string_equal(topic->names[0].variable, "KAFKA_TOPIC_NAME");
    assert_null(topic->names[0].fallback);
    assert_int_equal(topic->group_count, 1);
    assert_string_equal(topic->groups[0].variable, "KAFKA_GROUP_ID");
    assert_int_equal(topic->application_count, 0);
}

static void times_fallbacks_and_annotations_are_read(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) =
        decode(", annotations: {sluice.dev/drain-timeout: '30', sluice.dev/leftovers: return, "
               "sluice.dev/auto-offset-reset: earliest, sluice.dev/overlap: Reject, sluice.dev/wait-for-pods: '2', "
               "sluice.dev/pin-dependents: 'true', sluice.dev/autoscaler: ignore}",
               WORKLOAD "  consumerRestartTimeout: 90\n  splitTtl: 7\n  topics:\n"
                        "  - id: t\n    clientConfig: c\n    nameSources:\n"
                        "    - directEnvVar: {container: a, variable: V, fallback: views}\n"
                        "    - directEnvVar: {container: b, variable: W}\n");
    const struct split_settings *settings = &decoded.consumer.settings;

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_int_equal(settings->restart_timeout_ms, 90000);
    assert_int_equal(settings->ttl_ms, 7000);
    assert_int_equal(settings->drain_timeout_ms, 30000);
    assert_int_equal(settings->leftovers, LEFTOVERS_RETURN);
    assert_true(settings->offset_reset_earliest);
    assert_int_equal(settings->overlap, OVERLAP_REJECT);
    assert_int_equal(settings->wait_for_pods, 2);
    assert_true(settings->pin_dependents);
    assert_true(settings->ignore_autoscaler);
    assert_string_equal(decoded.consumer.topics[0].names[0].fallback, "views");
    assert_int_equal(decoded.consumer.topics[0].name_count, 2);
    assert_int_equal(decoded.consumer.topics[0].group_count, 0); /* GroupUndeclared is the session's affair */
}

static void a_ttl_of_zero_is_not_the_same_as_none(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode("", WORKLOAD "  splitTtl: 0\n  topics: []\n");

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_int_equal(decoded.consumer.settings.ttl_ms, 0);
}

static void unknown_fields_warn_and_in_a_source_they_are_errors(void **state)
{
    struct decoded warned CLEANUP(decoded_deinit) =
        decode("", WORKLOAD "  colour: red\n  nested: {deeper: 1}\n  topics:\n" TOPIC "surplus: 1\n");

    (void)state;
    assert_int_equal(warned.result, 0);
    assert_int_equal(warned.report.unknown_count, 3);
    assert_string_equal(warned.report.unknown[0], "spec.colour");
    assert_string_equal(warned.report.unknown[1], "spec.nested");
    assert_string_equal(warned.report.unknown[2], "surplus");
    assert_int_equal(warned.consumer.topics[0].error.code, REASON_NONE);
}

/* One wrong topic beside a right one: the right one is usable. */
static void expect_topic_error(const char *topic, enum reason_code code, const char *part)
{
    char text[4096];

    snprintf(text, sizeof text, WORKLOAD "  topics:\n%s" TOPIC, topic);
    struct decoded decoded CLEANUP(decoded_deinit) = decode("", text);
    if (decoded.result)
        fail_msg("refused: %s", decoded.why.text);
    assert_int_equal(decoded.consumer.topic_count, 2);
    assert_reason(&decoded.consumer.topics[0].error, code, part);
    assert_int_equal(decoded.consumer.topics[1].error.code, REASON_NONE);
    assert_int_equal(decoded.consumer.topics[1].name_count, 1);
}

static void an_error_in_a_topic_stays_with_it(void **state)
{
    static const struct {
        const char *topic, *part;
        enum reason_code code;
    } rows[] = {
        {"  - {id: x, clientConfig: c, nameSources: [], colour: red}\n", "spec.topics[0].colour",
         REASON_FIELD_UNKNOWN},
        {"  - {id: x, clientConfig: c, nameSources: [{configMap: {name: a}}]}\n",
         "spec.topics[0].nameSources[0].directEnvVar", REASON_FIELD_MISSING},
        {"  - {id: x, clientConfig: c, nameSources: [{directEnvVar: {container: a, variable: b, key: c}}]}\n",
         "spec.topics[0].nameSources[0].directEnvVar.key", REASON_FIELD_UNKNOWN},
        {"  - {id: x, clientConfig: c, nameSources: [{directEnvVar: {container: a, variable: b}, "
         "directEnvVar.container: d}]}\n",
         "directEnvVar.container: unknown", REASON_FIELD_UNKNOWN},
        {"  - {id: x, clientConfig: c, nameSources: [null]}\n", "spec.topics[0].nameSources[0]: must be an object",
         REASON_FIELD_INVALID},
        {"  - {id: x, clientConfig: c, nameSources: []}\n", "spec.topics[0].nameSources: must name a variable",
         REASON_FIELD_MISSING},
        {"  - {id: x, clientConfig: c}\n", "spec.topics[0].nameSources: missing", REASON_FIELD_MISSING},
        {"  - {id: x, clientConfig: c, nameSource: []}\n",
         "spec.topics[0].nameSources: missing; nameSource is no known field of it", REASON_FIELD_MISSING},
        {"  - {id: x, nameSources: []}\n", "spec.topics[0].clientConfig: missing", REASON_FIELD_MISSING},
        {"  - {id: x, clientConfig: 7, nameSources: []}\n", "spec.topics[0].clientConfig: must be a string",
         REASON_FIELD_INVALID},
        {"  - {id: x, clientConfig: '', nameSources: []}\n", "spec.topics[0].clientConfig: must not be empty",
         REASON_FIELD_INVALID},
        {"  - {id: {a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}, clientConfig: c, "
         "nameSources: []}\n",
         "spec.topics[0].id: must be a string", REASON_FIELD_INVALID},
        {"  - null\n", "spec.topics[0]: must be an object", REASON_FIELD_INVALID},
        {"  - {id: x, clientConfig: c, nameSources: [{directEnvVar: {container: a, variable: b}}], "
         "groupIdSources: [{directEnvVar: {container: a, variable: g}}], "
         "applicationIdSources: [{directEnvVar: {container: a, variable: g}}]}\n",
         "exclude each other", REASON_FIELD_INVALID},
        {"  - {id: x, clientConfig: c, nameSources: [{directEnvVar: {container: a, variable: b}}], "
         "applicationIdSources: [{directEnvVar: {container: a, variable: g}}]}\n",
         "spec.topics[0].applicationIdSources", REASON_NOT_YET_SUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_topic_error(rows[i].topic, rows[i].code, rows[i].part);
}

static void expect_refused(const char *annotations, const char *rest, enum reason_code code, const char *part)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode(annotations, rest);

    assert_int_equal(decoded.result, RESOURCE_REFUSED);
    assert_reason(&decoded.why, code, part);
}

static void a_wrong_resource_is_refused_with_the_path(void **state)
{
    (void)state;
    expect_refused("", "spec: 7\n", REASON_FIELD_INVALID, "spec: must be an object");
    expect_refused("", "status: {}\n", REASON_FIELD_MISSING, "spec: missing");
    expect_refused("", WORKLOAD, REASON_FIELD_MISSING, "spec.topics: missing");
    expect_refused("", WORKLOAD "  topics: {}\n", REASON_FIELD_INVALID, "spec.topics: must be a list");
    expect_refused("", WORKLOAD "  splitTtl: -1\n  topics: []\n", REASON_FIELD_INVALID,
                   "spec.splitTtl: must be a whole");
    expect_refused("", WORKLOAD "  splitTtl: 1.5\n  topics: []\n", REASON_FIELD_INVALID, "spec.splitTtl");
    expect_refused("", WORKLOAD "  splitTtl: '5'\n  topics: []\n", REASON_FIELD_INVALID, "spec.splitTtl");
    expect_refused("", WORKLOAD "  consumerRestartTimeout: 86401\n  topics: []\n", REASON_FIELD_INVALID,
                   "spec.consumerRestartTimeout: greater than the limit of 86400");
    expect_refused("", "spec: {consumerApiVersion: apps/v1, consumerKind: DaemonSet, consumerName: x, topics: []}\n",
                   REASON_FIELD_INVALID, "spec.consumerKind: 'DaemonSet'");
    expect_refused("", WORKLOAD "  topics:\n" TOPIC TOPIC, REASON_FIELD_INVALID, "spec.topics[1].id: 'views-topic'");
    expect_refused(", annotations: {sluice.dev/leftovers: burn}", WORKLOAD "  topics: []\n", REASON_FIELD_INVALID,
                   "sluice.dev/leftovers");
    expect_refused(", annotations: {sluice.dev/drain-timeout: 30}", WORKLOAD "  topics: []\n", REASON_FIELD_INVALID,
                   "must be a string");
}

static void every_kind_of_target_is_accepted(void **state)
{
    static const char *const kinds[] = {"Deployment", "StatefulSet", "Rollout", "LocalService"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "spec: {consumerApiVersion: x/v1, consumerKind: %s, consumerName: x, topics: []}\n", kinds[i]);
        struct decoded decoded CLEANUP(decoded_deinit) = decode("", text);
        assert_int_equal(decoded.result, 0);
        assert_string_equal(decoded.consumer.target_kind, kinds[i]);
    }
}

/* S-10 */
static void topics_are_limited_and_so_is_memory(void **state)
{
    char text[8192] = WORKLOAD "  topics: [";
    struct arena small CLEANUP(arena_deinit) = ARENA_INIT(64);
    struct kafka_topics_consumer consumer;
    struct field_report report;
    struct reason why;

    (void)state;
    for (int i = 0; i < 65; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "{},");
    snprintf(text + strlen(text), sizeof text - strlen(text), "]\n");
    expect_refused("", text, REASON_FIELD_INVALID, "spec.topics: greater than the limit of 64");
    struct json *document CLEANUP(json_freep) =
        model_given("{apiVersion: queues.mirrord.metalbear.co/v1alpha, kind: MirrordKafkaTopicsConsumer, metadata: "
                    "{name: a}, spec: {}}");
    assert_int_equal(kafka_topics_consumer_decode(document, &defaults, &small, &consumer, &report, &why), -ENOBUFS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_that_users_have_is_read_whole),
        cmocka_unit_test(times_fallbacks_and_annotations_are_read),
        cmocka_unit_test(a_ttl_of_zero_is_not_the_same_as_none),
        cmocka_unit_test(unknown_fields_warn_and_in_a_source_they_are_errors),
        cmocka_unit_test(an_error_in_a_topic_stays_with_it),
        cmocka_unit_test(a_wrong_resource_is_refused_with_the_path),
        cmocka_unit_test(every_kind_of_target_is_accepted),
        cmocka_unit_test(topics_are_limited_and_so_is_memory),
    };

    return cmocka_run_group_tests_name("kafka_topics_consumer", tests, NULL, NULL);
}
