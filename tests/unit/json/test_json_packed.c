/* Packed values: the same to every reader as what they were made of, in one piece of memory (P-13). */
#include "tests/unit/json/json_given.h"

#include "common/json/json_patch.h"

#define EVERYTHING                                                                                    \
    "{\"z\":null,\"a\":[true,false,-9223372036854775808,1.50,\"\",{},[]],\"text\":\"nul \\u0000 and " \
    "\\\"quotes\\\"\","                                                                               \
    "\"object\":{\"inner\":{\"deep\":1e300}}}"

static const struct json *packed_of(const char *text)
{
    CLEANUP(json_freep) struct json *json = json_given(text);
    const struct json *packed = NULL;

    assert_int_equal(json_pack(json, &packed), 0);
    return packed;
}

static void a_packed_value_reads_as_what_it_was_made_of(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given(EVERYTHING);
    CLEANUP(json_packed_freep) const struct json *packed = packed_of(EVERYTHING);
    CLEANUP(buf_deinit) struct buf expected = BUF_INIT(4096), written = BUF_INIT(4096);
    const struct json *list = json_get(packed, "a");
    int64_t whole = 0;
    double real = 0;
    bool flag = false;

    assert_int_equal(json_write(json, JSON_PRETTY, &expected), 0);
    assert_int_equal(json_write(packed, JSON_PRETTY, &written), 0);
    assert_string_equal(written.data, expected.data);
    assert_int_equal(json_count(packed), 4);
    assert_int_equal(json_type(json_get(packed, "z")), JSON_NULL);
    assert_null(json_get(packed, "other"));
    assert_null(json_get(json_get(packed, "text"), "z"));
    assert_int_equal(json_count(list), 7);
    assert_null(json_at(list, 7));
    assert_null(json_at(packed, 0));
    assert_int_equal(json_bool(json_at(list, 0), &flag), 0);
    assert_true(flag);
    assert_int_equal(json_bool(json_at(list, 1), &flag), 0);
    assert_false(flag);
    assert_int_equal(json_int(json_at(list, 2), &whole), 0);
    assert_true(whole == INT64_MIN);
    assert_int_equal(json_double(json_at(list, 2), &real), 0);
    assert_true(real < -9e18);
    assert_int_equal(json_double(json_at(list, 3), &real), 0);
    assert_true(real > 1.49 && real < 1.51);
    assert_int_equal(json_int(json_at(list, 3), &whole), -EINVAL);
    assert_string_equal(json_text(json_at(list, 4)), "");
    assert_non_null(json_str(json_at(list, 4)).data);
    assert_int_equal(json_str(json_get(packed, "text")).len, strlen("nul ") + 1 + strlen(" and \"quotes\""));
    assert_int_equal(json_type(json_path(packed, "object", "inner", "deep", NULL)), JSON_DOUBLE);
}

static void members_of_a_packed_value_come_in_document_order(void **state)
{
    (void)state;
    CLEANUP(json_packed_freep) const struct json *packed = packed_of(EVERYTHING);
    struct json_member member;
    char keys[64] = "";

    for (json_first(packed, &member); member.key; json_next(&member))
        strncat(strncat(keys, member.key, 8), " ", 2);
    assert_string_equal(keys, "z a text object ");
    json_next(&member);
    assert_null(member.key);
    json_first(json_at(json_get(packed, "a"), 5), &member);
    assert_null(member.key);
}

static void a_packed_value_equals_any_other_of_the_same_content(void **state)
{
    (void)state;
    static const char *const others[] = {
        "{\"a\":[1,2.5],\"b\":{\"c\":\"x\"}}", "{\"a\":[1,2],\"b\":{\"c\":\"y\"}}",
        "{\"a\":[1,2],\"b\":{\"d\":\"x\"}}",   "{\"a\":[1,2,3],\"b\":{\"c\":\"x\"}}",
        "{\"a\":[1,2],\"b\":{\"c\":null}}",    "{\"a\":[1,2],\"b\":{\"c\":\"x\"},\"e\":1}"};
    CLEANUP(json_freep) struct json *json = json_given("{\"b\":{\"c\":\"x\"},\"a\":[1,2]}");
    CLEANUP(json_packed_freep) const struct json *packed = packed_of("{\"a\":[1,2],\"b\":{\"c\":\"x\"}}");
    CLEANUP(json_packed_freep) const struct json *same = packed_of("{\"b\":{\"c\":\"x\"},\"a\":[1,2]}");

    assert_true(json_equal(json, packed) && json_equal(packed, json) && json_equal(packed, same));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CLEANUP(json_freep) struct json *other = json_given(others[i]);
        CLEANUP(json_packed_freep) const struct json *packed_other = packed_of(others[i]);
        assert_false(json_equal(other, packed) || json_equal(packed, other) || json_equal(packed, packed_other));
        assert_true(json_equal(other, packed_other));
    }
}

static void a_copy_of_a_packed_value_can_be_changed(void **state)
{
    (void)state;
    CLEANUP(json_packed_freep) const struct json *packed = packed_of(EVERYTHING);
    CLEANUP(json_freep) struct json *copy = NULL, *target = json_given("{\"object\":{\"old\":1}}");
    CLEANUP(json_freep) struct json *operations = json_given("[{\"op\":\"remove\",\"path\":\"/a\"}]");
    struct json_error error;

    assert_int_equal(json_dup(packed, &copy), 0);
    assert_true(json_equal(copy, packed));
    assert_int_equal(json_patch(copy, operations, &error), 0);
    assert_false(json_equal(copy, packed));
    assert_int_equal(json_merge_patch(target, packed), 0);
    assert_true(json_equal(json_path(target, "object", "inner", NULL), json_path(packed, "object", "inner", NULL)));
    assert_null(json_get(target, "z"));
}

static void a_text_is_parsed_into_one_block(void **state)
{
    (void)state;
    static const char everything[] = EVERYTHING;
    static const char *const texts[] = {
        everything, "7", "-0.5", "\"\"", "[]", "{}", "[[[1],[2,3]],{\"a\":[{\"b\":[]}]}]"};
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CLEANUP(json_freep) struct json *json = json_given(texts[i]);
        CLEANUP(json_packed_freep) const struct json *copy = packed_of(texts[i]), *parsed = NULL;

        assert_int_equal(json_parse_packed(str_of(texts[i]), &limits, &parsed, &error), 0);
        assert_true(json_equal(parsed, json) && json_equal(parsed, copy));
        assert_int_equal(json_packed_bytes(parsed), json_packed_bytes(copy));
    }
}

static void a_scalar_or_nothing_can_be_packed(void **state)
{
    (void)state;
    CLEANUP(json_packed_freep) const struct json *number = packed_of("7"), *nothing = NULL;
    CLEANUP(json_freep) struct json *copy = NULL;
    int64_t whole = 0;

    assert_int_equal(json_int(number, &whole), 0);
    assert_int_equal(whole, 7);
    assert_int_equal(json_pack(NULL, &nothing), 0);
    assert_int_equal(json_type(nothing), JSON_NULL);
    assert_int_equal(json_dup(nothing, &copy), 0);
    assert_int_equal(json_type(copy), JSON_NULL);
    json_packed_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_value_reads_as_what_it_was_made_of),
        cmocka_unit_test(members_of_a_packed_value_come_in_document_order),
        cmocka_unit_test(a_packed_value_equals_any_other_of_the_same_content),
        cmocka_unit_test(a_copy_of_a_packed_value_can_be_changed),
        cmocka_unit_test(a_text_is_parsed_into_one_block),
        cmocka_unit_test(a_scalar_or_nothing_can_be_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
