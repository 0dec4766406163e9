/* Who gets a message, rule by rule (C-6, C-14, C-15, CASE-32). */
#include "common/regex/regex.h"
#include "tests/unit/route/route_fixture.h"
#include "worker/route/scratch_layout.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

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

static void test_c6_first_session_takes_the_message(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^x$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=x", NULL);
    fixture_session(f, ROUTE_STEAL, "a=[a-z]", NULL);
    fixture_session(f, ROUTE_STEAL, "b=^y", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "x")), 0);
    assert_int_equal(TAKER(f, HEADER("a", "xx")), 1);
    assert_int_equal(TAKER(f, HEADER("a", "q")), 2);
    assert_int_equal(TAKER(f, HEADER("b", "y"), HEADER("a", "q")), 2);
    assert_int_equal(TAKER(f, HEADER("b", "y"), HEADER("a", "Q")), 3);
    assert_int_equal(TAKER(f, HEADER("a", "Q")), -1);
}

static void test_c6_order_holds_among_filters_that_need_the_engine(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^[0-9]+$", "b=^[0-9]$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^[0-5]+$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^1$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^\\d$", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "1"), HEADER("b", "7")), 0);
    assert_int_equal(TAKER(f, HEADER("a", "1"), HEADER("b", "77")), 1);
    assert_int_equal(TAKER(f, HEADER("a", "9")), 3);
}

static void test_c6_mirrors_get_copies_wherever_they_stand(void **state)
{
    struct fixture *f = *state;
    struct route_decision decision;
    fixture_session(f, ROUTE_MIRROR, "a=^x$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^x", NULL);
    fixture_session(f, ROUTE_MIRROR, "a=x|y", NULL);
    fixture_session(f, ROUTE_MIRROR, "a=^x$", NULL);
    fixture_session(f, ROUTE_MIRROR, "a=^z$", NULL);
    fixture_build(f);
    decision = DECIDE(f, HEADER("a", "x"));
    assert_int_equal(fixture_taker(decision), 1);
    assert_int_equal(decision.mirror_count, 3);
    decision = DECIDE(f, HEADER("a", "y"));
    assert_false(decision.stolen);
    assert_int_equal(decision.mirror_count, 1);
    assert_int_equal(decision.mirrors[0].session, 2);
    decision = DECIDE(f, HEADER("a", "xx"));
    assert_int_equal(fixture_taker(decision), 1);
    assert_int_equal(decision.mirror_count, 1);
}

static void test_case32_equal_and_contained_filters(void **state)
{
    struct fixture *f = *state;
    struct route_decision decision;
    fixture_session(f, ROUTE_STEAL, "a=^x$", "b=^y$", NULL);
    fixture_session(f, ROUTE_STEAL, "b=^y$", "a=^x$", NULL);
    fixture_session(f, ROUTE_MIRROR, "a=^x$", "b=^y$", "a=^x$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^x$", NULL);
    fixture_build(f);
    decision = DECIDE(f, HEADER("a", "x"), HEADER("b", "y"));
    assert_int_equal(fixture_taker(decision), 0);
    assert_int_equal(decision.mirror_count, 1);
    assert_int_equal(TAKER(f, HEADER("a", "x")), 3);
    fixture_session(f, ROUTE_STEAL, "b=^y$", "a=^x$", NULL); /* the first of the two ended */
    fixture_session(f, ROUTE_STEAL, "a=^x$", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "x"), HEADER("b", "y")), 0);
}

static void test_c14_no_filter_matches_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, NULL);
    fixture_session(f, ROUTE_MIRROR, NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "x")), -1);
    assert_int_equal(DECIDE(f, HEADER("a", "x")).mirror_count, 0);
    assert_int_equal(fixture_taker(fixture_decide_at(f, 1, NULL, 0)), -1);
    fixture_build(f); /* no sessions at all: CASE-6 */
    assert_int_equal(TAKER(f, HEADER("a", "x"), HEADER("", "")), -1);
}

static void test_c15_all_filters_must_match(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "author=^me$", "level=^(beginner|intermediate)$", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("author", "me"), HEADER("level", "beginner")), 0);
    assert_int_equal(TAKER(f, HEADER("level", "intermediate"), HEADER("author", "me")), 0);
    assert_int_equal(TAKER(f, HEADER("author", "me"), HEADER("level", "expert")), -1);
    assert_int_equal(TAKER(f, HEADER("author", "you"), HEADER("level", "beginner")), -1);
    assert_int_equal(TAKER(f, HEADER("author", "me")), -1);
}

static void test_c15_any_value_of_a_repeated_name_matches(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^x$", "a=^[0-9]$", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "q"), HEADER("a", "5"), HEADER("b", ""), HEADER("a", "x")), 0);
    assert_int_equal(TAKER(f, HEADER("a", "x"), HEADER("a", "r"), NULL_HEADER("a"), HEADER("a", "7")), 0);
    assert_int_equal(TAKER(f, HEADER("a", "x"), HEADER("a", "r"), HEADER("b", "7")), -1);
}

static void test_c15_names_are_compared_exactly(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "Author=me", NULL);
    fixture_session(f, ROUTE_STEAL, "=empty", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("author", "me"), HEADER("Author ", "me"), HEADER("Autho", "me")), -1);
    assert_int_equal(TAKER(f, HEADER("Author", "me")), 0);
    assert_int_equal(TAKER(f, HEADER("", "empty")), 1);
}

