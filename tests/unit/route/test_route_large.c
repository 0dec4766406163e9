/* Many literals that overlap, many sessions, many threads, no memory (C-6, C-15, P-3). */
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/route/naive.h"
#include "tests/unit/route/random_case.h"
#include <stdio.h>
#include <time.h>

static struct route_table *table_new(void)
{
    struct route_table *table = NULL;
    assert_int_equal(route_table_new(7, &table), 0);
    return table;
}

static void add(struct route_table *table, enum route_mode mode, const char *name, struct str pattern)
{
    struct reason why = {0};
    char uid[32];
    uint32_t number = (uint32_t)route_table_session_count(table);
    snprintf(uid, sizeof uid, "uid-%u", number);
    assert_int_equal(route_table_add_session(table, str_of(uid), mode, number, &why), 0);
    assert_int_equal(route_table_add_filter(table, str_of(name), pattern, &why), 0);
}

static struct route_index *build(const struct route_table *table, struct route_scratch *scratch)
{
    struct route_index *index = NULL;
    struct reason why = {0};
    if (route_index_build(table, NULL, &index, &why) != 0)
        fail_msg("%s", why.text);
    assert_int_equal(route_scratch_prepare(scratch, index), 0);
    return index;
}

static void random_word(struct random_case *random, char *text, size_t len_max, const char *letters)
{
    size_t len = 1 + random_below(random, (uint32_t)len_max);
    for (size_t i = 0; i < len; i++)
        text[i] = letters[random_below(random, (uint32_t)strlen(letters))];
    text[len] = '\0';
}

