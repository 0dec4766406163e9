/* S-10: YAML from outside is read within its limits, or refused with a place and a reason. */
#include "tests/unit/yaml/yaml_given.h"

#include <stdio.h>

static void assert_refused(struct str text, const struct json_limits *limits, unsigned line, unsigned column,
                           const char *why)
{
    struct yaml_stream stream = {0};
    struct json_error error = {0};
    int r = yaml_parse(text, limits, &stream, &error);

    if (r != JSON_REFUSED || error.line != line || error.column != column || !strstr(error.text, why))
        fail_msg("%d at %u:%u \"%s\", wanted %u:%u \"%s\" for %.*s", r, error.line, error.column, error.text, line,
                 column, why, STR_ARG(text));
    assert_null(stream.documents);
}

static void s10_what_has_no_meaning_in_json_is_refused(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *why;
    } cases[] = {
        {"a: 1\nb: 2\na: 3", 3, 1, "duplicate key \"a\""},
        {"a: {b: 1, \"b\": 2}", 1, 11, "duplicate key \"b\""},
        {"{\"a\":1,\"a\":2}", 1, 8, "duplicate key \"a\""},
        {"x: &x {a: 1}\ny:\n  <<: *x", 3, 3, "merge keys"},
        {"1: x", 1, 1, "no string; quote it"},
        {"true: x", 1, 1, "no string; quote it"},
        {"~: x", 1, 1, "no string; quote it"},
        {"1.5: x", 1, 1, "no string; quote it"},
        {"? [a]\n: x", 1, 3, "a key that is no string"},
        {"a: &a b\n*a : c", 2, 1, "a key that is no string"},
        {"&a k: v", 1, 1, "an anchor on a key"},
        {"\"a\\0b\": v", 1, 1, "NUL in a key"},
        {"a: !local x", 1, 4, "tag"},
        {"a: !!binary aGk=", 1, 4, "tag"},
        {"a: !!int x", 1, 4, "tag"},
        {"a: !!bool yes", 1, 4, "tag"},
        {"a: !!seq {}", 1, 4, "tag"},
        {"a: !!map []", 1, 4, "tag"},
        {"a: !!timestamp 2001-12-14", 1, 4, "tag"},
        {"a: !<tag:yaml.org,2002:python/object> {}", 1, 4, "tag"},
        {"a: .nan", 1, 4, "JSON cannot express"},
        {"a: -.inf", 1, 4, "JSON cannot express"},
        {"a: 1e999", 1, 4, "JSON cannot express"},
        {"a: 0xffffffffffffffffff", 1, 4, "JSON cannot express"},
        {"a: *b", 1, 4, "without anchor"},
        {"a: &x [*x]", 1, 8, "inside of what it stands for"},
        {"a: &x\n  b:\n  - *x", 3, 5, "inside of what it stands for"},
        {"a: &x 1\n---\nb: *x", 3, 4, "without anchor"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(str_of(cases[i].text), &JSON_LIMITS_DOCUMENT, cases[i].line, cases[i].column, cases[i].why);
}

static void s10_broken_yaml_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_refused(STR("a: [1\nb: 2\n"), &JSON_LIMITS_DOCUMENT, 2, 2, "expected ',' or ']'");
    assert_refused(STR("a: 1\n\tb: 2\n"), &JSON_LIMITS_DOCUMENT, 2, 1, "tab character");
    assert_refused(STR("a: 'x"), &JSON_LIMITS_DOCUMENT, 1, 6, "unexpected end of stream");
    assert_refused(STR("a: b: c"), &JSON_LIMITS_DOCUMENT, 1, 5, "mapping values are not allowed");
    assert_refused(STR("a: 1\n---\nb: 2\n} \n"), &JSON_LIMITS_DOCUMENT, 4, 1, "expected");
}

static void s10_nothing_of_a_refused_stream_is_returned(void **state)
{
    (void)state;
    assert_refused(STR("good: 1\n---\nbad: [1\n"), &JSON_LIMITS_DOCUMENT, 4, 1, "");
}

