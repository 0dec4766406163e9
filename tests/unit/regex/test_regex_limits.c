/* Runaway patterns are bounded, with and without generated code (S-1, C-7, CASE-10). */
#include "common/regex/regex.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <time.h>

/* What one search may take at most, in processor time: the door's own limit is 2 ms, four start positions more (5 ms to
 * 25 ms here), and the rest is for slow machines. */
#define SEARCH_MS_MAX 200

static char many_a[REGEX_SUBJECT_BYTES_MAX + 1];

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int search_timed(const char *pattern, size_t subject_len, double *ret_ms)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = NULL;
    struct reason why = {0};
    double began_ms;
    int r;
    if (regex_compile(str_of(pattern), &regex, &why) != 0)
        fail_msg("%s: %s", pattern, why.text);
    assert_int_equal(regex_scratch_new(&scratch), 0);
    began_ms = cpu_ms();
    r = regex_search(regex, scratch, (struct str){many_a, subject_len});
    *ret_ms = cpu_ms() - began_ms;
    return r;
}

static void test_case10_match_limit_holds(void **state)
{
    static const char *const patterns[] = {"^(a+)+[xy]", "^(a|aa)+[xy]", "^(a*)*[xy]", "^(?:a?){30}a{40}[xy]",
                                           "^(.*)(.*)(.*)(.*)[xy]\\1"};
    double ms;
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        assert_int_equal(search_timed(patterns[i], 64, &ms), REGEX_LIMIT);
        assert_true(ms < 50);
    }
}

/* No single start position reaches the match limit here, so it would never end these searches. */
static void test_case10_work_is_bounded_over_all_start_positions(void **state)
{
    static const char *const patterns[] = {"a.{0,600}[xy]", "(?=[ab]*+c)a|(?=[ab]*+d)a|(?=[ab]*+e)a",
                                           "(?=a*+b)x|[xyz]", "[ab]*[cd]{2}|(?:[ab]{2})*+[cd]"};
    double ms;
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        int r = search_timed(patterns[i], REGEX_SUBJECT_BYTES_MAX, &ms);
        print_message("%s: %d after %.1f ms\n", patterns[i], r, ms);
        assert_int_equal(r, REGEX_LIMIT);
        assert_true(ms < SEARCH_MS_MAX);
    }
}

/* Few steps, each of which reads the whole subject. */
static void test_case10_long_steps_at_one_position_are_bounded(void **state)
{
    static const char *const patterns[] = {
        "(?:(?=[ab]*+c)|a)*$", "^(?:(?=[ab]*+c)|(?=[ab]*+d)|(?=[ab]*+e)|(?=[ab]*+f)|(?=[ab]*+g)|(?=[ab]*+h)|a)*[xy]",
        "^((a*)\\2b|a)*$", "(?:(a*+)(?=\\1b)|a)+[xy]"};
    double ms;
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        int r = search_timed(patterns[i], REGEX_SUBJECT_BYTES_MAX, &ms);
        print_message("%s: %d after %.1f ms\n", patterns[i], r, ms);
        assert_true(ms < SEARCH_MS_MAX);
    }
}

static void test_s1_deep_recursion_is_bounded(void **state)
{
    static const char *const patterns[] = {"^(a(?1)?b?)+$", "(?R)?a(?R)?b", "^(?:(a)|(?0))*[xy]", "((?1)|a)b"};
    double ms;
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        (void)!search_timed(patterns[i], REGEX_SUBJECT_BYTES_MAX, &ms);
        assert_true(ms < SEARCH_MS_MAX);
    }
}

static void test_s1_subject_length_is_limited(void **state)
{
    double ms;
    (void)state;
    assert_int_equal(search_timed("^a", REGEX_SUBJECT_BYTES_MAX, &ms), REGEX_MATCH);
    assert_int_equal(search_timed("^a", REGEX_SUBJECT_BYTES_MAX + 1, &ms), REGEX_LIMIT);
}

static void test_s1_harmless_patterns_on_the_longest_subject_finish(void **state)
{
    double ms;
    (void)state;
    assert_int_equal(search_timed("b|c", REGEX_SUBJECT_BYTES_MAX, &ms), 0);
    assert_int_equal(search_timed("foo.*bar", REGEX_SUBJECT_BYTES_MAX, &ms), 0);
    assert_int_equal(search_timed("[a-z]{3}-[0-9]", REGEX_SUBJECT_BYTES_MAX, &ms), 0);
    assert_int_equal(search_timed("^[a-z]+$", REGEX_SUBJECT_BYTES_MAX, &ms), REGEX_MATCH);
}

/* A scratch that hit a limit serves the next search as if nothing had been. */
static void test_c7_limit_leaves_no_trace(void **state)
{
    CLEANUP(regex_freep) struct regex *evil = NULL;
    CLEANUP(regex_freep) struct regex *plain = NULL;
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = NULL;
    struct reason why = {0};
    (void)state;
    assert_int_equal(regex_compile(STR("^(a|aa)+[xy]"), &evil, &why), 0);
    assert_int_equal(regex_compile(STR("^[ab]+$"), &plain, &why), 0);
    assert_int_equal(regex_scratch_new(&scratch), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(regex_search(evil, scratch, (struct str){many_a, 100}), REGEX_LIMIT);
        assert_int_equal(regex_search(plain, scratch, (struct str){many_a, 100}), REGEX_MATCH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case10_match_limit_holds),
        cmocka_unit_test(test_case10_work_is_bounded_over_all_start_positions),
        cmocka_unit_test(test_case10_long_steps_at_one_position_are_bounded),
        cmocka_unit_test(test_s1_deep_recursion_is_bounded),
        cmocka_unit_test(test_s1_subject_length_is_limited),
        cmocka_unit_test(test_s1_harmless_patterns_on_the_longest_subject_finish),
        cmocka_unit_test(test_c7_limit_leaves_no_trace),
    };
    memset(many_a, 'a', sizeof many_a);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
