/* MirrordWorkloadQueueRegistry: existing resources are read (C-15, Q-12). */
#include "tests/unit/model/model_fixture.h"

struct decoded {
    struct arena arena;
    struct queue_registry registry;
    struct field_report report;
    struct reason why;
    int result;
};

static void decoded_deinit(struct decoded *decoded) { arena_deinit(&decoded->arena); }

static struct decoded decode(const char *spec)
{
    char text[4096];
    struct decoded decoded = {.arena = ARENA_INIT(MODEL_ARENA_BYTES)};
    const struct split_settings defaults = {
        .restart_timeout_ms = 120000, .drain_timeout_ms = -1, .leftovers = LEFTOVERS_RETURN};

    snprintf(text, sizeof text,
             "apiVersion: \"queues.mirrord.metalbear.co/v1alpha\"\nkind: MirrordWorkloadQueueRegistry\n"
             "metadata:\n  name: meme-app-q-registry\n%s",
             spec);
    struct json *document CLEANUP(json_freep) = model_given(text);
    decoded.result =
        queue_registry_decode(document, &defaults, &decoded.arena, &decoded.registry, &decoded.report, &decoded.why);
    return decoded;
}

#define CONSUMER "spec:\n  consumer: {name: meme-app, container: main, workloadType: Deployment}\n"

static void the_example_that_users_have_is_read_whole(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode(
        "spec:\n  queues:\n"
        "    meme-queue: {queueType: SQS, nameSource: {envVar: INCOMING_MEME_QUEUE_NAME}, tags: {tool: mirrord}}\n"
        "    ad-queue: {queueType: SQS, nameSource: {regexPattern: '^AD_'}, fallbackName: ads, sns: true,\n"
        "               namesFromJsonMap: true, s3Event: false, tags: {stage: 3}}\n"
        "    jobs: {queueType: RMQ, nameSource: {envVar: JOBS}, clusterProperties: rabbit, queueProperties: q}\n"
        "  workloadRestartTimeout: 30\n"
        "  consumer: {name: meme-app, container: main, workloadType: Rollout}\n");
    const struct queue_registry *registry = &decoded.registry;

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_int_equal(decoded.report.unknown_count, 0);
    assert_string_equal(registry->key.namespace, "default");
    assert_string_equal(registry->target_kind, "Rollout");
    assert_string_equal(registry->target_name, "meme-app");
    assert_string_equal(registry->container, "main");
    assert_int_equal(registry->queue_count, 3);
    assert_string_equal(registry->queues[0].id, "meme-queue");
    assert_string_equal(registry->queues[1].type, "SQS");
    assert_string_equal(registry->queues[2].id, "jobs");
    assert_string_equal(registry->queues[2].type, "RMQ");
    assert_int_equal(registry->settings.restart_timeout_ms, 30000);
    assert_int_equal(registry->settings.leftovers, LEFTOVERS_RETURN);
    assert_string_equal(registry->queues[0].variable, "INCOMING_MEME_QUEUE_NAME");
    assert_null(registry->queues[0].pattern);
    assert_null(registry->queues[0].fallback);
    assert_false(registry->queues[0].json_map || registry->queues[0].sns || registry->queues[0].s3_event);
    assert_int_equal(registry->queues[0].tag_count, 1);
    assert_string_equal(registry->queues[0].tags[0].name, "tool");
    assert_string_equal(registry->queues[0].tags[0].value, "mirrord");
    assert_null(registry->queues[1].variable);
    assert_string_equal(registry->queues[1].pattern, "^AD_");
    assert_string_equal(registry->queues[1].fallback, "ads");
    assert_true(registry->queues[1].json_map && registry->queues[1].sns);
    assert_string_equal(registry->queues[1].tags[0].value, "3"); /* a number is read as it is written */
    assert_string_equal(registry->queues[2].cluster_properties, "rabbit");
    assert_string_equal(registry->queues[2].queue_properties, "q");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(registry->queues[i].error.code, REASON_NONE);
}

static void without_container_all_of_them_count(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) =
        decode("spec:\n  consumer: {name: meme-app, workloadType: StatefulSet}\n  queues: {}\n");

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_null(decoded.registry.container);
    assert_int_equal(decoded.registry.queue_count, 0);
    assert_int_equal(decoded.registry.settings.restart_timeout_ms, 120000);
}

