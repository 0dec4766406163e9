/* How many splits fit into the memory of the workers (S-12: limits stay below the container's). */
#include "supervisor/main/capacity.h"
#include "tests/unit/cmocka_all.h"
#include <stdio.h>

#define MIB (1ll << 20)

static struct capacity capacity(int64_t splits, const char *memory)
{
    struct capacity found = {-1, -1};
    assert_int_equal(capacity_of(splits, memory, &found), 0);
    return found;
}

static void S_12_memory_limits_the_splits(void **state)
{
    (void)state;
    assert_int_equal(capacity(64, "4294967296").splits, 15); /* as the chart has it */
    assert_int_equal(capacity(64, "335544320").splits, 1);
    assert_int_equal(capacity(64, "1024").splits, 1);        /* one is always tried */
    assert_int_equal(capacity(10, "4294967296").splits, 10); /* the setting is the smaller one */
}

static void S_12_the_limits_of_all_workers_fit_into_their_container(void **state)
{
    char memory[32];
    (void)state;
    for (int64_t bytes = CAPACITY_GUARDIAN_BYTES + CAPACITY_WORKER_BYTES; bytes < 64ll << 30; bytes += 333 * MIB)
        for (int64_t splits = 1; splits <= 1024; splits += 7) {
            snprintf(memory, sizeof memory, "%lld", (long long)bytes);
            struct capacity found = capacity(splits, memory);
            assert_true(found.splits >= 1 && found.splits <= splits);
            assert_true(found.worker_bytes >= CAPACITY_WORKER_BYTES &&
                        found.worker_bytes <= CAPACITY_WORKER_BYTES_MAX);
            assert_true(found.splits * found.worker_bytes + CAPACITY_GUARDIAN_BYTES <= bytes);
        }
}

static void fewer_splits_get_more_each(void **state)
{
    (void)state;
    assert_int_equal(capacity(2, "1140850688").worker_bytes, 512 * MIB);
    assert_int_equal(capacity(1, "1140850688").worker_bytes, 1024 * MIB);
    assert_int_equal(capacity(1, "4294967296").worker_bytes, CAPACITY_WORKER_BYTES_MAX);
}

static void without_a_limit_the_setting_counts(void **state)
{
    (void)state;
    assert_int_equal(capacity(64, NULL).splits, 64);
    assert_int_equal(capacity(64, "").splits, 64);
    assert_int_equal(capacity(64, "").worker_bytes, CAPACITY_WORKER_BYTES_MAX);
}

static void what_is_no_number_is_refused(void **state)
{
    struct capacity found = {-1, -1};
    (void)state;
    assert_int_equal(capacity_of(64, "2Gi", &found), -EINVAL);
    assert_int_equal(found.splits, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(S_12_memory_limits_the_splits),
        cmocka_unit_test(S_12_the_limits_of_all_workers_fit_into_their_container),
        cmocka_unit_test(fewer_splits_get_more_each),
        cmocka_unit_test(without_a_limit_the_setting_counts),
        cmocka_unit_test(what_is_no_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
