/* How fast totals grow that are told about once a second: steady for who looks at any moment. */
#include "supervisor/worker_link/observed_pace.h"
#include "tests/unit/cmocka_all.h"

static void add(struct observed_pace *pace, uint64_t received, int64_t at_ms)
{
    const struct figures figures = {.received = received, .delivered = received / 2};
    observed_pace_add(pace, &figures, (struct mono){at_ms});
}

enum {
    RECEIVED = offsetof(struct figures, received) / sizeof(uint64_t),
    DELIVERED = offsetof(struct figures, delivered) / sizeof(uint64_t),
};

static double received(const struct observed_pace *pace, int64_t at_ms)
{
    struct observed_rates rates;
    return observed_pace_rates(pace, (struct mono){at_ms}, &rates) ? rates.values[RECEIVED] : -1;
}

static void a_steady_flow_has_a_steady_rate(void **state)
{
    struct observed_pace pace = {.latest = {.at = {0}}};
    /* 40 messages a second, told with the jitter of two clocks of a second each. */
    static const int64_t jitter_ms[] = {0, 900, 100, 450, 0, 700, 950, 50};
    (void)state;
    assert_true(received(&pace, 500) < 0);
    for (int64_t second = 1; second < 200; second++) {
        int64_t at_ms = 1000 * second + jitter_ms[second % 8];
        add(&pace, 40 * (uint64_t)second, at_ms);
        for (int64_t look_ms = at_ms; second > 6 && look_ms < at_ms + 2000; look_ms += 250)
            assert_true(received(&pace, look_ms) > 25 && received(&pace, look_ms) < 60);
    }
}

static void rates_follow_a_change(void **state)
{
    struct observed_pace pace = {.latest = {.at = {0}}};
    struct observed_rates rates;
    (void)state;
    add(&pace, 0, 1000);
    assert_true(received(&pace, 1000) < 0); /* one total tells nothing */
    add(&pace, 1000, 2000);
    assert_true(observed_pace_rates(&pace, (struct mono){2000}, &rates));
    assert_true(rates.values[RECEIVED] > 999 && rates.values[RECEIVED] < 1001 && rates.values[DELIVERED] > 499 &&
                rates.values[DELIVERED] < 501);
    for (uint64_t i = 0; i < 7; i++)
        add(&pace, 1000 + i, 3000 + 1000 * (int64_t)i);
    assert_true(received(&pace, 9000) < 2);
}

static void nothing_counted_is_nothing_a_second(void **state)
{
    struct observed_pace pace = {.latest = {.at = {0}}};
    (void)state;
    add(&pace, 10, 1000);
    assert_true(received(&pace, 1000 + OBSERVED_PACE_QUIET_MS) == 0);
    add(&pace, 20, 2000);
    assert_true(received(&pace, 2500) > 9);
    assert_true(received(&pace, 2000 + OBSERVED_PACE_QUIET_MS) == 0);
    /* What comes after a long quiet was not counted all the time. */
    add(&pace, 80, 100000);
    assert_true(received(&pace, 100000) > 30 && received(&pace, 100000) < 60);
}

static void a_worker_that_counts_anew_has_no_rate_at_first(void **state)
{
    struct observed_pace pace = {.latest = {.at = {0}}};
    (void)state;
    add(&pace, 100, 1000);
    add(&pace, 200, 2000);
    add(&pace, 5, 3000);
    assert_true(received(&pace, 3000) < 0);
    add(&pace, 10, 4000);
    assert_true(received(&pace, 4000) > 4 && received(&pace, 4000) < 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_steady_flow_has_a_steady_rate),
                                       cmocka_unit_test(rates_follow_a_change),
                                       cmocka_unit_test(nothing_counted_is_nothing_a_second),
                                       cmocka_unit_test(a_worker_that_counts_anew_has_no_rate_at_first)};
    return cmocka_run_group_tests_name("observed pace", tests, NULL, NULL);
}
