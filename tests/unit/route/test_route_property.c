/* The index decides as plain evaluation of every filter does, on random tables and messages (C-6, C-14, C-15). */
#include "tests/unit/route/naive.h"
#include "tests/unit/route/random_case.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

#define TABLES 1000
#define MESSAGES_PER_TABLE 60 /* 60,000 cases */
#define SESSIONS_MAX 40

struct totals {
    size_t stolen, mirrored, neither;
};

static int copy_order(const void *a, const void *b)
{
    const struct route_copy *x = a, *y = b;
    return x->session < y->session ? -1 : x->session > y->session;
}

static void assert_same(const struct route_decision *got, const struct route_decision *wanted)
{
    struct route_copy sorted[SESSIONS_MAX];

    assert_int_equal(got->stolen, wanted->stolen);
    if (got->stolen)
        assert_memory_equal(&got->steal, &wanted->steal, sizeof got->steal);
    assert_int_equal(got->mirror_count, wanted->mirror_count);
    if (got->mirror_count == 0)
        return;
    memcpy(sorted, got->mirrors, got->mirror_count * sizeof *sorted);
    qsort(sorted, got->mirror_count, sizeof *sorted, copy_order);
    assert_memory_equal(sorted, wanted->mirrors, got->mirror_count * sizeof *sorted);
}

static void check_table(struct random_case *random, struct route_scratch *scratch, struct route_index **index,
                        struct totals *totals)
{
    CLEANUP(route_table_freep) struct route_table *table = random_table(random, SESSIONS_MAX);
    CLEANUP(naive_freep) struct naive *naive = NULL;
    CLEANUP(route_index_unrefp) struct route_index *previous = *index;
    struct reason why = {0};

    assert_int_equal(naive_new(table, &naive), 0);
    *index = NULL;
    assert_int_equal(route_index_build(table, previous, index, &why), 0);
    assert_int_equal(route_scratch_prepare(scratch, *index), 0);
    for (size_t i = 0; i < MESSAGES_PER_TABLE; i++) {
        struct route_decision got, wanted;
        struct random_message message;
        random_message(random, &message);
        route_decide(*index, scratch, message.headers, message.count, (struct mono){1}, &got);
        naive_decide(naive, message.headers, message.count, &wanted);
        assert_same(&got, &wanted);
        totals->stolen += got.stolen;
        totals->mirrored += got.mirror_count > 0;
        totals->neither += !got.stolen && got.mirror_count == 0;
    }
}

static void test_c6_c15_index_decides_as_plain_evaluation(void **state)
{
    CLEANUP(route_scratch_freep) struct route_scratch *scratch = NULL;
    CLEANUP(route_index_unrefp) struct route_index *index = NULL;
    struct totals totals = {0};

    assert_int_equal(route_scratch_new(&scratch), 0);
    for (size_t i = 0; i < TABLES; i++) {
        struct random_case random = {.state = random_next(*state)};
        check_table(&random, scratch, &index, &totals);
    }
    print_message("stolen %zu, mirrored %zu, neither %zu\n", totals.stolen, totals.mirrored, totals.neither);
    assert_true(totals.stolen > TABLES && totals.mirrored > TABLES && totals.neither > TABLES);
}

int main(int argc, char **argv)
{
    struct random_case random = {.state = argc > 1 ? strtoull(argv[1], NULL, 0) : mono_now_us()};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_c6_c15_index_decides_as_plain_evaluation, &random),
    };
    print_message("seed %#llx\n", (unsigned long long)random.state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
