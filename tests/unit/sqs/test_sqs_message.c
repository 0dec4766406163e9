/* Messages as they come, their sums, and what filters see of them. */
#include "tests/unit/cmocka_all.h"
#include "worker/sqs/answer.h"
#include "worker/sqs/digest.h"
#include "worker/sqs/envelope.h"

static struct delivery *parse(const char *text)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    const struct json *document = NULL;
    struct delivery *delivery = NULL;

    assert_int_equal(json_parse_packed(str_of(text), &limits, &document, &error), 0);
    assert_int_equal(delivery_new_take(document, &delivery), 0);
    return delivery;
}

#define HEAD "{\"MessageId\":\"m1\",\"ReceiptHandle\":\"r1\","

static int read(const char *text, struct message *ret, struct reason *why)
{
    struct delivery *delivery = parse(text);
    int result = message_read(delivery_document(delivery), delivery, ret, why);

    delivery_unref(delivery);
    return result;
}

/* The sum that boto3 and SQS compute for these two: developer guide, "Calculating the MD5 message digest for message attributes". */
static void q6_sums_are_checked(void **state)
{
    struct message message;
    struct reason why;

    (void)state;
    assert_int_equal(read(HEAD "\"Body\":\"hello\",\"MD5OfBody\":\"5d41402abc4b2a76b9719d911017c592\","
                               "\"MessageAttributes\":{\"user\":{\"DataType\":\"String\",\"StringValue\":\"anna\"}},"
                               "\"Attributes\":{\"ApproximateReceiveCount\":\"3\",\"Newer\":\"x\"}}",
                          &message, &why),
                     0);
    assert_int_equal(message.bytes, 5 + 4 + 6 + 4);
    message_deinit(&message);
    assert_int_equal(
        read(HEAD "\"Body\":\"hellO\",\"MD5OfBody\":\"5d41402abc4b2a76b9719d911017c592\"}", &message, &why),
        MESSAGE_REFUSED);
    assert_int_equal(why.code, REASON_MESSAGE_DAMAGED);
    assert_int_equal(read(HEAD "\"Body\":\"x\",\"MD5OfMessageAttributes\":\"00000000000000000000000000000000\","
                               "\"MessageAttributes\":{\"a\":{\"DataType\":\"Number\",\"StringValue\":\"1\"}}}",
                          &message, &why),
                     MESSAGE_REFUSED);
}

/* By hand: lengths as four bytes, name, type, transport type, value; names in order. */
static void q6_the_sum_of_attributes_is_that_of_the_guide(void **state)
{
    const struct message_attribute attributes[] = {{STR("b"), STR("Binary"), STR("AQI=")},
                                                   {STR("a"), STR("String"), STR("x")}};
    static const char bytes[] = "\0\0\0\1a\0\0\0\6String\1\0\0\0\1x\0\0\0\1b\0\0\0\6Binary\2\0\0\0\2\1\2";
    char expected[MD5_TEXT_SIZE], text[MD5_TEXT_SIZE];

    (void)state;
    assert_true(md5_hex((struct str){bytes, sizeof bytes - 1}, expected));
    assert_int_equal(digest_attributes(attributes, 2, text), 0);
    assert_string_equal(text, expected);
}

static void what_cannot_be_forwarded_is_refused(void **state)
{
    struct message message;
    struct reason why;

    (void)state;
    assert_int_equal(read("{\"MessageId\":\"m1\",\"Body\":\"x\"}", &message, &why), MESSAGE_REFUSED);
    assert_int_equal(read(HEAD "\"MessageAttributes\":{\"a\":{\"StringValue\":\"1\"}}}", &message, &why),
                     MESSAGE_REFUSED);
}

static const char *value_of(const struct envelope *envelope, const char *name, size_t number)
{
    for (size_t i = 0; i < envelope->count; i++)
        if (str_equal(envelope->headers[i].name, str_of(name)) && number-- == 0)
            return envelope->headers[i].value.data;
    return "";
}

#define NOTIFICATION(more)                                                                                       \
    "{\\\"Type\\\":\\\"Notification\\\",\\\"TopicArn\\\":\\\"arn:aws:sns:r:1:t\\\",\\\"MessageId\\\":\\\"1\\\"," \
    "\\\"Message\\\":\\\"m\\\",\\\"Timestamp\\\":\\\"t\\\"" more "}"
#define USER(type, value) \
    ",\\\"MessageAttributes\\\":{\\\"user\\\":{\\\"Type\\\":\\\"" type "\\\",\\\"Value\\\":\\\"" value "\\\"}}"

static struct message viewed;
static struct envelope envelope; /* borrows from it */

