/* Filters that cannot be evaluated: no match, counted, told, quarantined (C-7, CASE-10). */
#include "common/regex/regex.h"
#include "tests/unit/route/route_fixture.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

#define EVIL "a=^(x|xx)+[yz]"
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

static struct route_session_health health(struct fixture *fixture, size_t number)
{
    struct route_session_health ret;
    route_index_session(fixture->index, number, &ret);
    return ret;
}

static void evil_and_good(struct fixture *fixture)
{
    fixture_session(fixture, ROUTE_STEAL, EVIL, NULL);
    fixture_session(fixture, ROUTE_STEAL, "a=^x+$", NULL);
    fixture_session(fixture, ROUTE_MIRROR, "b=^b$", EVIL, NULL);
    fixture_build(fixture);
}

static void test_case10_runaway_pattern_does_not_match_and_others_go_on(void **state)
{
    struct fixture *f = *state;
    struct route_decision decision;
    evil_and_good(f);
    decision = DECIDE(f, HEADER("a", EVIL_VALUE));
    assert_int_equal(fixture_taker(decision), 1);
    assert_int_equal(decision.unevaluated, 1);
    assert_int_equal(fixture_taker(DECIDE(f, HEADER("a", "xxy"))), 0);
    assert_int_equal(health(f, 0).unevaluated, 1);
    assert_int_equal(health(f, 1).unevaluated, 0);
    assert_int_equal(health(f, 2).unevaluated, 1); /* an equal filter shares its health */
    assert_int_equal(health(f, 0).quarantined, 0);
    assert_string_equal(health(f, 1).uid, "uid-1");
    assert_int_equal(health(f, 1).destination, 101);
    assert_int_equal(health(f, 2).mode, ROUTE_MIRROR);
}

static void test_c7_a_filter_given_twice_counts_once(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, EVIL, EVIL, NULL);
    fixture_build(f);
    (void)DECIDE(f, HEADER("a", EVIL_VALUE));
    assert_int_equal(health(f, 0).unevaluated, 1);
}

static void test_c7_a_filter_is_asked_only_where_it_matters(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^x+$", NULL);
    fixture_session(f, ROUTE_STEAL, "b=^b$", EVIL, NULL);
    fixture_build(f);
    assert_int_equal(DECIDE(f, HEADER("a", EVIL_VALUE)).unevaluated, 0);
}

static void test_c7_three_limits_in_a_minute_quarantine_a_filter(void **state)
{
    struct fixture *f = *state;
    struct route_decision decision;
    evil_and_good(f);
    assert_int_equal(DECIDE_AT(f, 1000, HEADER("a", EVIL_VALUE)).quarantined_now, 0);
    assert_int_equal(DECIDE_AT(f, 2000, HEADER("a", EVIL_VALUE)).quarantined_now, 0);
    assert_int_equal(DECIDE_AT(f, 61000, HEADER("a", EVIL_VALUE)).quarantined_now, 1);
    assert_int_equal(health(f, 0).quarantined, 1);
    assert_true(str_equal(health(f, 0).quarantined_name, STR("a")));
    assert_int_equal(health(f, 1).quarantined, 0);
    decision = DECIDE_AT(f, 61001, HEADER("a", "xxy")); /* it would match */
    assert_int_equal(fixture_taker(decision), -1);
    assert_int_equal(decision.unevaluated, 1);
    assert_int_equal(decision.quarantined_now, 0);
    assert_int_equal(health(f, 0).unevaluated, 4);
}

static void test_c7_limits_far_apart_do_not_quarantine(void **state)
{
    struct fixture *f = *state;
    evil_and_good(f);
    for (int64_t i = 0; i < 20; i++)
        assert_int_equal(DECIDE_AT(f, 1000 + i * 30001, HEADER("a", EVIL_VALUE)).quarantined_now, 0);
    assert_int_equal(health(f, 0).quarantined, 0);
    assert_int_equal(health(f, 0).unevaluated, 20);
}