/* Words of two letters contain, begin and end one another in every way; the more letters, the rarer. */
static void check_literals(struct random_case *random, uint32_t sessions, size_t len_max, const char *letters)
{
    CLEANUP(route_table_freep) struct route_table *table = table_new();
    CLEANUP(naive_freep) struct naive *naive = NULL;
    CLEANUP(route_scratch_freep) struct route_scratch *scratch = NULL;
    CLEANUP(route_index_unrefp) struct route_index *index = NULL;

    for (uint32_t i = 0; i < sessions; i++) {
        static const char *const formats[] = {"%s", "^%s", "%s$", "^%s$"};
        char word[32], pattern[64];
        random_word(random, word, len_max, letters);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(pattern, sizeof pattern, formats[random_below(random, 4)], word);
#pragma GCC diagnostic pop
        add(table, random_below(random, 2) ? ROUTE_STEAL : ROUTE_MIRROR, "a", str_of(pattern));
    }
    assert_int_equal(route_scratch_new(&scratch), 0);
    assert_int_equal(naive_new(table, &naive), 0);
    index = build(table, scratch);
    for (size_t i = 0; i < 200; i++) {
        char value[32];
        struct route_header header = {.name = STR("a")};
        struct route_decision got, wanted;
        uint64_t got_sum = 0, wanted_sum = 0;
        random_word(random, value, 24, letters);
        header.value = str_of(value);
        route_decide(index, scratch, &header, 1, (struct mono){1}, &got);
        naive_decide(naive, &header, 1, &wanted);
        assert_int_equal(got.stolen, wanted.stolen);
        assert_int_equal(got.steal.session, wanted.steal.session);
        assert_int_equal(got.mirror_count, wanted.mirror_count);
        for (size_t k = 0; k < got.mirror_count; k++) {
            got_sum += (got.mirrors[k].session + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 7;
            wanted_sum += (wanted.mirrors[k].session + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 7;
        }
        assert_int_equal(got_sum, wanted_sum);
    }
}

static void test_c15_literals_that_overlap(void **state)
{
    for (int i = 0; i < 20; i++) {
        check_literals(*state, 300, 6, "ab");
        check_literals(*state, 300, 4, "abcdefgh-_");
        check_literals(*state, 40, 12, "ab");
        check_literals(*state, 500, 3, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/:@");
    }
}

/* So much text that automata list the beginnings (for ends, the endings) of the literals only, which are all equal. */
static void test_long_literals_with_common_parts(void **state)
{
    CLEANUP(route_table_freep) struct route_table *table = table_new();
    CLEANUP(route_scratch_freep) struct route_scratch *scratch = NULL;
    CLEANUP(route_index_unrefp) struct route_index *index = NULL;
    char filler[241], text[3 * 260];
    struct route_decision decision;
    (void)state;
    memset(filler, 'f', sizeof filler);
    filler[240] = '\0';
    for (uint32_t i = 0; i < 6000; i++) {
        if (i % 3 == 2)
            snprintf(text, sizeof text, "%05u%s$", i, filler);
        else
            snprintf(text, sizeof text, "%s%s%05u", i % 3 ? "^" : "", filler, i);
        add(table, ROUTE_STEAL, "a", str_of(text));
    }
    assert_int_equal(route_scratch_new(&scratch), 0);
    index = build(table, scratch);
    for (uint32_t i = 0; i < 6000; i += 37) {
        struct route_header header = {.name = STR("a")};
        if (i % 3 == 2)
            snprintf(text, sizeof text, "x%05u%s", i, filler);
        else
            snprintf(text, sizeof text, "%s%s%05u%s", i % 3 ? "" : "xx", filler, i, "y");
        header.value = str_of(text);
        route_decide(index, scratch, &header, 1, (struct mono){1}, &decision);
        assert_true(decision.stolen);
        assert_int_equal(decision.steal.session, i);
        text[strlen(text) - 2] = '?';
        route_decide(index, scratch, &header, 1, (struct mono){1}, &decision);
        assert_false(decision.stolen);
    }
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void test_p3_ten_thousand_sessions_are_built_quickly(void **state)
{
    CLEANUP(route_table_freep) struct route_table *table = table_new();
    CLEANUP(route_index_unrefp) struct route_index *first = NULL;
    CLEANUP(route_index_unrefp) struct route_index *second = NULL;
    struct reason why;
    char pattern[64];
    double began_ms = 0, built_ms, rebuilt_ms;
    (void)state;
    for (uint32_t i = 0; i < ROUTE_SESSIONS_MAX; i++) {
        static const char *const formats[] = {"^user-%u$", "^user-%u-", "user-%u", "^(a%u|b%u)$",
                                              "^[a-z]+-%u-[0-9]+$"};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(pattern, sizeof pattern, formats[i % 5], i, i);
#pragma GCC diagnostic pop
        add(table, ROUTE_STEAL, "user", str_of(pattern));
    }
    began_ms = cpu_ms();
    assert_int_equal(route_index_build(table, NULL, &first, &why), 0);
    built_ms = cpu_ms() - began_ms;
    assert_int_equal(route_index_build(table, first, &second, &why), 0);
    rebuilt_ms = cpu_ms() - began_ms - built_ms;
    print_message("built in %.1f ms, again in %.1f ms\n", built_ms, rebuilt_ms);
    assert_true(built_ms < 2000 &&
                rebuilt_ms < 1000); /* 100 and 50 are meant; sanitizers and busy machines are slow */
}

struct lack {
    struct route_scratch *scratch;
    struct route_index *previous; /* the last one that was built */
    bool again;                   /* build from it */
};

static int fill_table(struct route_table *table)
{
    static const char *const patterns[] = {"^x12y$", "^x", "y$", "12", "^x[0-9]+y$", "^(a|b)$", "", "[0-9]+"};
    struct reason why;
    int r = 0;

    for (size_t i = 0; i < 40 && r == 0; i++) {
        r = route_table_add_session(table, STR("u"), i % 3 ? ROUTE_STEAL : ROUTE_MIRROR, (uint32_t)i, &why);
        for (size_t k = 0; k <= i % 3 && r == 0; k++)
            r = route_table_add_filter(table, STR("a"), str_of(patterns[(i + k) % 8]), &why);
    }
    return r;
}

static int build_and_decide(void *context)
{
    CLEANUP(route_table_freep) struct route_table *table = NULL;
    CLEANUP(route_index_unrefp) struct route_index *index = NULL;
    struct route_header header = {.name = STR("a"), .value = STR("x12y")};
    struct route_decision decision;
    struct lack *lack = context;
    struct reason why;
    int r = route_table_new(1, &table);

    if (r == 0)
        r = fill_table(table);
    if (r == 0 && !lack->scratch)
        r = route_scratch_new(&lack->scratch);
    if (r == 0)
        r = route_index_build(table, lack->again ? lack->previous : NULL, &index, &why);
    if (r == 0)
        r = route_scratch_prepare(lack->scratch, index);
    if (r)
        return r;
    route_decide(index, lack->scratch, &header, 1, (struct mono){1}, &decision);
    assert_true(decision.stolen && decision.mirror_count > 0);
    route_index_unref(lack->previous);
    lack->previous = TAKE(index);
    return 0;
}

static size_t fail_each(struct lack *lack)
{
    size_t n = 0, failures = 0;
    int r;

    for (; alloc_fail_at(n, build_and_decide, lack, &r); n++) {
        assert_true(r == 0 || r == -ENOMEM);
        failures += r == -ENOMEM;
    }
    assert_int_equal(r, 0);
    return failures;
}

static void test_memory_failures_change_nothing(void **state)
{
    struct lack lack = {.again = false};

    (void)state;
    size_t fresh = fail_each(&lack);
    lack.again = true;
    size_t again = fail_each(&lack);
    assert_in_range(again, 10, fresh);
    route_scratch_free(lack.scratch);
    route_index_unref(lack.previous);
}

int main(int argc, char **argv)
{
    struct random_case random = {.state = argc > 1 ? strtoull(argv[1], NULL, 0) : mono_now_us()};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_c15_literals_that_overlap, &random),
        cmocka_unit_test(test_long_literals_with_common_parts),
        cmocka_unit_test(test_p3_ten_thousand_sessions_are_built_quickly),
        cmocka_unit_test(test_memory_failures_change_nothing),
    };
    print_message("seed %#llx\n", (unsigned long long)random.state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
