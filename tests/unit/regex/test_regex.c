/* What the regex door matches and what it refuses (S-1, C-15). */
#include "common/regex/regex.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"

static int search(struct str pattern, struct str subject)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = NULL;
    struct reason why = {0};
    assert_int_equal(regex_compile(pattern, &regex, &why), 0);
    assert_int_equal(regex_scratch_new(&scratch), 0);
    return regex_search(regex, scratch, subject);
}

static void assert_refused(struct str pattern, const char *cause)
{
    struct regex *regex = NULL;
    struct reason why = {0};
    assert_int_equal(regex_compile(pattern, &regex, &why), REGEX_REFUSED);
    assert_null(regex);
    assert_int_equal(why.code, REASON_FILTER_INVALID);
    if (!strstr(why.text, cause))
        fail_msg("\"%s\" does not say \"%s\"", why.text, cause);
}

static void test_c15_pattern_is_searched_not_anchored(void **state)
{
    (void)state;
    assert_int_equal(search(STR("me"), STR("someone")), REGEX_MATCH);
    assert_int_equal(search(STR("^me$"), STR("someone")), 0);
    assert_int_equal(search(STR("^me$"), STR("me")), REGEX_MATCH);
    assert_int_equal(search(STR("^(beginner|intermediate)$"), STR("intermediate")), REGEX_MATCH);
    assert_int_equal(search(STR("^(beginner|intermediate)$"), STR("expert")), 0);
    assert_int_equal(search(STR(""), STR("")), REGEX_MATCH);
    assert_int_equal(search(STR(""), (struct str){NULL, 0}), REGEX_MATCH);
}

static void test_s1_dollar_is_the_very_end(void **state)
{
    (void)state;
    assert_int_equal(search(STR("me$"), STR("me\n")), 0);
    assert_int_equal(search(STR("^me$"), STR("you\nme\n")), 0);
    assert_int_equal(search(STR("(?m)^me$"), STR("you\nme\n")), REGEX_MATCH);
    assert_int_equal(search(STR("(?m)^$"), STR("me\n")), REGEX_MATCH);
    assert_int_equal(search(STR("^$"), STR("me\n")), 0);
    assert_int_equal(search(STR("a.b"), STR("a\nb")), 0);
    assert_int_equal(search(STR("a.b"), STR("a\rb")), REGEX_MATCH);
}

static void test_c15_values_that_are_not_utf8_are_searched(void **state)
{
    (void)state;
    assert_int_equal(search(STR("me"), STR("\xff\xfeme\xff")), REGEX_MATCH);
    assert_int_equal(search(STR("^me"), STR("\xffme")), 0);
    assert_int_equal(search(STR("me$"), STR("me\xff")), 0);
    assert_int_equal(search(STR("m.e"), STR("m\xff"
                                            "e")),
                     0);
    assert_int_equal(search(STR("a"), (struct str){"\0a", 2}), REGEX_MATCH);
}

static void test_s1_classes_are_unicode_as_in_the_users_dialect(void **state)
{
    (void)state;
    assert_int_equal(search(STR("^\\w+$"), STR("gr\xc3\xbc\xc3\x9f"
                                               "e")),
                     REGEX_MATCH);
    assert_int_equal(search(STR("(?i)^\xc3\xa4$"), STR("\xc3\x84")), REGEX_MATCH);
    assert_int_equal(search(STR("^.$"), STR("\xe2\x82\xac")), REGEX_MATCH);
}

static void test_s1_class_set_operations_are_refused(void **state)
{
    static const char *const patterns[] = {"[a-z&&[^b]]", "[a-z--b]",  "[a~~b]",     "[a[bc]]",
                                           "x|[[a]b]",    "[^a&&b]",   "[]&&a]",     "[[:alpha:]&&x]",
                                           "[\\]a&&b]",   "[a[:foo]b", "[[=a=]]",    "[[.a.]]",
                                           "[\\Q]\\E&&]", "\\[[a--b]", "[a\\\\&&b]", "(?x) # ] \n [a&&b]"};
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        assert_refused(str_of(patterns[i]), "class");
}