static void test_c7_quarantine_lasts_over_changes_and_ends_with_the_filter(void **state)
{
    struct fixture *f = *state;
    evil_and_good(f);
    for (int i = 0; i < 3; i++)
        (void)DECIDE_AT(f, 1000, HEADER("a", EVIL_VALUE));
    fixture_session(f, ROUTE_STEAL, "a=^other", NULL);
    fixture_session(f, ROUTE_STEAL, EVIL, NULL);
    fixture_build(f);
    assert_int_equal(health(f, 1).quarantined, 1);
    assert_int_equal(health(f, 1).unevaluated, 3);
    assert_int_equal(fixture_taker(DECIDE(f, HEADER("a", "xxy"))), -1);
    fixture_session(f, ROUTE_STEAL, "a=^other", NULL);
    fixture_build(f);
    fixture_session(f, ROUTE_STEAL, EVIL, NULL);
    fixture_build(f);
    assert_int_equal(health(f, 0).quarantined, 0);
    assert_int_equal(fixture_taker(DECIDE(f, HEADER("a", "xxy"))), 0);
}

static void test_s1_long_values_match_nothing_and_are_counted(void **state)
{
    struct fixture *f = *state;
    static char text[REGEX_SUBJECT_BYTES_MAX + 1];
    struct route_header headers[2] = {{.name = STR("a"), .value = {text, sizeof text}}, HEADER("a", "x")};
    struct route_decision decision;
    memset(text, 'x', sizeof text);
    fixture_session(f, ROUTE_STEAL, "a=^x", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^[x]", "b=y", NULL);
    fixture_build(f);
    decision = fixture_decide_at(f, 1, headers, 1);
    assert_int_equal(fixture_taker(decision), -1);
    assert_int_equal(decision.unevaluated, 1);
    assert_int_equal(health(f, 0).unevaluated, 1);
    assert_int_equal(health(f, 1).unevaluated, 1);
    assert_int_equal(fixture_taker(fixture_decide_at(f, 1, headers, 2)),
                     0);        /* another value of the name still counts */
    for (int i = 0; i < 5; i++) /* a sender's long values put nobody's filter into quarantine */
        assert_int_equal(fixture_decide_at(f, 1, headers, 1).quarantined_now, 0);
    headers[0].value.len--;
    assert_int_equal(fixture_taker(fixture_decide_at(f, 1, headers, 1)), 0);
    fixture_session(f, ROUTE_STEAL, "a=^x", NULL);
    fixture_build(f);
    assert_int_equal(health(f, 0).unevaluated, 7);
}

static void test_case10_many_evil_values_cost_no_more_than_one(void **state)
{
    struct fixture *f = *state;
    struct route_header headers[50];
    struct route_decision decision;
    for (size_t i = 0; i < 50; i++)
        headers[i] = HEADER("a", EVIL_VALUE);
    evil_and_good(f);
    decision = fixture_decide_at(f, 1, headers, 50);
    assert_int_equal(decision.unevaluated, 1);
    assert_int_equal(fixture_taker(decision), 1);
}

#define HEALTH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HEALTH_TEST(test_case10_runaway_pattern_does_not_match_and_others_go_on),
        HEALTH_TEST(test_c7_a_filter_given_twice_counts_once),
        HEALTH_TEST(test_c7_a_filter_is_asked_only_where_it_matters),
        HEALTH_TEST(test_c7_three_limits_in_a_minute_quarantine_a_filter),
        HEALTH_TEST(test_c7_limits_far_apart_do_not_quarantine),
        HEALTH_TEST(test_c7_quarantine_lasts_over_changes_and_ends_with_the_filter),
        HEALTH_TEST(test_s1_long_values_match_nothing_and_are_counted),
        HEALTH_TEST(test_case10_many_evil_values_cost_no_more_than_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
