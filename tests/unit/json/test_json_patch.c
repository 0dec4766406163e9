/* Patches: RFC 7396 (merge) and RFC 6902 (operations), all or nothing. */
#include "tests/unit/json/json_given.h"

#include "common/json/json_patch.h"

/* The examples of RFC 7396, appendix A, whose two sides are objects. */
static void merge_patches_follow_rfc7396(void **state)
{
    static const struct {
        const char *target, *patch, *result;
    } cases[] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
        {"{\"a\":1}", "{\"a\":{\"b\":null,\"c\":2}}", "{\"a\":{\"c\":2}}"},
        {"{\"a\":1}", "{\"a\":[null]}", "{\"a\":[null]}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(json_freep) struct json *target = json_given(cases[i].target);
        CLEANUP(json_freep) struct json *patch = json_given(cases[i].patch);

        assert_int_equal(json_merge_patch(target, patch), 0);
        assert_written(target, cases[i].result);
    }
}

static void merge_patches_are_for_objects(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *object = json_given("{\"a\":1}");
    CLEANUP(json_freep) struct json *array = json_given("[1]");

    assert_int_equal(json_merge_patch(object, array), -EINVAL);
    assert_int_equal(json_merge_patch(array, object), -EINVAL);
    assert_written(object, "{\"a\":1}");
}

static void operations_follow_rfc6902(void **state)
{
    static const struct {
        const char *target, *patch, *result;
    } cases[] = {
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":2}]", "{\"a\":1,\"b\":2}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}"},
        {"{\"l\":[1,3]}", "[{\"op\":\"add\",\"path\":\"/l/1\",\"value\":2}]", "{\"l\":[1,2,3]}"},
        {"{\"l\":[]}", "[{\"op\":\"add\",\"path\":\"/l/0\",\"value\":[]}]", "{\"l\":[[]]}"},
        {"{\"l\":[1]}", "[{\"op\":\"add\",\"path\":\"/l/-\",\"value\":{\"x\":1}}]", "{\"l\":[1,{\"x\":1}]}"},
        {"[1,2,3]", "[{\"op\":\"remove\",\"path\":\"/1\"}]", "[1,3]"},
        {"{\"a\":{\"b\":1}}", "[{\"op\":\"remove\",\"path\":\"/a/b\"}]", "{\"a\":{}}"},
        {"{\"a\":null}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", "{\"a\":1}"},
        {"[[1]]", "[{\"op\":\"replace\",\"path\":\"/0/0\",\"value\":\"x\"}]", "[[\"x\"]]"},
        {"{\"a/b\":1,\"m~n\":2}", "[{\"op\":\"remove\",\"path\":\"/a~1b\"},{\"op\":\"remove\",\"path\":\"/m~0n\"}]",
         "{}"},
        {"{\"~1\":1}", "[{\"op\":\"remove\",\"path\":\"/~01\"}]", "{}"},
        {"{\"\":1}", "[{\"op\":\"replace\",\"path\":\"/\",\"value\":2}]", "{\"\":2}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"n\":1}}]", "{\"n\":1}"},
        {"{\"a\":[1]}",
         "[{\"op\":\"test\",\"path\":\"/a\",\"value\":[1]},{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":[1]}}]",
         "{\"a\":[1]}"},
        {"{\"a\":null}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}"},
        {"{}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]", "{}"},
        {"{}", "[]", "{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(json_freep) struct json *target = json_given(cases[i].target);
        CLEANUP(json_freep) struct json *patch = json_given(cases[i].patch);
        struct json_error error = {0};

        if (json_patch(target, patch, &error) != 0)
            fail_msg("%s: %s", cases[i].patch, error.text);
        assert_written(target, cases[i].result);
    }
}