static void s10_other_encodings_are_refused(void **state)
{
    (void)state;
    assert_refused(STR("a: 1\nb: \xff\n"), &JSON_LIMITS_DOCUMENT, 2, 4, "UTF-8");
    assert_refused(STR("\xff\xfe"
                       "a\0:\0 \0\x31\0"),
                   &JSON_LIMITS_DOCUMENT, 1, 1, "UTF-8");
    assert_refused(STR("a\0:\0 \0\x31\0"), &JSON_LIMITS_DOCUMENT, 1, 2, "control characters");
    assert_refused(STR("a: 1\nb: \x01\n"), &JSON_LIMITS_DOCUMENT, 2, 4, "control characters");
}

static void s10_limits_are_exact_and_named(void **state)
{
    struct json_limits limits = {.bytes_max = 24, .depth_max = 2, .values_max = 5};
    struct yaml_stream stream = {0};
    struct json_error error;

    (void)state;
    assert_int_equal(yaml_parse(STR("- - 1\n- \n- \n---\n"), &limits, &stream, &error), 0);
    yaml_stream_deinit(&stream);
    assert_refused(STR("aaaaaaaaaaaaaaaaaaaaaaaaa"), &limits, 1, 1, "limit of 24 bytes");
    assert_refused(STR("[a, b]\n--- \n[c, d]"), &limits, 3, 5, "limit of 5 values");
    assert_refused(STR("- - - 1"), &limits, 1, 5, "limit of 2 levels");
    assert_refused(STR("- &a [1]\n- [*a]"), &limits, 2, 4, "limit of 2 levels");
    assert_refused(STR("- &a abcdefghi\n- *a\n- *a"), &limits, 3, 3, "limit of 24 bytes");
}

static void s10_an_alias_bomb_ends_at_the_limit(void **state)
{
    static const char bomb[] = "a: &a [l,l,l,l,l,l,l,l,l,l]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                               "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                               "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";

    (void)state;
    assert_refused(str_of(bomb), &JSON_LIMITS_DOCUMENT, 5, 20, "limit of 65536 values");
}

static void s10_repeated_long_text_ends_at_the_limit(void **state)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1u << 20);

    (void)state;
    assert_int_equal(buf_append_str(&text, STR("- &a ")), 0);
    for (int i = 0; i < 600000; i++)
        assert_int_equal(buf_append_char(&text, 'x'), 0);
    assert_int_equal(buf_append_str(&text, STR("\n- *a\n")), 0);
    assert_refused(buf_str(&text), &JSON_LIMITS_DOCUMENT, 2, 3, "limit of 1048576 bytes in strings");
}

/* The same piece n times, which is refused. */
static void assert_repeated_refused(const char *piece, int n, unsigned line, unsigned column, const char *why)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1u << 20);

    for (int i = 0; i < n; i++)
        assert_int_equal(buf_append_str(&text, str_of(piece)), 0);
    assert_refused(buf_str(&text), &JSON_LIMITS_DOCUMENT, line, column, why);
}

static void s10_many_of_anything_end_at_the_limit(void **state)
{
    (void)state;
    assert_repeated_refused("--- a\n", YAML_DOCUMENTS_MAX + 1, 257, 5, "limit of 256 documents");
    assert_repeated_refused("- &a b\n", YAML_ANCHORS_MAX + 1, 1025, 3, "limit of 1024 anchors");
    assert_repeated_refused("%TAG !a! b\n", 90000, 257, 1, "limit of 256 directives");
    assert_repeated_refused("[", 1u << 20, 1, 65, "limit of 64 levels");
    assert_repeated_refused("- ", 1u << 19, 1, 129, "limit of 64 levels");
    assert_repeated_refused("- a\n", 65536, 65536, 3, "limit of 65536 values");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s10_what_has_no_meaning_in_json_is_refused),
        cmocka_unit_test(s10_broken_yaml_is_refused_with_its_place),
        cmocka_unit_test(s10_nothing_of_a_refused_stream_is_returned),
        cmocka_unit_test(s10_other_encodings_are_refused),
        cmocka_unit_test(s10_limits_are_exact_and_named),
        cmocka_unit_test(s10_an_alias_bomb_ends_at_the_limit),
        cmocka_unit_test(s10_repeated_long_text_ends_at_the_limit),
        cmocka_unit_test(s10_many_of_anything_end_at_the_limit),
    };

    return cmocka_run_group_tests_name("yaml_refusals", tests, NULL, NULL);
}
