/* S-10: JSON from outside is read within its limits, or refused with a place and a reason. */
#include "tests/unit/json/json_given.h"

#include <string.h>

static const struct json_limits document = {.bytes_max = 1u << 20, .depth_max = 64, .values_max = 65536};
static const struct json_limits client_file = {
    .bytes_max = 1u << 20, .depth_max = 64, .values_max = 65536, .comments = true};

static void every_type_is_read(void **state)
{
    (void)state;
    CLEANUP(json_freep)
    struct json *json =
        json_given(" {\"s\":\"x\",\"i\":-7,\"d\":1.50,\"t\":true,\"f\":false,\"n\":null,\"a\":[1,[]],\"o\":{}}\n");

    assert_written(json, "{\"s\":\"x\",\"i\":-7,\"d\":1.50,\"t\":true,\"f\":false,\"n\":null,\"a\":[1,[]],\"o\":{}}");
}

static void scalars_are_documents_too(void **state)
{
    static const char *const texts[] = {"null", "true", "0", "-0.5e-3", "\"\"", "[]"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP(json_freep) struct json *json = json_given(texts[i]);

        assert_non_null(json);
        assert_written(json, texts[i]);
    }
}

static void escapes_are_read(void **state)
{
    (void)state;
    CLEANUP(json_freep)
    struct json *json = json_given("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\ude00\\u0000z\"");
    struct str expected = STR("\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0z");

    assert_int_equal(json_str(json).len, expected.len);
    assert_memory_equal(json_str(json).data, expected.data, expected.len);
}

static void whole_numbers_outside_int64_are_doubles_that_keep_their_text(void **state)
{
    (void)state;
    CLEANUP(json_freep)
    struct json *json = json_given("[9223372036854775807,-9223372036854775808,9223372036854775808,1e2]");
    int64_t number;
    double real;

    assert_int_equal(json_int(json_at(json, 0), &number), 0);
    assert_true(number == INT64_MAX);
    assert_int_equal(json_int(json_at(json, 1), &number), 0);
    assert_true(number == INT64_MIN);
    assert_int_equal(json_type(json_at(json, 2)), JSON_DOUBLE);
    assert_int_equal(json_int(json_at(json, 2), &number), -EINVAL);
    assert_int_equal(json_double(json_at(json, 2), &real), 0);
    assert_true(real > 9.2e18 && real < 9.3e18);
    assert_written(json, "[9223372036854775807,-9223372036854775808,9223372036854775808,1e2]");
}