static void refused_operations_change_nothing(void **state)
{
    static const char given[] = "{\"a\":{\"b\":1},\"l\":[1,2]}";
    static const struct {
        const char *patch, *why;
    } cases[] = {
        {"{}", "must be an array"},
        {"[1]", "operation 1: \"op\""},
        {"[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]", "operation 1: \"op\""},
        {"[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]", "\"op\" must be"},
        {"[{\"op\":\"add\",\"path\":\"/x\"}]", "\"value\" is missing"},
        {"[{\"op\":\"add\",\"value\":1}]", "\"path\" must be"},
        {"[{\"op\":\"add\",\"path\":\"x\",\"value\":1}]", "not a JSON pointer"},
        {"[{\"op\":\"add\",\"path\":\"/a~2\",\"value\":1}]", "not a JSON pointer"},
        {"[{\"op\":\"add\",\"path\":\"/a~\",\"value\":1}]", "not a JSON pointer"},
        {"[{\"op\":\"add\",\"path\":\"/a\\u0000\",\"value\":1}]", "not a JSON pointer"},
        {"[{\"op\":\"add\",\"path\":\"/x/y\",\"value\":1}]", "does not exist"},
        {"[{\"op\":\"add\",\"path\":\"/a/b/c\",\"value\":1}]", "does not exist"},
        {"[{\"op\":\"add\",\"path\":\"/l/3\",\"value\":1}]", "no such place"},
        {"[{\"op\":\"add\",\"path\":\"/l/01\",\"value\":1}]", "no such place"},
        {"[{\"op\":\"add\",\"path\":\"/l/+1\",\"value\":1}]", "no such place"},
        {"[{\"op\":\"add\",\"path\":\"/l/99999999999999999999\",\"value\":1}]", "no such place"},
        {"[{\"op\":\"remove\",\"path\":\"/l/2\"}]", "does not exist"},
        {"[{\"op\":\"remove\",\"path\":\"/l/-\"}]", "does not exist"},
        {"[{\"op\":\"remove\",\"path\":\"\"}]", "cannot be removed"},
        {"[{\"op\":\"replace\",\"path\":\"/x\",\"value\":1}]", "does not exist"},
        {"[{\"op\":\"replace\",\"path\":\"\",\"value\":[]}]", "another type"},
        {"[{\"op\":\"test\",\"path\":\"/a/b\",\"value\":2}]", "test failed"},
        {"[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"test\",\"path\":\"/a/b\",\"value\":1}]", "operation 2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(json_freep) struct json *target = json_given(given);
        CLEANUP(json_freep) struct json *patch = json_given(cases[i].patch);
        struct json_error error = {0};

        assert_int_equal(json_patch(target, patch, &error), JSON_REFUSED);
        if (!strstr(error.text, cases[i].why))
            fail_msg("%s: %s, wanted %s", cases[i].patch, error.text, cases[i].why);
        assert_written(target, given);
    }
}

/* {"a":{"a":...}}: so many levels of it. */
static struct json *nested(unsigned levels)
{
    struct json *json = json_new_int(1);

    for (unsigned i = 0; i < levels; i++) {
        struct json *outer = json_new_object();
        assert_int_equal(json_set_take(outer, "a", json), 0);
        json = outer;
    }
    return json;
}

static int add_nested(struct json *target, const char *path, unsigned levels, struct json_error *error)
{
    struct json *operation = json_new_object();
    CLEANUP(json_freep) struct json *operations = json_new_array();

    assert_int_equal(json_set_text(operation, "op", "add"), 0);
    assert_int_equal(json_set_text(operation, "path", path), 0);
    assert_int_equal(json_set_take(operation, "value", nested(levels)), 0);
    assert_int_equal(json_append_take(operations, operation), 0);
    return json_patch(target, operations, error);
}

static void S_10_patches_make_no_document_deeper_than_one_may_be(void **state)
{
    const unsigned most = JSON_LIMITS_DOCUMENT.depth_max;
    CLEANUP(json_freep) struct json *target = json_given("{\"a\":{\"a\":{}}}");
    CLEANUP(json_freep) struct json *deep = nested(most), *other = nested(most);
    struct json_error error = {0};

    (void)state;
    assert_int_equal(add_nested(target, "/a/a/a", most - 3, &error), 0);
    assert_int_equal(add_nested(target, "/a/a/b", most - 2, &error), JSON_REFUSED);
    assert_non_null(strstr(error.text, "operation 1: nested deeper than the limit of 64 levels"));
    assert_null(json_path(target, "a", "a", "b", NULL));
    /* Of two documents a merge makes none that is deeper than both. */
    assert_int_equal(json_merge_patch(deep, other), 0);
    assert_true(json_equal(deep, other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_patches_follow_rfc7396),
        cmocka_unit_test(merge_patches_are_for_objects),
        cmocka_unit_test(operations_follow_rfc6902),
        cmocka_unit_test(refused_operations_change_nothing),
        cmocka_unit_test(S_10_patches_make_no_document_deeper_than_one_may_be),
    };

    return cmocka_run_group_tests_name("json_patch", tests, NULL, NULL);
}
