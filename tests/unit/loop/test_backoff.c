/* Delays between tries: how they grow, their ceiling, their jitter. */
#include "common/loop/backoff.h"
#include "tests/unit/cmocka_all.h"

static const struct backoff backoff = {.first_ms = 100, .max_ms = 5000};

static void delays_double_up_to_the_ceiling(void **state)
{
    static const int64_t expected[] = {0, 100, 200, 400, 800, 1600, 3200, 5000, 5000};

    (void)state;
    for (unsigned failures = 0; failures < 9; failures++)
        assert_int_equal(backoff_delay_ms(&backoff, failures, 0), expected[failures]);
    assert_int_equal(backoff_delay_ms(&backoff, UINT32_MAX, 0), 5000);
}

static void jitter_takes_at_most_a_quarter(void **state)
{
    int64_t least = INT64_MAX, most = 0;

    (void)state;
    for (uint64_t random = 0; random < 10000; random++) {
        int64_t delay_ms = backoff_delay_ms(&backoff, 4, random * UINT64_C(0x9E3779B97F4A7C15));
        least = delay_ms < least ? delay_ms : least;
        most = delay_ms > most ? delay_ms : most;
    }
    assert_int_equal(least, 600);
    assert_int_equal(most, 800);
}

static void large_ceilings_do_not_overflow(void **state)
{
    const struct backoff large = {.first_ms = 3, .max_ms = INT64_MAX};
    const struct backoff none = {.first_ms = 0, .max_ms = 0};

    (void)state;
    assert_true(backoff_delay_ms(&large, 1000, 0) == INT64_MAX);
    assert_true(backoff_delay_ms(&large, 1000, UINT64_MAX) > 0);
    assert_int_equal(backoff_delay_ms(&none, 5, 17), 0);
    assert_int_equal(backoff_delay_ms(&(struct backoff){.first_ms = 100, .max_ms = 50}, 1, 0), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_the_ceiling),
        cmocka_unit_test(jitter_takes_at_most_a_quarter),
        cmocka_unit_test(large_ceilings_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
