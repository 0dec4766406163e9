/* How many splits fit into the memory of the workers (S-12: limits stay below the container's). */
#include "supervisor/main/capacity.h"
#include "tests/unit/cmocka_all.h"

static int64_t splits_of(int64_t splits, const char *memory)
{
    int64_t found = -1;
    assert_int_equal(capacity_splits(splits, memory, &found), 0);
    return found;
}

static void memory_limits_the_splits(void **state)
{
    (void)state;
    assert_int_equal(splits_of(64, "2147483648"), 16);
    assert_int_equal(splits_of(64, "2147483647"), 15);
    assert_int_equal(splits_of(10, "2147483648"), 10); /* the setting is the smaller one */
    assert_int_equal(splits_of(64, "1024"), 1);        /* one is always tried */
}

static void without_a_limit_the_setting_counts(void **state)
{
    (void)state;
    assert_int_equal(splits_of(64, NULL), 64);
    assert_int_equal(splits_of(64, ""), 64);
}

static void what_is_no_number_is_refused(void **state)
{
    int64_t found = -1;
    (void)state;
    assert_int_equal(capacity_splits(64, "2Gi", &found), -EINVAL);
    assert_int_equal(found, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_limits_the_splits),
        cmocka_unit_test(without_a_limit_the_setting_counts),
        cmocka_unit_test(what_is_no_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
