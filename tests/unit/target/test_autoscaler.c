/* Autoscalers that scale by the split queue are pointed to the temporary one and back (C-19). */
#include "supervisor/target/autoscaler.h"
#include "tests/unit/target/patch_given.h"

static const struct autoscaler_name names[] = {{"orders", TEMP}};

/* true: something was changed. */
static bool point(struct json *autoscaler, size_t count)
{
    struct json *operations CLEANUP(json_freep) = NULL;
    struct json_error error;
    struct reason why;
    if (autoscaler_patch(autoscaler, names, count, &operations, &why) != 0)
        fail_msg("%s", why.text);
    if (operations && json_patch(autoscaler, operations, &error) != 0)
        fail_msg("%s", error.text);
    return operations != NULL;
}

#define HEAD "metadata: {name: h, uid: u1}\nspec:\n  scaleTargetRef: {kind: Deployment, name: shop}\n"

static void what_names_the_queue_is_pointed_and_given_back(void **state)
{
    static const struct {
        const char *spec;
        bool changes;
        const char *has; /* afterwards */
    } rows[] = {
        {"  metrics: [{type: External, external: {metric: {name: lag, selector: {matchLabels: {topic: orders, a/b: "
         "orders, "
         "group: billing}}}}}]\n",
         true, "\"a/b\":\"" TEMP "\",\"group\":\"billing\""},
        {"  metrics: [{type: External, external: {metric: {name: lag, selector: {matchLabels: {topic: others}}}}}]\n",
         false, "others"},
        {"  metrics: [{type: Resource, resource: {name: cpu}}]\n", false, "cpu"},
        {"  triggers: [{type: cron, metadata: {start: x}}, {type: kafka, metadata: {topic: orders, consumerGroup: "
         "billing}}]\n",
         true, "\"topic\":\"" TEMP "\",\"consumerGroup\":\"billing\""},
        {"  triggers: [{type: aws-sqs-queue, metadata: {queueURL: 'https://sqs.eu/123/orders'}}]\n", true,
         "https://sqs.eu/123/" TEMP},
        {"  triggers: [{type: kafka, metadata: {topicFromEnv: TOPIC}}]\n", false, "TOPIC"},
        {"  triggers: [{type: kafka, metadata: {topic: more-orders}}]\n", false, "more-orders"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, HEAD "%s", rows[i].spec);
        struct json *before CLEANUP(json_freep) = given(text), *autoscaler CLEANUP(json_freep) = given(text);
        assert_int_equal(point(autoscaler, 1), rows[i].changes);
        char *after CLEANUP(cleanup_freep) = written(json_get(autoscaler, "spec"));
        assert_non_null(strstr(after, rows[i].has));
        assert_false(point(autoscaler, 1));
        assert_int_equal(point(autoscaler, 0), rows[i].changes);
        assert_same(json_get(autoscaler, "spec"), json_get(before, "spec"));
        assert_false(point(autoscaler, 0));
    }
}

static void what_others_change_stays(void **state)
{
    struct json *autoscaler CLEANUP(json_freep) = given(
        HEAD
        "  triggers: [{type: kafka, metadata: {topic: orders}}, {type: kafka, metadata: {topic: orders, x: 'y'}}]\n");
    struct json *change CLEANUP(json_freep) = given(
        "[{op: replace, path: /spec/triggers/1/metadata/topic, value: theirs}, {op: add, path: /spec/triggers/0, "
        "value: {type: cron, metadata: {}}}]");
    struct json_error error;
    (void)state;
    assert_true(point(autoscaler, 1));
    assert_int_equal(json_patch(autoscaler, change, &error), 0);
    assert_true(point(autoscaler, 0));
    char *after CLEANUP(cleanup_freep) = written(json_path(autoscaler, "spec", "triggers", NULL));
    assert_string_equal(
        after, "[{\"type\":\"cron\",\"metadata\":{}},{\"type\":\"kafka\",\"metadata\":{\"topic\":\"orders\"}},"
               "{\"type\":\"kafka\",\"metadata\":{\"topic\":\"theirs\",\"x\":\"y\"}}]");
}

static void a_metric_of_that_name_is_refused(void **state)
{
    struct json *autoscaler CLEANUP(json_freep) =
        given(HEAD "  metrics: [{type: External, external: {metric: {name: lag_orders}}}]\n");
    struct json *operations CLEANUP(json_freep) = NULL;
    struct reason why;
    (void)state;
    assert_int_equal(autoscaler_patch(autoscaler, names, 1, &operations, &why), AUTOSCALER_REFUSED);
    assert_int_equal(why.code, REASON_AUTOSCALER_CONFLICT);
    assert_non_null(strstr(why.text, "lag_orders"));
    assert_false(point(autoscaler, 0)); /* ignored, or restored */
}

static void only_its_own_autoscalers_are_touched(void **state)
{
    static const struct {
        const char *autoscaler;
        bool is;
    } rows[] = {
        {"spec: {scaleTargetRef: {kind: Deployment, name: shop}}", true},
        {"spec: {scaleTargetRef: {name: shop}}", true},
        {"spec: {scaleTargetRef: {kind: StatefulSet, name: shop}}", false},
        {"spec: {scaleTargetRef: {kind: Deployment, name: other}}", false},
        {"metadata: {ownerReferences: [{kind: ScaledObject, name: s}]}\nspec: {scaleTargetRef: {kind: Deployment, "
         "name: shop}}",
         false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *autoscaler CLEANUP(json_freep) = given(rows[i].autoscaler);
        assert_int_equal(autoscaler_is_of(autoscaler, KIND_DEPLOYMENT, "shop"), rows[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_names_the_queue_is_pointed_and_given_back),
        cmocka_unit_test(what_others_change_stays),
        cmocka_unit_test(a_metric_of_that_name_is_refused),
        cmocka_unit_test(only_its_own_autoscalers_are_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
