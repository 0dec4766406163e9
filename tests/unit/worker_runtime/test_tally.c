/* The ledger of a split: whatever was read is somewhere, at every moment that somebody looks (ipc/figure.def). */
#include "worker/runtime/tally.h"

#include "common/base/mono.h"
#include "tests/unit/cmocka_all.h"

static struct figures of_split, of_session;
static struct work of_work;

void worker_report_figures(struct worker_runtime *runtime, const char *session, const struct figures *figures)
{
    (void)runtime;
    if (session[0])
        of_session = *figures;
    else
        of_split = *figures;
}

void worker_report_work(struct worker_runtime *runtime, const struct work *work)
{
    (void)runtime;
    of_work = *work;
}

static void look(struct tally *tally, struct tally_levels levels)
{
    tally_report(tally, NULL, &levels);
    assert_int_equal(of_split.received,
                     of_split.fallback + of_split.delivered + of_split.given_back + of_split.in_flight);
}

static void what_was_read_is_somewhere(void **state)
{
    const struct figures batch = {.received = 10, .fallback = 7, .delivered = 3, .mirrored = 2};
    struct tally tally;
    (void)state;
    tally_init(&tally);
    tally_open(&tally, 0, (struct tally_open){.count = 10});
    tally_open(&tally, 1, (struct tally_open){.count = 4});
    look(&tally, (struct tally_levels){0});
    assert_int_equal(of_split.received, 14);
    assert_int_equal(of_work.held, 14);
    tally_close(&tally, 0, &batch, 60);
    look(&tally, (struct tally_levels){0});
    assert_int_equal(of_split.in_flight, 4);
    tally_give_back(&tally, 1, 4); /* they are read again */
    look(&tally, (struct tally_levels){.lag = 5, .held = 1});
    assert_int_equal(of_split.received, 14);
    assert_int_equal(of_split.given_back, 4);
    assert_int_equal(of_work.lag, 5);
    assert_int_equal(of_work.held, 1);
    assert_int_equal(of_work.latency[LATENCY_FALLBACK].counts[4], 7); /* up to 100 ms */
    assert_int_equal(of_work.latency[LATENCY_MIRROR].sum_ms, 120);
    tally_deinit(&tally);
}

static void single_messages_add_up_as_batches_do(void **state)
{
    const struct figures read = {.received = 1}, to_session = {.delivered = 1};
    struct tally tally;
    (void)state;
    tally_init(&tally);
    tally_split(&tally, &read);
    look(&tally, (struct tally_levels){.in_flight = 1});
    tally_session(&tally, "uid", &to_session);
    tally_confirmed(&tally, LATENCY_SESSION, &to_session, 40000, wall_now_ms() - 90000);
    look(&tally, (struct tally_levels){0});
    assert_int_equal(of_session.delivered, 1);
    assert_int_equal(of_work.latency[LATENCY_SESSION].counts[LATENCY_BOUNDS], 1);
    assert_in_range(of_work.age_ms, 90000, 95000);
    look(&tally, (struct tally_levels){0});
    assert_int_equal(of_work.age_ms, 0); /* of the last second alone */
    look(&tally, (struct tally_levels){.oldest_wall_ms = wall_now_ms() - 5000});
    assert_in_range(of_work.age_ms, 5000, 9000);
    tally_deinit(&tally);
}

static void a_process_knows_what_it_uses(void **state)
{
    struct tally tally;
    (void)state;
    tally_init(&tally);
    look(&tally, (struct tally_levels){0});
    assert_true(of_work.memory_bytes > 0 && of_work.memory_bytes < (1u << 30) && of_work.memory_bytes % 4096 == 0);
    assert_true(of_work.cpu_ms != FIGURE_UNKNOWN);
    tally_deinit(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_read_is_somewhere),
                                       cmocka_unit_test(single_messages_add_up_as_batches_do),
                                       cmocka_unit_test(a_process_knows_what_it_uses)};
    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