static void view(const char *text, bool sns)
{
    struct reason why;

    assert_int_equal(read(text, &viewed, &why), 0);
    assert_int_equal(envelope_open(&viewed, sns, &envelope), 0);
}

static void unview(void)
{
    envelope_deinit(&envelope);
    message_deinit(&viewed);
}

#define NATIVE ",\"MessageAttributes\":{\"user\":{\"DataType\":\"String\",\"StringValue\":\"native\"}}}"

static void q10_attributes_of_the_notification_are_seen(void **state)
{
    (void)state;
    view(HEAD "\"Body\":\"" NOTIFICATION(USER("String", "anna")) "\"" NATIVE, true);
    assert_int_equal(envelope.count, 1);
    assert_memory_equal(value_of(&envelope, "user", 0), "anna", 4);
    unview();
    view(HEAD "\"Body\":\"" NOTIFICATION(USER("Binary", "AAE=")) "\"}", true);
    assert_memory_equal(value_of(&envelope, "user", 0), "\0\1", 2);
    unview();
    view(HEAD "\"Body\":\"" NOTIFICATION(USER("String.Array", "[\\\\\\\"zoe\\\\\\\",7,\\\\\\\"anna\\\\\\\"]")) "\"}",
         true);
    assert_int_equal(envelope.count, 2);
    assert_memory_equal(value_of(&envelope, "user", 1), "anna", 4);
    unview();
}

static void case9_what_only_looks_like_an_envelope_is_a_body(void **state)
{
    (void)state;
    view(HEAD "\"Body\":\"{\\\"Type\\\":\\\"Notification\\\"" USER("String", "anna") "}\"" NATIVE, true);
    assert_memory_equal(value_of(&envelope, "user", 0), "native", 6);
    unview();
    view(HEAD "\"Body\":\"" NOTIFICATION(USER("String", "anna")) "\"" NATIVE, false);
    assert_memory_equal(value_of(&envelope, "user", 0), "native", 6);
    unview();
}

static void answers_of_batches_are_read_by_their_ids(void **state)
{
    struct delivery *answer = parse("{\"Successful\":[{\"Id\":\"2\",\"MD5OfMessageBody\":\"abc\"},{\"Id\":\"7\"}],"
                                    "\"Failed\":[{\"Id\":\"0\",\"Code\":\"InternalError\",\"SenderFault\":false},"
                                    "{\"Id\":\"1\",\"Code\":\"InvalidMessageContents\",\"SenderFault\":true}]}");
    struct answer_entry entries[4];

    (void)state;
    answer_batch_read(delivery_document(answer), entries, 4);
    assert_false(entries[0].sent || entries[0].sender_fault);
    assert_true(entries[1].sender_fault);
    assert_true(entries[2].sent);
    assert_false(entries[3].sent || entries[3].sender_fault); /* no word of it: not delivered */
    delivery_unref(answer);
}

static void attributes_of_queues_are_read(void **state)
{
    struct delivery *answer =
        parse("{\"Attributes\":{\"QueueArn\":\"arn:aws:sqs:eu-north-1:314159265359:q\","
              "\"ApproximateNumberOfMessages\":\"3\","
              "\"ApproximateNumberOfMessagesNotVisible\":\"2\",\"ApproximateNumberOfMessagesDelayed\":\"1\","
              "\"RedrivePolicy\":\"{\\\"maxReceiveCount\\\":\\\"2\\\"}\"}}");
    struct delivery *wrong = parse("{\"Attributes\":{\"QueueArn\":\"arn:aws:sqs:x\"}}");
    struct answer_queue queue;

    (void)state;
    assert_int_equal(answer_queue_read(delivery_document(answer), &queue), 0);
    assert_string_equal(queue.account, "314159265359");
    assert_string_equal(queue.region, "eu-north-1");
    assert_int_equal(proof_sum(&queue.counts), 6);
    assert_int_equal(queue.receive_count_max, 2);
    assert_true(queue.counted);
    assert_int_equal(answer_queue_read(delivery_document(wrong), &queue), -EINVAL);
    delivery_unref(answer);
    delivery_unref(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(q6_sums_are_checked),
        cmocka_unit_test(q6_the_sum_of_attributes_is_that_of_the_guide),
        cmocka_unit_test(what_cannot_be_forwarded_is_refused),
        cmocka_unit_test(q10_attributes_of_the_notification_are_seen),
        cmocka_unit_test(case9_what_only_looks_like_an_envelope_is_a_body),
        cmocka_unit_test(answers_of_batches_are_read_by_their_ids),
        cmocka_unit_test(attributes_of_queues_are_read),
    };

    return cmocka_run_group_tests_name("sqs_message", tests, NULL, NULL);
}