/* What has no field is an annotation, as on a topics consumer. */
static void annotations_are_settings(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) =
        decode("  annotations: {sluice.dev/drain-timeout: '600', sluice.dev/leftovers: discard, sluice.dev/overlap: "
               "Reject,\n"
               "                sluice.dev/wait-for-pods: '2', sluice.dev/pin-dependents: 'true', "
               "sluice.dev/autoscaler: ignore}\n" CONSUMER "  queues: {}\n");
    const struct split_settings *settings = &decoded.registry.settings;

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_int_equal(settings->drain_timeout_ms, 600000);
    assert_int_equal(settings->leftovers, LEFTOVERS_DISCARD);
    assert_int_equal(settings->overlap, OVERLAP_REJECT);
    assert_int_equal(settings->wait_for_pods, 2);
    assert_true(settings->pin_dependents && settings->ignore_autoscaler);
}

static void an_error_in_a_queue_stays_with_it(void **state)
{
    static const struct {
        const char *queue, *part;
        enum reason_code code;
    } rows[] = {
        {"{queueType: SQS, nameSource: {envVar: A}, filter: x}", "spec.queues.wrong.filter", REASON_FIELD_UNKNOWN},
        {"{queueType: SQS, nameSource: {secret: A}}", "spec.queues.wrong.nameSource.secret", REASON_FIELD_UNKNOWN},
        {"{queueType: SQS, nameSource: {}}", "exactly one", REASON_FIELD_INVALID},
        {"{queueType: SQS, nameSource: {envVar: A, regexPattern: B}}", "exactly one", REASON_FIELD_INVALID},
        {"{queueType: SQS}", "spec.queues.wrong.nameSource: missing", REASON_FIELD_MISSING},
        {"{queueType: Kafka, nameSource: {envVar: A}}", "spec.queues.wrong.queueType: 'Kafka'", REASON_FIELD_INVALID},
        {"{queueType: SQS, nameSource: {envVar: A}, sns: 'yes'}", "spec.queues.wrong.sns: must be true or false",
         REASON_FIELD_INVALID},
        {"{queueType: SQS, nameSource: {envVar: A}, tags: {a: null}}", "spec.queues.wrong.tags.a",
         REASON_FIELD_INVALID},
        {"null", "spec.queues.wrong: must be an object", REASON_FIELD_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char spec[1024];
        snprintf(spec, sizeof spec,
                 CONSUMER "  queues:\n    wrong: %s\n    right: {queueType: SQS, nameSource: {envVar: A}}\n",
                 rows[i].queue);
        struct decoded decoded CLEANUP(decoded_deinit) = decode(spec);
        assert_int_equal(decoded.result, 0);
        assert_string_equal(decoded.registry.queues[0].id, "wrong");
        assert_reason(&decoded.registry.queues[0].error, rows[i].code, rows[i].part);
        assert_int_equal(decoded.registry.queues[1].error.code, REASON_NONE);
        assert_string_equal(decoded.registry.queues[1].type, "SQS");
    }
}

static void expect_refused(const char *spec, enum reason_code code, const char *part)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode(spec);

    assert_int_equal(decoded.result, RESOURCE_REFUSED);
    assert_reason(&decoded.why, code, part);
}

static void a_wrong_resource_is_refused_with_the_path(void **state)
{
    (void)state;
    expect_refused("spec: {queues: {}}\n", REASON_FIELD_MISSING, "spec.consumer: missing");
    expect_refused("  annotations: {sluice.dev/leftovers: maybe}\n" CONSUMER "  queues: {}\n", REASON_FIELD_INVALID,
                   "metadata.annotations[sluice.dev/leftovers]");
    expect_refused("spec: {queues: {}, consumer: {workloadType: Deployment}}\n", REASON_FIELD_MISSING,
                   "spec.consumer.name: missing");
    expect_refused("spec: {queues: {}, consumer: {name: x, workloadType: Job}}\n", REASON_FIELD_INVALID,
                   "spec.consumer.workloadType: 'Job'");
    expect_refused("spec: {queues: [], consumer: {name: x, workloadType: Job}}\n", REASON_FIELD_INVALID,
                   "spec.queues: must be an object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_that_users_have_is_read_whole),
        cmocka_unit_test(without_container_all_of_them_count),
        cmocka_unit_test(annotations_are_settings),
        cmocka_unit_test(an_error_in_a_queue_stays_with_it),
        cmocka_unit_test(a_wrong_resource_is_refused_with_the_path),
    };

    return cmocka_run_group_tests_name("queue_registry", tests, NULL, NULL);
}