static void s10_broken_grammar_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *why;
    } cases[] = {
        {"", 1, 1, "the text ends"},
        {"  \n ", 2, 2, "the text ends"},
        {"{\"a\":1", 1, 7, "expected ',' or '}'"},
        {"[1 2]", 1, 4, "expected ',' or ']'"},
        {"[1,\n 2,]", 2, 4, "comma before ']'"},
        {"{\"a\":1,}", 1, 8, "comma before '}'"},
        {"[,]", 1, 2, "expected a value"},
        {"{a:1}", 1, 2, "expected a key in double quotes"},
        {"{'a':1}", 1, 2, "expected a key in double quotes"},
        {"{\"a\" 1}", 1, 6, "expected ':'"},
        {"{} {}", 1, 4, "unexpected text after the document"},
        {"nul", 1, 1, "expected a value"},
        {"nullx", 1, 5, "unexpected text"},
        {"NaN", 1, 1, "expected a value"},
        {"Infinity", 1, 1, "expected a value"},
        {"01", 1, 3, "leading zero"},
        {"-", 1, 2, "expected a digit"},
        {"+1", 1, 1, "expected a value"},
        {"1.", 1, 3, "after the point"},
        {"1e+", 1, 4, "exponent"},
        {"0x10", 1, 2, "unexpected text"},
        {"1e999", 1, 1, "too large"},
        {"\"abc", 1, 1, "string without end"},
        {"\"a\nb\"", 1, 3, "control character"},
        {"\"\\x\"", 1, 3, "unknown escape"},
        {"\"\\", 1, 3, "unknown escape"},
        {"\"\\u12g4\"", 1, 6, "hexadecimal"},
        {"\"\\ud83d\"", 1, 8, "surrogate"},
        {"\"\\ude00\"", 1, 8, "surrogate"},
        {"\"\\ud83d\\u0041\"", 1, 14, "surrogate"},
        {"// hi\n1", 1, 1, "comments are not accepted"},
        {"[1] /* x */", 1, 5, "comments are not accepted"},
        {"\xef\xbb\xbf{}", 1, 1, "expected a value"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(str_of(cases[i].text), &document, cases[i].line, cases[i].column, cases[i].why);
}

static void s10_duplicate_keys_are_refused_at_each_level(void **state)
{
    (void)state;
    assert_refused(STR("{\"a\":1,\n\"b\":{\"c\":1,\"c\":2}}"), &document, 2, 12, "duplicate key \"c\"");
    assert_refused(STR("{\"a\":null,\"a\":1}"), &document, 1, 11, "duplicate key \"a\"");
    assert_refused(STR("{\"ab\":1,\"a\\u0062\":2}"), &document, 1, 9, "duplicate key \"ab\"");
    CLEANUP(json_freep) struct json *json = json_given("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}");
    assert_int_equal(json_count(json), 2);
}

/* Many keys are looked up in another way than few. */
static void s10_one_duplicate_key_among_thousands_is_found(void **state)
{
    (void)state;
    static const unsigned twice[] = {0, 31, 32, 33, 4999};

    for (size_t i = 0; i < sizeof twice / sizeof *twice; i++) {
        CLEANUP(buf_deinit) struct buf text = BUF_INIT(1u << 20);
        char why[40];

        for (unsigned key = 0; key < 5000; key++)
            assert_int_equal(buf_printf(&text, "%s\"k%u\":{\"k0\":%u}\n", key ? "," : "{", key, key), 0);
        assert_int_equal(buf_printf(&text, ",\"k%u\":1}", twice[i]), 0);
        snprintf(why, sizeof why, "duplicate key \"k%u\"", twice[i]);
        assert_refused(buf_str(&text), &JSON_LIMITS_DOCUMENT, 5001, 2, why);
        text.len = (size_t)str_find(buf_str(&text), STR("\"k4999\"")) - 1;
        assert_int_equal(buf_append_str(&text, STR("}")), 0);
        CLEANUP(json_freep) struct json *json = json_given(text.data);
        assert_int_equal(json_count(json), 4999);
    }
}

static void s10_bytes_that_are_not_text_are_refused(void **state)
{
    (void)state;
    assert_refused(STR("{\"a\":\n \"\xc3\x28\"}"), &document, 2, 3, "UTF-8");
    assert_refused(STR("\"\xed\xa0\x80\""), &document, 1, 2, "UTF-8");
    assert_refused(STR("\"\xf0\x9f\x98"), &document, 1, 2, "UTF-8");
    assert_refused(STR("\"a\0b\""), &document, 1, 3, "control character");
    assert_refused(STR("[1]\0"), &document, 1, 4, "unexpected text");
    assert_refused(STR("\0"), &document, 1, 1, "expected a value");
    assert_refused(STR("{\"a\\u0000b\":1}"), &document, 1, 2, "NUL in a key");
}

static void s10_limits_are_exact_and_named(void **state)
{
    struct json_limits limits = {.bytes_max = 12, .depth_max = 2, .values_max = 4};
    CLEANUP(json_freep) struct json *json = NULL;
    struct json_error error;

    (void)state;
    assert_int_equal(json_parse(STR("[[1],[ ]]   "), &limits, &json, &error), 0);
    assert_refused(STR("[[1],[ ]]    "), &limits, 1, 1, "limit of 12 bytes");
    assert_refused(STR("[1,2,3,4]"), &limits, 1, 8, "limit of 4 values");
    assert_refused(STR("[[[]]]"), &limits, 1, 3, "limit of 2 levels");
    assert_refused(STR("[{\"a\":{}}]"), &limits, 1, 7, "limit of 2 levels");
}

static void s10_a_megabyte_of_brackets_ends_at_the_limit(void **state)
{
    static char text[1u << 20];

    (void)state;
    memset(text, '[', sizeof(text));
    assert_refused((struct str){text, sizeof(text)}, &document, 1, 65, "limit of 64 levels");
}

static void client_files_may_have_comments_and_trailing_commas(void **state)
{
    static const char text[] = "\xef\xbb\xbf// top\n{ /* a\n comment */ \"a\" /*x*/ : [ 1, 2, // two\n ],\n"
                               "  \"url\": \"http://x/*y*/\", /**/\n}// end";
    CLEANUP(json_freep) struct json *json = NULL;
    struct json_error error;

    (void)state;
    assert_int_equal(json_parse(str_of(text), &client_file, &json, &error), 0);
    assert_written(json, "{\"a\":[1,2],\"url\":\"http://x/*y*/\"}");
}

static void s10_comments_do_not_loosen_the_rest(void **state)
{
    (void)state;
    assert_refused(STR("[1,,2]"), &client_file, 1, 4, "expected a value");
    assert_refused(STR("[,]"), &client_file, 1, 2, "expected a value");
    assert_refused(STR("{\"a\":1}\n /* no end"), &client_file, 2, 2, "comment without end");
    assert_refused(STR("[1] /"), &client_file, 1, 5, "unexpected '/'");
    assert_refused(STR("/*\n*/ {'a':1}"), &client_file, 2, 5, "double quotes");
    assert_refused(STR("// \xff\n1"), &client_file, 1, 4, "UTF-8");
    assert_refused(STR("// only"), &client_file, 1, 8, "the text ends");
}

static void client_configuration_of_users_is_read(void **state)
{
    static const char text[] =
        "{\n  \"operator\": true,\n  \"target\": \"deployment/meme-app/container/main\",\n"
        "  \"feature\": {\n    \"split_queues\": {\n      \"*\": {\n        \"queue_type\": \"SQS\",\n"
        "        \"message_filter\": {\n          \"author\": \"^me$\",\n        }\n      },\n"
        "      \"views-topic\": {\"queue_type\": \"Kafka\", \"message_filter\": {}},\n    }\n  }\n}\n";
    CLEANUP(json_freep) struct json *json = NULL;
    struct json_error error;
    const struct json *queues;

    (void)state;
    assert_int_equal(json_parse(str_of(text), &client_file, &json, &error), 0);
    queues = json_path(json, "feature", "split_queues", NULL);
    assert_string_equal(json_text(json_path(queues, "*", "message_filter", "author", NULL)), "^me$");
    assert_int_equal(json_count(json_path(queues, "views-topic", "message_filter", NULL)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(scalars_are_documents_too),
        cmocka_unit_test(escapes_are_read),
        cmocka_unit_test(whole_numbers_outside_int64_are_doubles_that_keep_their_text),
        cmocka_unit_test(s10_broken_grammar_is_refused_with_its_place),
        cmocka_unit_test(s10_duplicate_keys_are_refused_at_each_level),
        cmocka_unit_test(s10_one_duplicate_key_among_thousands_is_found),
        cmocka_unit_test(s10_bytes_that_are_not_text_are_refused),
        cmocka_unit_test(s10_limits_are_exact_and_named),
        cmocka_unit_test(s10_a_megabyte_of_brackets_ends_at_the_limit),
        cmocka_unit_test(client_files_may_have_comments_and_trailing_commas),
        cmocka_unit_test(s10_comments_do_not_loosen_the_rest),
        cmocka_unit_test(client_configuration_of_users_is_read),
    };

    return cmocka_run_group_tests_name("json_parse", tests, NULL, NULL);
}
