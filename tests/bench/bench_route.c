/* What one decision costs with 1 to 10,000 sessions, by the index and by running every filter (P-3).
 *
 * Processor time by getrusage; the variants are run in turns, so that a busy machine disturbs all of them alike. */
#include "tests/bench/route_load.h"
#include "tests/unit/route/naive.h"
#include <stdio.h>
#include <sys/resource.h>

#define RUNS 5
#define INDEX_DECISIONS 2000000u
#define NAIVE_FILTERS 5000000u /* decisions x sessions of a plain run */

struct variant {
    uint32_t sessions;
    struct load_message *messages;
    struct route_table *table;
    struct route_index *index;
    struct route_scratch *scratch;
    struct naive *naive;
    double build_ms, rebuild_ms;
    double index_ns[RUNS], naive_ns[RUNS];
};

static double cpu_ns(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

static void variant_init(struct variant *variant, uint32_t sessions)
{
    struct route_index *first = NULL;
    struct reason why;
    double began_ns;

    *variant = (struct variant){.sessions = sessions};
    variant->messages = load_messages(sessions);
    variant->table = load_table(sessions);
    began_ns = cpu_ns();
    check(route_index_build(variant->table, NULL, &first, &why) == 0);
    variant->build_ms = (cpu_ns() - began_ns) / 1e6;
    began_ns = cpu_ns();
    check(route_index_build(variant->table, first, &variant->index, &why) == 0);
    variant->rebuild_ms = (cpu_ns() - began_ns) / 1e6;
    route_index_unref(first);
    check(route_scratch_new(&variant->scratch) == 0);
    check(route_scratch_prepare(variant->scratch, variant->index) == 0);
    check(naive_new(variant->table, &variant->naive) == 0);
}

static void variant_deinit(struct variant *variant)
{
    naive_free(variant->naive);
    route_scratch_free(variant->scratch);
    route_index_unref(variant->index);
    route_table_free(variant->table);
    free(variant->messages);
}

static double run_index(struct variant *variant)
{
    struct route_decision decision;
    size_t stolen = 0;
    double began_ns = cpu_ns();

    for (uint32_t i = 0; i < INDEX_DECISIONS; i++) {
        route_decide(variant->index, variant->scratch, variant->messages[i % LOAD_MESSAGES].headers, LOAD_HEADERS,
                     (struct mono){1}, &decision);
        stolen += decision.stolen;
    }
    check(stolen > INDEX_DECISIONS / 3 && stolen < INDEX_DECISIONS * 2 / 3);
    return (cpu_ns() - began_ns) / INDEX_DECISIONS;
}

static double run_naive(struct variant *variant)
{
    uint32_t decisions = NAIVE_FILTERS / variant->sessions / RUNS, session;
    size_t stolen = 0;
    double began_ns = cpu_ns();

    for (uint32_t i = 0; i < decisions; i++)
        stolen += naive_steal(variant->naive, variant->messages[i % LOAD_MESSAGES].headers, LOAD_HEADERS, &session);
    check(stolen > 0);
    return (cpu_ns() - began_ns) / decisions;
}

static int order(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_variant(struct variant *variant, double base_ns)
{
    double *index_ns = variant->index_ns, *naive_ns = variant->naive_ns;
    qsort(index_ns, RUNS, sizeof *index_ns, order);
    qsort(naive_ns, RUNS, sizeof *naive_ns, order);
    printf("%8u | %7.0f (%.0f-%.0f) %+6.0f | %9.0f (%.0f-%.0f) | %6.1f %6.1f\n", variant->sessions,
           index_ns[RUNS / 2], index_ns[0], index_ns[RUNS - 1], index_ns[RUNS / 2] - base_ns, naive_ns[RUNS / 2],
           naive_ns[0], naive_ns[RUNS - 1], variant->build_ms, variant->rebuild_ms);
}

int main(void)
{
    static const uint32_t sizes[] = {1, 100, 1000, 10000};
    struct variant variants[sizeof sizes / sizeof *sizes];
    const size_t count = sizeof sizes / sizeof *sizes;

    for (size_t i = 0; i < count; i++)
        variant_init(&variants[i], sizes[i]);
    for (size_t run = 0; run < RUNS; run++)
        for (size_t i = 0; i < count; i++) {
            variants[i].index_ns[run] = run_index(&variants[i]);
            variants[i].naive_ns[run] = run_naive(&variants[i]);
        }
    printf("CPU ns per decision, 6 headers, half of the messages match; median (min-max) of %d runs in turns\n",
           RUNS);
    printf("sessions |  index, more than with 1 session | every filter in turn | build, rebuild ms\n");
    for (size_t i = 0; i < count; i++)
        print_variant(&variants[i], variants[0].index_ns[RUNS / 2]);
    for (size_t i = 0; i < count; i++)
        variant_deinit(&variants[i]);
    return 0;
}
