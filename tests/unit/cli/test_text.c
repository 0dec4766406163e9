/* Ages, rates, what a session waits for, and the environment of CMD. */
#include "tests/unit/cli/cli_given.h"

#include "cli/age.h"
#include "cli/child.h"
#include "cli/figures.h"
#include "cli/progress.h"

static struct json *parsed(const char *text)
{
    struct json *json = NULL;
    struct json_error error;
    assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &json, &error), 0);
    return json;
}

static void ages(void **state)
{
    (void)state;
    static const struct {
        int64_t after_s;
        const char *text;
    } rows[] = {{-5, "0s"},     {0, "0s"},    {119, "119s"},   {120, "2m"},
                {7199, "119m"}, {7200, "2h"}, {172799, "47h"}, {172800, "2d"}};
    int64_t begin_ms;
    char text[AGE_TEXT_SIZE];
    assert_int_equal(wall_parse("2026-01-02T03:04:05Z", &begin_ms), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        age_text("2026-01-02T03:04:05Z", begin_ms + rows[i].after_s * 1000, text);
        assert_string_equal(text, rows[i].text);
    }
    age_text("yesterday", begin_ms, text);
    assert_string_equal(text, "");
}

static void rates(void **state)
{
    (void)state;
    CLEANUP(json_freep)
    struct json *figures = parsed("{\"splits\":[{\"namespace\":\"b\",\"name\":\"s\",\"received\":7},"
                                  "{\"namespace\":\"a\",\"name\":\"s\",\"received\":350,\"perSecond\":"
                                  "{\"received\":125,\"returned\":0.04}}]}");
    char text[RATE_TEXT_SIZE];
    int64_t count;
    assert_true(figures_of(figures, "a", "s", "received", &count));
    assert_int_equal(count, 350);
    assert_false(figures_of(figures, "a", "t", "received", &count));
    figures_rate_text(figures, "a", "s", "received", text);
    assert_string_equal(text, "125/s");
    figures_rate_text(figures, "a", "s", "returned", text);
    assert_string_equal(text, "0.0/s");
    figures_rate_text(figures, "a", "s", "delivered", text);
    assert_string_equal(text, "-");
    figures_rate_text(figures, "b", "s", "received", text);
    assert_string_equal(text, "-");
    figures_rate_text(NULL, "a", "s", "received", text);
    assert_string_equal(text, "-");
}

static void assert_waits(const char *document, const char *wanted)
{
    CLEANUP(json_freep) struct json *json = parsed(document);
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1024);
    assert_int_equal(session_waits_text(json, &text), 0);
    assert_string_equal(text.data, wanted);
}

static void what_a_session_waits_for(void **state)
{
    (void)state;
    assert_waits("{}", "waiting for the supervisor");
    assert_waits("{\"status\":{\"waitsFor\":\"pod b\",\"conditions\":[{\"type\":\"Ready\",\"message\":\"no\"}]}}",
                 "waiting for pod b");
    assert_waits("{\"status\":{\"conditions\":[{\"type\":\"Routed\",\"message\":\"x\"},{\"type\":\"Ready\","
                 "\"message\":\"no\"}]}}",
                 "waiting: no");
}

static void why_a_session_ended(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        enum reason_code code;
        const char *text;
    } rows[] = {
        {"{\"status\":{\"endReason\":\"TimeLimitExceeded\"}}", REASON_TIME_LIMIT, "the session ended"},
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"reason\":\"FilterInvalid\",\"message\":\"a: b\"}]}}",
         REASON_FILTER_INVALID, "a: b"},
        {"{\"status\":{\"endReason\":\"Later\"}}", REASON_NONE, "the session ended: Later"},
        {"{}", REASON_NONE, "the session ended: no reason given"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP(json_freep) struct json *document = parsed(rows[i].document);
        struct reason why;
        session_reason(document, &why);
        assert_int_equal(why.code, rows[i].code);
        assert_string_equal(why.text, rows[i].text);
    }
}

/* C-14: an empty filter matches nothing, and the CLI says so. */
static void filters(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"messageFilter\":{\"a\":\"^b$\",\"c\":\"d\"}}", "a=^b$ c=d"},
        {"{\"messageFilter\":{}}", "no messages: its filter is empty"},
        {"{}", "no messages: its filter is empty"},
        {"{\"messageFilter\":{\"a\":\"b\"},\"jqFilter\":\".x\"}", "a=b jq: .x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP(json_freep) struct json *queue = parsed(rows[i][0]);
        CLEANUP(buf_deinit) struct buf text = BUF_INIT(1024);
        assert_int_equal(filters_text(queue, &text), 0);
        assert_string_equal(text.data, rows[i][1]);
    }
}

static void environment(void **state)
{
    (void)state;
    static char topic[] = "TOPIC=views", home[] = "HOME=/root", prefix[] = "TOPIC_2=other", odd[] = "odd";
    char *const before[] = {topic, home, prefix, odd, NULL};
    static const char *const wanted[] = {"HOME=/root", "TOPIC_2=other", "odd", "TOPIC=tmp", "NEW="};
    CLEANUP(json_freep)
    struct json *env = parsed("[{\"name\":\"TOPIC\",\"value\":\"tmp\"},{\"name\":\"NEW\",\"value\":\"\"}]");
    char **built = NULL;
    assert_int_equal(environment_build(before, env, &built), 0);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(built[i], wanted[i]);
    assert_null(built[sizeof wanted / sizeof wanted[0]]);
    environment_free(built);
    static const char *const wrong[] = {"[{\"name\":\"\",\"value\":\"x\"}]", "[{\"name\":\"a=b\",\"value\":\"x\"}]",
                                        "[{\"name\":\"a\"}]", "[{\"name\":\"a\",\"value\":\"\\u0000\"}]"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CLEANUP(json_freep) struct json *refused = parsed(wrong[i]);
        assert_int_equal(environment_build(before, refused, &built), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages),
        cmocka_unit_test(rates),
        cmocka_unit_test(what_a_session_waits_for),
        cmocka_unit_test(why_a_session_ended),
        cmocka_unit_test(filters),
        cmocka_unit_test(environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
