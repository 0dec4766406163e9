/* Writing: always JSON, whatever bytes the strings hold, and never past the buffer's limit (S-10). */
#include "tests/unit/json/json_given.h"

static void slashes_are_not_escaped(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_new_text("apps/v1");

    assert_written(json, "\"apps/v1\"");
}

static void control_characters_and_nul_are_escaped(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_new_str(STR("a\0b\x01\x1f\"\\\b\f\n\r\t\x7f\xc3\xa9"));
    CLEANUP(json_freep) struct json *object = json_new_object();

    assert_written(json, "\"a\\u0000b\\u0001\\u001f\\\"\\\\\\b\\f\\n\\r\\t\x7f\xc3\xa9\"");
    assert_int_equal(json_set_int(object, "a\nb\"", 1), 0);
    assert_written(object, "{\"a\\nb\\\"\":1}");
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_new_str(STR("\xc3\xa9\xff\n\xc3"));
    CLEANUP(json_freep) struct json *cut = json_new_str(STR("\xf0\x9f\x98"));

    assert_written(json, "\"\xc3\xa9\xef\xbf\xbd\\n\xef\xbf\xbd\"");
    assert_written(cut, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void pretty_is_for_people(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}");
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(1024);

    assert_int_equal(json_write(json, JSON_PRETTY, &buf), 0);
    assert_string_equal(buf.data,
                        "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

static void s10_a_full_buffer_is_left_as_it_was(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given("[1,2,3,4,5]");
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(13);

    assert_int_equal(buf_append_str(&buf, STR("abc")), 0);
    assert_int_equal(json_write(json, JSON_COMPACT, &buf), -ENOBUFS);
    assert_string_equal(buf.data, "abc");
    assert_int_equal(buf.len, 3);
    buf_consume(&buf, 1);
    assert_int_equal(json_write(json, JSON_COMPACT, &buf), 0);
    assert_string_equal(buf.data, "bc[1,2,3,4,5]");
}

static void a_string_alone_is_written_as_within_a_document(void **state)
{
    struct buf buf = BUF_INIT(32);

    (void)state;
    assert_int_equal(json_write_str(STR("a/\"b\n\xff"), &buf), 0);
    assert_string_equal(buf.data, "\"a/\\\"b\\n\xef\xbf\xbd\"");
    assert_int_equal(json_write_str(STR("much longer than what is left of it"), &buf), -ENOBUFS);
    assert_string_equal(buf.data, "\"a/\\\"b\\n\xef\xbf\xbd\"");
    buf_deinit(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slashes_are_not_escaped),
        cmocka_unit_test(control_characters_and_nul_are_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(pretty_is_for_people),
        cmocka_unit_test(s10_a_full_buffer_is_left_as_it_was),
        cmocka_unit_test(a_string_alone_is_written_as_within_a_document),
    };

    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
