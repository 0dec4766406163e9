/* Temporary queues as likenesses of the original. */
#include "tests/unit/cmocka_all.h"
#include "worker/sqs/clone.h"
#include "worker/sqs/policy.h"
#include <stdio.h>

static struct json *parse(const char *text)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *document = NULL;

    assert_int_equal(json_parse(str_of(text), &limits, &document, &error), 0);
    return document;
}

static const char *const original =
    "{\"VisibilityTimeout\":\"77\",\"DelaySeconds\":\"9\",\"MessageRetentionPeriod\":\"60\",\"MaximumMessageSize\":"
    "\"1048576\",\"FifoQueue\":\"true\",\"KmsMasterKeyId\":\"key\",\"SqsManagedSseEnabled\":\"false\",\"Unknown\":"
    "\"x\","
    "\"CreatedTimestamp\":\"1\",\"RedrivePolicy\":\"{}\",\"RedriveAllowPolicy\":\"{}\","
    "\"Policy\":\"{\\\"Resource\\\":\\\"arn:aws:sqs:r:1:orders\\\",\\\"Sid\\\":\\\"orders of "
    "arn:aws:sqs:r:1:orders-2\\\"}\"}";

static struct json *likeness(bool fallback, const char *const *without)
{
    struct json *source = parse(original), *made = NULL;
    struct clone_want want = {
        .original = source, .original_name = "orders", .name = "mirrord-1", .fallback = fallback, .without = without};

    assert_int_equal(clone_attributes(&want, &made), 0);
    json_free(source);
    return made;
}

static void q7_what_must_differ_differs(void **state)
{
    struct json *made = likeness(true, NULL);

    (void)state;
    assert_string_equal(json_text(json_get(made, "VisibilityTimeout")), "77");
    assert_string_equal(json_text(json_get(made, "DelaySeconds")), "0");
    assert_string_equal(json_text(json_get(made, "MessageRetentionPeriod")), "345600");
    assert_string_equal(json_text(json_get(made, "MaximumMessageSize")), "1048576");
    assert_string_equal(json_text(json_get(made, "KmsMasterKeyId")), "key");
    assert_null(json_get(made, "SqsManagedSseEnabled")); /* never both */
    assert_null(json_get(made, "Unknown"));
    assert_null(json_get(made, "RedriveAllowPolicy"));
    assert_non_null(json_get(made, "RedrivePolicy"));
    assert_string_equal(
        json_text(json_get(made, "Policy")),
        "{\"Resource\":\"arn:aws:sqs:r:1:mirrord-1\",\"Sid\":\"orders of arn:aws:sqs:r:1:orders-2\"}");
    json_free(made);
    made = likeness(false, NULL);
    assert_null(json_get(made, "RedrivePolicy"));
    json_free(made);
}

static void rewritten(const char *policy, const char *expected)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(POLICY_BYTES_MAX);

    assert_int_equal(policy_rewrite(str_of(policy), "orders", "mirrord-1", &buf), 0);
    assert_string_equal(buf.data, expected);
}

static void q7_only_the_queue_has_another_name_in_its_policy(void **state)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(POLICY_BYTES_MAX);

    (void)state;
    rewritten("{\"Statement\":[{\"Action\":\"sqs:orders\",\"Resource\":[\"arn:aws-cn:sqs:*:*:orders\",\"arn:aws:sqs:"
              "r:1:orders2\"],"
              "\"Condition\":{\"ArnEquals\":{\"aws:SourceArn\":\"arn:aws:sns:r:1:orders\"}},\"n\":[null,true,7]}]}",
              "{\"Statement\":[{\"Action\":\"sqs:orders\",\"Resource\":[\"arn:aws-cn:sqs:*:*:mirrord-1\",\"arn:aws:"
              "sqs:r:1:orders2\"],"
              "\"Condition\":{\"ArnEquals\":{\"aws:SourceArn\":\"arn:aws:sns:r:1:orders\"}},\"n\":[null,true,7]}]}");
    assert_int_equal(policy_rewrite(STR("arn:aws:sqs:r:1:orders"), "orders", "mirrord-1", &buf), POLICY_REFUSED);
}

static void q7_what_is_refused_is_left_out_one_by_one(void **state)
{
    const char *without[] = {"Policy", NULL};
    struct json *made = likeness(true, without);
    size_t given_up = 0;

    (void)state;
    assert_null(json_get(made, "Policy"));
    assert_string_equal(clone_suspect(made, "Invalid value for the parameter KmsMasterKeyId."), "KmsMasterKeyId");
    for (const char *suspect; (suspect = clone_suspect(made, "")); given_up++)
        json_delete(made, suspect);
    assert_true(given_up >= 4);
    assert_non_null(json_get(made, "FifoQueue")); /* never given up: it would be another kind of queue */
    json_free(made);
}

static void q7_tags_are_those_of_the_original_and_ours_over_them(void **state)
{
    struct json *source = parse("{\"env\":\"prod\",\"team\":\"old\",\"aws:cloudformation:stack\":\"x\"}");
    struct json *configured = parse("{\"team\":\"shop\"}"), *tags = NULL;
    size_t left_out = 7;

    (void)state;
    assert_int_equal(clone_tags(source, configured, &tags, &left_out), 0);
    assert_int_equal(json_count(tags), 2);
    assert_string_equal(json_text(json_get(tags, "team")), "shop");
    assert_int_equal(left_out, 0);
    json_free(tags);
    assert_int_equal(clone_tags(NULL, NULL, &tags, &left_out), 0);
    assert_int_equal(json_count(tags), 0);
    json_free(tags);
    json_free(source);
    json_free(configured);
}

static void q7_tags_that_are_too_many_are_the_originals(void **state)
{
    struct json *source = json_new_object(), *configured = parse("{\"team\":\"shop\",\"t0\":\"ours\"}"), *tags = NULL;
    size_t left_out = 0;
    char name[8];

    (void)state;
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(json_set_text(source, name, "x"), 0);
    }
    assert_int_equal(clone_tags(source, configured, &tags, &left_out), 0);
    assert_int_equal(json_count(tags), CLONE_TAGS_MAX);
    assert_int_equal(left_out, 1);
    assert_string_equal(json_text(json_get(tags, "team")), "shop");
    assert_string_equal(json_text(json_get(tags, "t0")), "ours");
    assert_null(json_get(tags, "t49"));
    json_free(tags);
    json_free(source);
    json_free(configured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(q7_what_must_differ_differs),
        cmocka_unit_test(q7_only_the_queue_has_another_name_in_its_policy),
        cmocka_unit_test(q7_what_is_refused_is_left_out_one_by_one),
        cmocka_unit_test(q7_tags_are_those_of_the_original_and_ours_over_them),
        cmocka_unit_test(q7_tags_that_are_too_many_are_the_originals),
    };

    return cmocka_run_group_tests_name("sqs_clone", tests, NULL, NULL);
}
