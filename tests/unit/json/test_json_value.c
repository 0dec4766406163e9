/* Values: getters that chain over anything, and building that owns what it is given. */
#include "tests/unit/json/json_given.h"

#include <math.h>

static void getters_chain_over_what_is_absent(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given("{\"a\":{\"b\":\"c\"},\"s\":\"x\",\"l\":[1]}");
    int64_t number = 5;
    bool flag = true;
    double real = 2;

    assert_string_equal(json_text(json_path(json, "a", "b", NULL)), "c");
    assert_null(json_path(json, "a", "x", "y", NULL));
    assert_null(json_get(json_get(json, "s"), "z"));
    assert_null(json_get(NULL, "z"));
    assert_null(json_at(json_get(json, "l"), 1));
    assert_null(json_at(json, 0));
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_count(json_get(json, "s")), 0);
    assert_string_equal(json_text(json_get(json, "l")), "");
    assert_null(json_str(json_get(json, "l")).data);
    assert_int_equal(json_int(json_get(json, "s"), &number), -EINVAL);
    assert_int_equal(json_bool(NULL, &flag), -EINVAL);
    assert_int_equal(json_double(json, &real), -EINVAL);
    assert_int_equal(number, 5);
    assert_int_equal(json_type(NULL), JSON_NULL);
}

static void null_is_a_value_and_absent_is_not(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given("{\"value\":null,\"list\":[null]}");

    assert_non_null(json_get(json, "value"));
    assert_int_equal(json_type(json_get(json, "value")), JSON_NULL);
    assert_null(json_get(json, "other"));
    assert_non_null(json_at(json_get(json, "list"), 0));
    assert_null(json_str(json_get(json, "value")).data);
    assert_null(json_path(json, "value", "deeper", NULL));
    assert_true(json_equal(json_get(json, "value"), json_at(json_get(json, "list"), 0)));
    assert_false(json_equal(json_get(json, "value"), NULL));
    assert_true(json_equal(NULL, NULL));
}

static void members_come_in_document_order(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given("{\"z\":1,\"a\":null,\"m\":3}");
    struct json_member member;
    char keys[8] = "";

    for (json_first(json, &member); member.key; json_next(&member)) {
        assert_non_null(member.value);
        strncat(keys, member.key, 1);
    }
    assert_string_equal(keys, "zam");
    json_next(&member);
    assert_null(member.key);
    json_first(json_get(json, "z"), &member);
    assert_null(member.key);
}

static void documents_are_built(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_new_object();
    struct json *meta, *again;

    assert_int_equal(json_set_text(json, "kind", "Secret"), 0);
    assert_int_equal(json_set_int(json, "n", INT64_MIN), 0);
    assert_int_equal(json_set_bool(json, "b", false), 0);
    assert_int_equal(json_set_take(json, "nothing", json_new_null()), 0);
    assert_int_equal(json_object_at(json, "metadata", &meta), 0);
    assert_int_equal(json_set_text(meta, "name", "x"), 0);
    assert_int_equal(json_object_at(json, "metadata", &again), 0);
    assert_ptr_equal(meta, again);
    assert_int_equal(json_object_at(json, "nothing", &again), 0);
    assert_int_equal(json_object_at(json, "kind", &again), -EINVAL);
    assert_int_equal(json_set_take(json, "l", json_new_array()), 0);
    assert_int_equal(json_set_int(json, "n", 2), 0);
    json_delete(json, "b");
    json_delete(json, "never");
    assert_written(json, "{\"kind\":\"Secret\",\"n\":2,\"nothing\":{},\"metadata\":{\"name\":\"x\"},\"l\":[]}");
}

static void taking_owns_also_when_it_fails(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *array = json_new_array();
    CLEANUP(json_freep) struct json *object = json_new_object();

    assert_int_equal(json_append_take(array, NULL), -ENOMEM);
    assert_int_equal(json_set_take(object, "k", NULL), -ENOMEM);
    assert_int_equal(json_append_take(object, json_new_text("leaks without ownership")), -EINVAL);
    assert_int_equal(json_set_take(array, "k", json_new_text("leaks without ownership")), -EINVAL);
    assert_int_equal(json_append_take(array, json_new_null()), 0);
    assert_int_equal(json_append_take(array, json_new_int(1)), 0);
    assert_written(array, "[null,1]");
}

static void copies_are_independent(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *json = json_given("{\"a\":[1.10,null,\"x\"]}");
    CLEANUP(json_freep) struct json *copy = NULL;

    assert_int_equal(json_dup(json, &copy), 0);
    assert_true(json_equal(json, copy));
    assert_int_equal(json_set_int(copy, "b", 1), 0);
    assert_false(json_equal(json, copy));
    assert_written(json, "{\"a\":[1.10,null,\"x\"]}");
    assert_written(copy, "{\"a\":[1.10,null,\"x\"],\"b\":1}");
}

static void equality_knows_types_and_not_order(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *a = json_given("{\"x\":1,\"y\":[1,2]}");
    CLEANUP(json_freep) struct json *b = json_given("{\"y\":[1,2],\"x\":1}");
    CLEANUP(json_freep) struct json *c = json_given("{\"y\":[2,1],\"x\":1}");
    CLEANUP(json_freep) struct json *d = json_given("{\"y\":[1,2],\"x\":1.0}");

    assert_true(json_equal(a, b));
    assert_false(json_equal(a, c));
    assert_false(json_equal(a, d));
}

static void doubles_have_the_shortest_text_and_stay_doubles(void **state)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {{0.1, "0.1"}, {3, "3.0"}, {-2.5e-9, "-2.5e-09"}, {1.0 / 3, "0.3333333333333333"}, {1e300, "1e+300"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(json_freep) struct json *json = json_new_double(cases[i].number);
        CLEANUP(json_freep) struct json *again = json_given(cases[i].text);

        assert_written(json, cases[i].text);
        assert_true(json_equal(json, again));
    }
    assert_int_equal(json_type(json_new_double((double)INFINITY)), JSON_NULL);
    assert_int_equal(json_type(json_new_double((double)NAN)), JSON_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(getters_chain_over_what_is_absent),
        cmocka_unit_test(null_is_a_value_and_absent_is_not),
        cmocka_unit_test(members_come_in_document_order),
        cmocka_unit_test(documents_are_built),
        cmocka_unit_test(taking_owns_also_when_it_fails),
        cmocka_unit_test(copies_are_independent),
        cmocka_unit_test(equality_knows_types_and_not_order),
        cmocka_unit_test(doubles_have_the_shortest_text_and_stay_doubles),
    };

    return cmocka_run_group_tests_name("json_value", tests, NULL, NULL);
}