static void test_s1_what_the_users_dialect_reads_in_another_way_is_refused(void **state)
{
    static const struct {
        const char *pattern, *cause;
    } cases[] = {
        {"a\\v", "vertical tab"},
        {"[a\\v]", "vertical tab"},
        {"\\b{start}order", "word boundary"},
        {"a\\B{2}", "\\B"},
        {"me\\Z", "\\Z"},
        {"a{,3}", "repetition"},
        {"a{,}", "repetition"},
        {"(?x)a{ 2 , 3 }", "repetition"},
        {"a{2, 3}", "repetition"},
        {"(?x)[a b]", "flag x"},
        {"(?ix-s:y)[\t]", "flag x"},
        {"(?<n>a)(?x: [a-z\n])", "flag x"},
        {"(?x)[#]", "flag x"},
        {"(?x)# \\Q\n\\h", "comment"},
        {"(?x)# [\n\\<]", "comment"},
        {"(?x)# (?#\n\\<)", "comment"},
        {"(?x:a)#\\h", "hexadecimal"},
        {"(?#\\Q)\\h", "comment"},
        {"(?# x)\\h", "hexadecimal"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(str_of(cases[i].pattern), cases[i].cause);
}

static void test_s1_what_only_looks_like_it_is_kept(void **state)
{
    static const struct {
        const char *pattern, *subject;
    } cases[] = {
        {"^a{2}b{1,}c{0,2}$", "aabcc"},
        {"^a{x}\\{,3}$", "a{x}{,3}"},
        {"^[{,3}]$", "3"},
        {"^[\\b{]$", "{"},
        {"^[\\<]$", "<"},
        {"^(?-x)[a b]$", " "},
        {"^(?<x>[a b])$", " "},
        {"(?x) ^ [ab] \\  $ # end", "b "},
        {"(?x) ^ a # first\n b \\# c", "ab#c"},
        {"^a#[b]$", "a#b"},
        {"^(?# one [ of these)a$", "a"},
        {"^\\x{41}\\p{L}$", "AB"},
        {"^\\Q{,3}\\E$", "{,3}"},
        {"\\bme\\b", "it is me"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (search(str_of(cases[i].pattern), str_of(cases[i].subject)) != REGEX_MATCH)
            fail_msg("%s does not match \"%s\"", cases[i].pattern, cases[i].subject);
}

static void test_s1_plain_classes_are_kept(void **state)
{
    static const char *const patterns[] = {"[a&b]",     "[a-z-]",          "[~a]",      "[\\[a]",       "[[:alpha:]]",
                                           "[^]a]",     "[[:^digit:]x]",   "a&&b--c~~", "\\[a&&b\\]",   "[\\&\\&]",
                                           "[-a]",      "[a\\-\\-b]",      "\\Q[a&&b]", "[\\Q&&\\E]",   "[&\\&]",
                                           "[^\\]\\[]", "a{2}[b]{3}(c|d)", "[\\\\]&&",  "[a]&&[b]--[c]"};
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        CLEANUP(regex_freep) struct regex *regex = NULL;
        struct reason why = {0};
        if (regex_compile(str_of(patterns[i]), &regex, &why) != 0)
            fail_msg("%s: %s", patterns[i], why.text);
    }
}

static void test_s1_what_reaches_out_of_a_pattern_is_refused(void **state)
{
    (void)state;
    assert_refused(STR("a\\Cb"), "\\C");
    assert_refused(STR("a(?C)b"), "callouts");
    assert_refused(STR("a(?C255)b"), "callouts");
    assert_refused(STR("a(?C'text')b"), "callouts");
    assert_refused(STR("(?x)#(?C1)\n(?C1)"), "callouts");
    assert_refused(STR("(*LIMIT_MATCH=4000000000)a"), "(*");
    assert_refused(STR("(*UTF)a"), "(*");
    assert_refused(STR("(*NO_JIT)a"), "(*");
    assert_refused(STR("\\hx"), "\\h");
    assert_refused(STR("\\<word\\>"), "\\<");
}

static void test_s1_invalid_patterns_say_where_and_why(void **state)
{
    (void)state;
    assert_refused(STR("ab(c"), "position 4");
    assert_refused(STR("ab(c"), "parenthesis");
    assert_refused(STR("*a"), "position 0");
    assert_refused(STR("a\xff"), "UTF-8");
    assert_refused(STR("[a"), "position 2");
    assert_refused(STR("(?:(?:(?:(?:a{1,1000}){1,1000}){1,1000}){1,1000})"), "large");
}

static void test_s1_pattern_length_is_limited(void **state)
{
    char pattern[REGEX_PATTERN_BYTES_MAX + 1];
    (void)state;
    memset(pattern, 'a', sizeof pattern);
    assert_refused((struct str){pattern, sizeof pattern}, "1024");
    assert_int_equal(search((struct str){pattern, sizeof pattern - 1}, STR("a")), 0);
}

/* Without memory for generated code the pattern is interpreted, so a failure may also be survived. */
static int compile_and_search(void *unused)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = NULL;
    struct reason why = {0};
    int r = regex_compile(STR("^(a|b)[c-f]+(?<x>y)$"), &regex, &why);

    (void)unused;
    if (r == 0)
        r = regex_scratch_new(&scratch);
    if (r == 0)
        assert_int_equal(regex_search(regex, scratch, STR("bcdy")), REGEX_MATCH);
    return r;
}

static void test_memory_failures_leave_nothing_behind(void **state)
{
    size_t n = 0, failures = 0;
    int r;

    (void)state;
    for (; alloc_fail_at(n, compile_and_search, NULL, &r); n++) {
        assert_true(r == 0 || r == -ENOMEM);
        failures += r == -ENOMEM;
    }
    assert_int_equal(r, 0);
    assert_in_range(failures, 5, n);
    regex_free(NULL);
    regex_scratch_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c15_pattern_is_searched_not_anchored),
        cmocka_unit_test(test_s1_dollar_is_the_very_end),
        cmocka_unit_test(test_c15_values_that_are_not_utf8_are_searched),
        cmocka_unit_test(test_s1_classes_are_unicode_as_in_the_users_dialect),
        cmocka_unit_test(test_s1_class_set_operations_are_refused),
        cmocka_unit_test(test_s1_what_the_users_dialect_reads_in_another_way_is_refused),
        cmocka_unit_test(test_s1_what_only_looks_like_it_is_kept),
        cmocka_unit_test(test_s1_plain_classes_are_kept),
        cmocka_unit_test(test_s1_what_reaches_out_of_a_pattern_is_refused),
        cmocka_unit_test(test_s1_invalid_patterns_say_where_and_why),
        cmocka_unit_test(test_s1_pattern_length_is_limited),
        cmocka_unit_test(test_memory_failures_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
