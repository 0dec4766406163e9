/* Why a message matches a filter, or not: the same answers as the decision gave, in words (C-7, C-14, C-15). */
#include "common/regex/regex.h"
#include "tests/unit/route/route_fixture.h"
#include "worker/route/explain.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

#define EVIL_VALUE "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    if (!fixture)
        return -1;
    fixture_init(fixture);
    return 0;
}

static int teardown(void **state)
{
    fixture_deinit(*state);
    free(*state);
    return 0;
}

/* The one filter of the one session on a message. */
static struct route_finding explain(struct fixture *f, const struct route_header *headers, size_t count)
{
    struct route_finding finding;
    (void)fixture_decide_at(f, 1, headers, count);
    assert_int_equal(route_explain_count(f->index, 0), 1);
    route_explain(f->index, f->scratch, headers, count, 0, 0, &finding);
    return finding;
}

static void expect(struct fixture *f, const char *filter, enum verdict verdict, const struct route_header *headers,
                   size_t count)
{
    fixture_session(f, ROUTE_STEAL, filter, NULL);
    fixture_build(f);
    struct route_finding finding = explain(f, headers, count);
    assert_int_equal(finding.verdict, verdict);
}
#define EXPECT(f, filter, verdict, ...)                                    \
    expect(f, filter, verdict, (const struct route_header[]){__VA_ARGS__}, \
           sizeof((const struct route_header[]){__VA_ARGS__}) / sizeof(struct route_header))

static void every_kind_of_pattern_is_explained(void **state)
{
    EXPECT(*state, "a=^me$", VERDICT_MATCHES, HEADER("b", "x"), HEADER("a", "me"));
    EXPECT(*state, "a=^me$", VERDICT_DIFFERS, HEADER("a", "you"));
    EXPECT(*state, "a=^me$", VERDICT_ABSENT, HEADER("A", "me"));
    EXPECT(*state, "a=^(me|you)", VERDICT_MATCHES, HEADER("a", "youth"));
    EXPECT(*state, "a=", VERDICT_MATCHES, HEADER("a", ""));
    EXPECT(*state, "a=", VERDICT_NULL_VALUE, NULL_HEADER("a"));
    EXPECT(*state, "a=^m.*[0-9]$", VERDICT_MATCHES, HEADER("a", "me7"));
    EXPECT(*state, "a=^m.*[0-9]$", VERDICT_DIFFERS, HEADER("a", "me"));
    EXPECT(*state, "a=needle[0-9]", VERDICT_DIFFERS, HEADER("a", "hay"));
    EXPECT(*state, "a=^(x|xx)+[yz]", VERDICT_LIMIT, HEADER("a", EVIL_VALUE));
}

static void the_value_that_matches_is_shown(void **state)
{
    struct fixture *f = *state;
    const struct route_header headers[] = {HEADER("a", "one"), HEADER("a", "two2"), NULL_HEADER("a")};
    fixture_session(f, ROUTE_STEAL, "a=^t.*[0-9]$", NULL);
    fixture_build(f);
    struct route_finding finding = explain(f, headers, 3);
    assert_int_equal(finding.verdict, VERDICT_MATCHES);
    assert_ptr_equal(finding.header, &headers[1]);
    assert_int_equal(finding.values, 3);
}

static void a_value_that_is_too_long_is_not_said_to_differ(void **state)
{
    char *text = malloc(REGEX_SUBJECT_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text, 'x', REGEX_SUBJECT_BYTES_MAX + 1);
    text[REGEX_SUBJECT_BYTES_MAX + 1] = 0;
    EXPECT(*state, "a=x", VERDICT_TOO_LONG, HEADER("a", text));
    free(text);
}

/* C-7: asking again counts nothing against the filter, and what is in quarantine is said to be. */
static void explaining_counts_nothing(void **state)
{
    struct fixture *f = *state;
    const struct route_header headers[] = {HEADER("a", EVIL_VALUE)};
    struct route_session_health health;
    fixture_session(f, ROUTE_STEAL, "a=^(x|xx)+[yz]", NULL);
    fixture_build(f);
    for (unsigned i = 0; i < ROUTE_STRIKES_MAX - 1; i++)
        assert_int_equal(explain(f, headers, 1).verdict, VERDICT_LIMIT);
    route_index_session(f->index, 0, &health);
    assert_int_equal(health.unevaluated, ROUTE_STRIKES_MAX - 1);
    assert_int_equal(health.quarantined, 0);
    assert_int_equal(explain(f, headers, 1).verdict, VERDICT_QUARANTINED); /* by this decision's strike */
}

static void a_session_without_filters_has_nothing_to_explain(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_MIRROR, NULL);
    fixture_build(f);
    assert_int_equal(route_explain_count(f->index, 0), 0);
    assert_int_equal(route_explain_mode(f->index, 0), ROUTE_MIRROR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_pattern_is_explained),
        TEST(the_value_that_matches_is_shown),
        TEST(a_value_that_is_too_long_is_not_said_to_differ),
        TEST(explaining_counts_nothing),
        TEST(a_session_without_filters_has_nothing_to_explain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
