/* Runs of bytes: comparison, search, UTF-8, copies and numbers. */
#include "common/base/cleanup.h"
#include "common/base/str.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"

static const struct str none = {NULL, 0};

static void strings_are_equal_by_bytes_and_length(void **state)
{
    (void)state;
    assert_true(str_equal(none, STR("")));
    assert_true(str_equal(STR("a\0b"), STR("a\0b")));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
}

static void prefix_suffix_and_search_know_their_bounds(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("orders-eu"), STR("orders")));
    assert_false(str_starts_with(STR("ord"), STR("orders")));
    assert_true(str_starts_with(none, none));
    assert_true(str_ends_with(STR("orders-eu"), STR("-eu")));
    assert_false(str_ends_with(STR("eu"), STR("-eu")));
    assert_true(str_ends_with(STR("x"), none));
    assert_int_equal(str_find(STR("a\0bc"), STR("bc")), 2);
    assert_int_equal(str_find(STR("abc"), STR("bcd")), -1);
    assert_int_equal(str_find(none, STR("a")), -1);
    assert_int_equal(str_find(none, none), 0);
}

static void only_well_formed_utf8_passes(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"plain", true},
        {"\xc3\xa9", true},          /* e acute */
        {"\xe2\x82\xac", true},      /* euro */
        {"\xf0\x9f\x98\x80", true},  /* beyond the first plane */
        {"\xf4\x8f\xbf\xbf", true},  /* the last code point */
        {"\xc0\x80", false},         /* overlong NUL */
        {"\xe0\x9f\xbf", false},     /* overlong, three bytes */
        {"\xf0\x8f\xbf\xbf", false}, /* overlong, four bytes */
        {"\xed\xa0\x80", false},     /* surrogate */
        {"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
        {"\xf5\x80\x80\x80", false}, /* no such lead byte */
        {"a\x80", false},            /* continuation alone */
        {"\xe2\x82", false},         /* cut off */
        {"\xe2\x82z", false},        /* broken off */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t before = 0; before < 18; before++) { /* texts are looked at in words */
            char text[40] = "";

            memset(text, 'x', before);
            strncat(text, cases[i].text, 8);
            if (str_is_utf8(str_of(text)) != cases[i].valid ||
                str_is_utf8(str_of(strncat(text, "yyyyyyyyy", 10))) != cases[i].valid)
                fail_msg("case %zu after %zu bytes", i, before);
        }
    assert_int_equal(str_utf8_first(STR("\xe2\x82\xac..")), 3);
    assert_int_equal(str_utf8_first(none), 0);
}

static void a_copy_that_does_not_fit_leaves_an_empty_text(void **state)
{
    char text[4] = "zzz";

    (void)state;
    assert_int_equal(str_copy(text, sizeof text, STR("abc")), 0);
    assert_string_equal(text, "abc");
    assert_int_equal(str_copy(text, sizeof text, STR("abcd")), -E2BIG);
    assert_string_equal(text, "");
    assert_int_equal(str_copy(text, sizeof text, STR("a\0b")), -EINVAL);
    assert_string_equal(text, "");
    assert_int_equal(str_copy(text, sizeof text, none), 0);
    assert_string_equal(text, "");
}

static void numbers_are_digits_within_their_limit(void **state)
{
    uint64_t n = 7;

    (void)state;
    assert_int_equal(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &n), 0);
    assert_true(n == UINT64_MAX);
    assert_int_equal(str_to_u64(STR("18446744073709551616"), UINT64_MAX, &n), -ERANGE);
    assert_int_equal(str_to_u64(STR("0010"), 10, &n), 0);
    assert_int_equal(n, 10);
    assert_int_equal(str_to_u64(STR("11"), 10, &n), -ERANGE);
    assert_int_equal(str_to_u64(STR("99999999999999999999x"), 10, &n), -EINVAL);
    assert_int_equal(str_to_u64(STR("-1"), 10, &n), -EINVAL);
    assert_int_equal(str_to_u64(STR(" 1"), 10, &n), -EINVAL);
    assert_int_equal(str_to_u64(none, 10, &n), -EINVAL);
    assert_int_equal(n, 10); /* outputs are written on success only */
}

static int dup_once(void *context)
{
    CLEANUP(cleanup_freep) char *copy = NULL;

    (void)context;
    int r = str_dup(STR("a\0b"), &copy);
    if (r < 0) {
        assert_null(copy);
        return r;
    }
    assert_memory_equal(copy, "a\0b", 4);
    return 0;
}

static void a_heap_copy_survives_failing_memory(void **state)
{
    (void)state;
    assert_int_equal(alloc_fail_each(dup_once, NULL), 1);
}

static void a_text_is_cut_between_characters(void **state)
{
    static const struct {
        const char *text, *cut;
    } cases[] = {
        {"", ""},
        {"abcd", "abcd"},
        {"abcde", "abcd"},
        {"ab\xc3\xa4", "ab\xc3\xa4"},
        {"abc\xc3\xa4", "abc"},
        {"a\xf0\x9f\x98\x80", "a"},
        {"\xf0\x9f\x98\x80x", "\xf0\x9f\x98\x80"},
        {"ab\xe2\x82\xac", "ab"},
        {"\x80\x80\x80\x80\x80", "\x80\x80\x80\x80"}, /* no text, and no reason to lose it */
    };
    char dst[5];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str_copy_cut(dst, sizeof dst, str_of(cases[i].text));
        assert_string_equal(dst, cases[i].cut);
    }
    str_copy_cut(dst, 1, STR("a"));
    assert_string_equal(dst, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_cut_between_characters),
        cmocka_unit_test(strings_are_equal_by_bytes_and_length),
        cmocka_unit_test(prefix_suffix_and_search_know_their_bounds),
        cmocka_unit_test(only_well_formed_utf8_passes),
        cmocka_unit_test(a_copy_that_does_not_fit_leaves_an_empty_text),
        cmocka_unit_test(numbers_are_digits_within_their_limit),
        cmocka_unit_test(a_heap_copy_survives_failing_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
