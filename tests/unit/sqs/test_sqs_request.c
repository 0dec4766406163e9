/* Requests are JSON of the form that SQS's API reference has, whatever the message holds. */
#include "tests/unit/cmocka_all.h"
#include "worker/sqs/request.h"
#include "worker/sqs/spec.h"

static struct json *parse(const struct buf *buf)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *document = NULL;

    assert_int_equal(json_parse(buf_str(buf), &limits, &document, &error), 0);
    return document;
}

static void entries_carry_everything_and_our_stamps(void **state)
{
    struct message message = {
        .body = STR("a \"b\"\n/"),
        .group = STR("g"),
        .trace = STR("Root=1"),
        .attributes = {{STR("n"), STR("Number"), STR("5")}, {STR("b"), STR("Binary"), STR("AQI=")}},
        .attribute_count = 2};
    struct request_entry entry = {.message = &message, .stamp = "k", .dedup_stamp = STR("d0"), .dedup = "d1"};
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct json *document;
    const struct json *found, *attributes;

    (void)state;
    assert_int_equal(request_send_begin(&buf, "http://x/1/q"), 0);
    assert_int_equal(request_send_add(&buf, 0, &entry), 0);
    message.attribute_count = 0;
    message.trace = STR("");
    entry = (struct request_entry){.message = &message, .stamp = "", .dedup = ""};
    assert_int_equal(request_send_add(&buf, 1, &entry), 0);
    assert_int_equal(request_send_end(&buf), 0);
    document = parse(&buf);
    found = json_at(json_get(document, "Entries"), 0);
    attributes = json_get(found, "MessageAttributes");
    assert_string_equal(json_text(json_get(found, "MessageBody")), "a \"b\"\n/");
    assert_string_equal(json_text(json_get(found, "MessageDeduplicationId")), "d1");
    assert_string_equal(json_text(json_path(attributes, "b", "BinaryValue", NULL)), "AQI=");
    assert_string_equal(json_text(json_path(attributes, "mirrord-key", "StringValue", NULL)), "k");
    assert_string_equal(json_text(json_path(attributes, "mirrord-dedup-id", "StringValue", NULL)), "d0");
    assert_string_equal(json_text(json_path(found, "MessageSystemAttributes", "AWSTraceHeader", "StringValue", NULL)),
                        "Root=1");
    assert_null(json_get(json_at(json_get(document, "Entries"), 1), "MessageAttributes"));
    json_free(document);
}

static void the_other_calls_are_json_too(void **state)
{
    struct request_receive receive = {.url = "u", .count = 3, .wait_s = 20, .visibility_s = 9, .attempt = "a"};
    struct str receipts[] = {STR("r\"1"), STR("r2")};
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct json *document;
    int64_t number = 0;

    (void)state;
    assert_int_equal(request_receive(&buf, &receive), 0);
    document = parse(&buf);
    assert_int_equal(json_int(json_get(document, "VisibilityTimeout"), &number), 0);
    assert_int_equal(number, 9);
    assert_string_equal(json_text(json_get(document, "ReceiveRequestAttemptId")), "a");
    json_free(document);
    assert_int_equal(request_visibility(&buf, "u", receipts, 2, 30), 0);
    document = parse(&buf);
    assert_string_equal(json_text(json_get(json_at(json_get(document, "Entries"), 0), "ReceiptHandle")), "r\"1");
    json_free(document);
    assert_int_equal(request_create(&buf, "q", NULL, NULL), 0);
    document = parse(&buf);
    assert_int_equal(json_count(document), 1);
    json_free(document);
}

static void a_specification_is_read_or_refused_by_field(void **state)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(1000);
    struct sqs_spec spec;
    struct reason why;
    struct json *document;

    (void)state;
    assert_int_equal(
        buf_printf(&buf, "{\"queue\":{\"name\":\"a.fifo\"},\"visibilitySeconds\":7,\"leftovers\":\"return\"}"), 0);
    document = parse(&buf);
    assert_int_equal(sqs_spec_read(document, &spec, &why), 0);
    assert_true(spec.fifo);
    assert_int_equal(spec.visibility_s, 7);
    assert_int_equal(spec.delete_proof_s, SQS_DELETE_PROOF_S);
    assert_int_equal(spec.leftovers, SPEC_LEFTOVERS_RETURN);
    json_free(document);
    buf_clear(&buf);
    assert_int_equal(buf_printf(&buf, "{\"queue\":{\"name\":\"a\"},\"visibilitySeconds\":-1}"), 0);
    document = parse(&buf);
    assert_int_equal(sqs_spec_read(document, &spec, &why), SPEC_REFUSED);
    assert_non_null(strstr(why.text, "visibilitySeconds"));
    json_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_carry_everything_and_our_stamps),
        cmocka_unit_test(the_other_calls_are_json_too),
        cmocka_unit_test(a_specification_is_read_or_refused_by_field),
    };

    return cmocka_run_group_tests_name("sqs_request", tests, NULL, NULL);
}