static void test_c15_null_is_no_value_and_empty_is_one(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^$", NULL);
    fixture_session(f, ROUTE_STEAL, "b=", NULL);
    fixture_session(f, ROUTE_STEAL, "c=^[a-z]*$", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, NULL_HEADER("a"), NULL_HEADER("b"), NULL_HEADER("c")), -1);
    assert_int_equal(TAKER(f, HEADER("a", "")), 0);
    assert_int_equal(TAKER(f, HEADER("b", "")), 1);
    assert_int_equal(TAKER(f, HEADER("c", "")), 2);
}

static void test_c15_values_are_bytes(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^me$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=me", NULL);
    fixture_session(f, ROUTE_STEAL, "a=[m]e\\.*", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "me\n")), 1);
    assert_int_equal(TAKER(f, HEADER("a", "\xff\xfeme\xff")), 1);
    assert_int_equal(TAKER(f, HEADER("a", "\xffm\xff"
                                          "e")),
                     -1);
}

/* The gaps of a filter that the engine need not look at do not show: the same by literal and by engine. */
static void test_c15_literals_and_engine_agree_on_line_ends(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^x.*$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^x.*", NULL);
    fixture_build(f);
    assert_int_equal(TAKER(f, HEADER("a", "x\ny")), 1);
    assert_int_equal(TAKER(f, HEADER("a", "xy")), 0);
}

static void test_stamps_wrap_around(void **state)
{
    struct fixture *f = *state;
    fixture_session(f, ROUTE_STEAL, "a=^x$", "b=^y$", NULL);
    fixture_build(f);
    f->scratch->stamp = UINT32_MAX - 2;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(TAKER(f, HEADER("a", "x"), HEADER("b", "y")), 0);
        assert_int_equal(TAKER(f, HEADER("a", "x")), -1);
    }
}

static void test_s1_limits_of_a_table(void **state)
{
    struct fixture *f = *state;
    static const char long_text[ROUTE_NAME_BYTES_MAX + 1] = "n";
    struct reason why = {0};
    assert_int_equal(route_table_add_filter(f->table, STR("a"), STR("b"), &why), -EINVAL);
    assert_int_equal(route_table_add_session(f->table, STR(""), ROUTE_STEAL, 0, &why), ROUTE_REFUSED);
    assert_int_equal(why.code, REASON_FIELD_INVALID);
    assert_int_equal(
        route_table_add_session(f->table, (struct str){long_text, ROUTE_UID_BYTES_MAX + 1}, ROUTE_STEAL, 0, &why),
        ROUTE_REFUSED);
    for (uint32_t i = 0; i < ROUTE_SESSIONS_MAX; i++)
        assert_int_equal(route_table_add_session(f->table, STR("u"), ROUTE_STEAL, i, &why), 0);
    assert_int_equal(route_table_add_session(f->table, STR("u"), ROUTE_STEAL, 1, &why), ROUTE_REFUSED);
    assert_int_equal(why.code, REASON_LIMIT_REACHED);
    assert_int_equal(route_table_add_filter(f->table, (struct str){long_text, sizeof long_text}, STR(""), &why),
                     ROUTE_REFUSED);
    for (uint32_t i = 0; i < ROUTE_FILTERS_MAX; i++)
        assert_int_equal(route_table_add_filter(f->table, STR("a"), STR("b"), &why), 0);
    assert_int_equal(route_table_add_filter(f->table, STR("a"), STR("b"), &why), ROUTE_REFUSED);
}

static void test_s1_refused_pattern_names_its_session(void **state)
{
    struct fixture *f = *state;
    struct route_index *index = NULL;
    struct reason why = {0};
    fixture_session(f, ROUTE_STEAL, "a=^x$", NULL);
    fixture_session(f, ROUTE_STEAL, "a=^x$", "level=[a-z&&b]", NULL);
    assert_int_equal(route_index_build(f->table, NULL, &index, &why), ROUTE_REFUSED);
    assert_null(index);
    assert_int_equal(why.code, REASON_FILTER_INVALID);
    assert_non_null(strstr(why.text, "uid-1"));
    assert_non_null(strstr(why.text, "level"));
    assert_non_null(strstr(why.text, "position"));
}

static void test_index_lives_by_references(void **state)
{
    struct fixture *f = *state;
    struct route_index *held;
    fixture_session(f, ROUTE_STEAL, "a=^[x]$", NULL);
    fixture_build(f);
    held = route_index_ref(f->index);
    fixture_build(f); /* without the session */
    assert_int_equal(route_index_session_count(f->index), 0);
    assert_int_equal(route_index_session_count(held), 1);
    assert_int_equal(route_scratch_prepare(f->scratch, held), 0);
    route_index_unref(f->index);
    f->index = held;
    assert_int_equal(TAKER(f, HEADER("a", "x")), 0);
    route_index_unref(NULL);
}

#define ROUTE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTE_TEST(test_c6_first_session_takes_the_message),
        ROUTE_TEST(test_c6_order_holds_among_filters_that_need_the_engine),
        ROUTE_TEST(test_c6_mirrors_get_copies_wherever_they_stand),
        ROUTE_TEST(test_case32_equal_and_contained_filters),
        ROUTE_TEST(test_c14_no_filter_matches_nothing),
        ROUTE_TEST(test_c15_all_filters_must_match),
        ROUTE_TEST(test_c15_any_value_of_a_repeated_name_matches),
        ROUTE_TEST(test_c15_names_are_compared_exactly),
        ROUTE_TEST(test_c15_null_is_no_value_and_empty_is_one),
        ROUTE_TEST(test_c15_values_are_bytes),
        ROUTE_TEST(test_c15_literals_and_engine_agree_on_line_ends),
        ROUTE_TEST(test_stamps_wrap_around),
        ROUTE_TEST(test_s1_limits_of_a_table),
        ROUTE_TEST(test_s1_refused_pattern_names_its_session),
        ROUTE_TEST(test_index_lives_by_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
