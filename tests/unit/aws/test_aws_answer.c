/* What refusals and answers with keys say (S-10). */
#include "common/aws/answer.h"
#include "common/aws/provider.h"
#include "common/aws/xml.h"
#include "tests/unit/cmocka_all.h"

static void assert_error(const char *body, const char *query_error, const char *code, const char *message)
{
    struct aws_error error;

    aws_error_read(str_of(body), query_error, &error);
    assert_string_equal(error.code, code);
    assert_string_equal(error.message, message);
}

static void json_says_type_and_message(void **state)
{
    (void)state;
    assert_error("{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"gone\"}", NULL,
                 "QueueDoesNotExist", "gone");
    assert_error("{\"__type\":\"QueueDoesNotExist:http://x/\",\"Message\":\"gone\"}", NULL, "QueueDoesNotExist",
                 "gone");
    assert_error("{\"code\":\"a.b#C\",\"errorMessage\":\"x\\u0000y\"}", NULL, "C", "");
    assert_error("{\"__type\":\"T\",\"message\":\"a\\r\\nb\\u001bc\"}", NULL, "T", "a  b c");
}

static void the_header_counts_where_the_body_says_nothing(void **state)
{
    (void)state;
    assert_error("", "AWS.SimpleQueueService.NonExistentQueue;Sender", "NonExistentQueue", "");
    assert_error("{\"__type\":\"A\"}", "B;Sender", "A", "");
    assert_error("{}", "", "", "");
}

static void xml_says_code_and_message(void **state)
{
    (void)state;
    assert_error("<?xml version=\"1.0\"?><ErrorResponse><Errors><Error><Code>AccessDenied</Code><Message>not "
                 "&quot;you&quot; &amp;amp; me</Message></Error></Errors></ErrorResponse>",
                 NULL, "AccessDenied", "not \"you\" &amp; me");
    assert_error("<Code>a.b.C</Code>", NULL, "C", "");
    assert_error("<Code>A", NULL, "", "");
    assert_error("<Code><x>A</x></Code>", NULL, "", "");
}

/* A code may become a label: it is an identifier or nothing. */
static void a_code_is_an_identifier(void **state)
{
    char long_code[AWS_CODE_SIZE + 64] = "{\"__type\":\"";

    (void)state;
    assert_error("{\"__type\":\"a b\"}", NULL, "", "");
    assert_error("{\"__type\":\"a\\nb\"}", NULL, "", "");
    assert_error("{\"__type\":7}", NULL, "", "");
    memset(long_code + 11, 'x', AWS_CODE_SIZE);
    memcpy(long_code + 11 + AWS_CODE_SIZE, "\"}", 3);
    assert_error(long_code, NULL, "", "");
}

static void what_is_not_understood_has_no_code(void **state)
{
    static char long_body[AWS_ERROR_BYTES_MAX + 2];

    (void)state;
    assert_error("<html><body>Bad gateway</body></html>", NULL, "", "");
    assert_error("upstream", NULL, "", "");
    memset(long_body, ' ', sizeof long_body - 1);
    memcpy(long_body, "{\"__type\":\"A\"}", 14);
    assert_error(long_body, NULL, "", "");
    memcpy(long_body, "<Code>A</Code>", 14);
    assert_error(long_body, NULL, "", "");
    long_body[AWS_ERROR_BYTES_MAX] = '\0';
    assert_error(long_body, NULL, "A", "");
}

static void a_message_is_cut_between_characters(void **state)
{
    CLEANUP(buf_deinit) struct buf body = BUF_INIT(4096);
    struct aws_error error;

    (void)state;
    assert_int_equal(buf_append_str(&body, STR("{\"message\":\"x")), 0);
    for (size_t i = 0; i < AWS_MESSAGE_SIZE; i++)
        assert_int_equal(buf_append_str(&body, STR("\xc3\xa4")), 0);
    assert_int_equal(buf_append_str(&body, STR("\"}")), 0);
    aws_error_read(buf_str(&body), NULL, &error);
    assert_int_equal(strlen(error.message), AWS_MESSAGE_SIZE - 1);
    assert_true(str_is_utf8(str_of(error.message)));
}

static void an_element_that_is_too_long_is_refused(void **state)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(3);

    (void)state;
    assert_int_equal(aws_xml_text(STR("<A>abc</A>"), "A", &text), 0);
    assert_string_equal(text.data, "abc");
    buf_clear(&text);
    assert_int_equal(aws_xml_text(STR("<A>abcd</A>"), "A", &text), -ENOBUFS);
    assert_int_equal(aws_xml_text(STR("<AB>abc</AB>"), "A", &text), AWS_XML_ABSENT);
    assert_int_equal(aws_xml_text(STR("<A>abc</B></A>"), "A", &text), AWS_XML_ABSENT);
}

static struct aws_fetch fetch_new(void) { return (struct aws_fetch){.found = AWS_CREDENTIAL_INIT}; }

static void metadata_holds_keys(void **state)
{
    struct aws_fetch fetch = fetch_new();

    (void)state;
    assert_int_equal(
        aws_fetch_found_json(
            &fetch, STR("{\"Code\":\"Success\",\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                        "\"Expiration\":\"2026-01-02T03:04:05Z\"}")),
        0);
    assert_string_equal(fetch.found.id.data, "AKID");
    assert_string_equal(fetch.found.secret.data, "s");
    assert_string_equal(fetch.found.token.data, "t");
    assert_int_equal(fetch.found.expires_wall_ms, 1767323045000);
    aws_credential_deinit(&fetch.found);
}

static void an_answer_of_sts_holds_keys(void **state)
{
    struct aws_fetch fetch = fetch_new();

    (void)state;
    assert_int_equal(
        aws_fetch_found_xml(
            &fetch, STR("<R><Credentials><SessionToken>a&amp;b</SessionToken><SecretAccessKey>s</SecretAccessKey>"
                        "<Expiration>2026-01-02T03:04:05.678Z</Expiration><AccessKeyId>ASIA</AccessKeyId></"
                        "Credentials></R>")),
        0);
    assert_string_equal(fetch.found.id.data, "ASIA");
    assert_string_equal(fetch.found.token.data, "a&b");
    aws_credential_deinit(&fetch.found);
}

/* S-4: what is told never repeats what was read. */
static void refused_keys_are_not_repeated(void **state)
{
    static const char *const bodies[] = {
        "{\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary canary\",\"Expiration\":\"2026-01-02T03:04:05Z\"}",
        "{\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary\",\"Expiration\":\"canary\"}",
        "{\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary\"",
        "{\"AccessKeyId\":\"canary\",\"AccessKeyId\":\"canary\"}",
        "{\"Code\":\"canary\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct aws_fetch fetch = fetch_new();
        assert_int_equal(aws_fetch_found_json(&fetch, str_of(bodies[i])), AWS_FETCH_FAILED);
        assert_true(fetch.why.text[0] && !strstr(fetch.why.text, "canary"));
        aws_credential_deinit(&fetch.found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_says_type_and_message),
        cmocka_unit_test(the_header_counts_where_the_body_says_nothing),
        cmocka_unit_test(xml_says_code_and_message),
        cmocka_unit_test(a_code_is_an_identifier),
        cmocka_unit_test(what_is_not_understood_has_no_code),
        cmocka_unit_test(a_message_is_cut_between_characters),
        cmocka_unit_test(an_element_that_is_too_long_is_refused),
        cmocka_unit_test(metadata_holds_keys),
        cmocka_unit_test(an_answer_of_sts_holds_keys),
        cmocka_unit_test(refused_keys_are_not_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
