/* K-5: when a transaction is committed. */
#include "tests/unit/cmocka_all.h"
#include "worker/kafka/transaction_due.h"

static const struct mono begun = {.ms = 100000};

static struct transaction_state state_of(int64_t received_ms, size_t bytes, size_t waiting)
{
    return (struct transaction_state){
        .begun = begun, .received_at = mono_after(begun, received_ms), .bytes = bytes, .waiting = waiting};
}

static bool due(const struct transaction_state *state, int64_t at_ms, bool received)
{
    return transaction_is_due(state, mono_after(begun, at_ms), received);
}

static void k_5_idle_ends_it(void **unused)
{
    const struct transaction_state state = state_of(20, 1, 0);

    (void)unused;
    assert_false(due(&state, 24, false));
    assert_true(due(&state, 25, false));
    assert_false(due(&state, 25, true)); /* forwarding took that long by itself */
}

static void k_5_age_ends_it(void **unused)
{
    const struct transaction_state state = state_of(99, 1, TRANSACTION_BEHIND_MIN - 1);

    (void)unused;
    assert_false(due(&state, 99, true));
    assert_true(due(&state, 100, true));
}

static void k_5_a_backlog_makes_it_longer(void **unused)
{
    const struct transaction_state state = state_of(399, 1, TRANSACTION_BEHIND_MIN);

    (void)unused;
    assert_false(due(&state, 399, true));
    assert_true(due(&state, 400, true));
}

static void k_5_so_many_bytes_end_it(void **unused)
{
    const struct transaction_state below = state_of(0, TRANSACTION_BYTES_MAX - 1, 0);
    const struct transaction_state full = state_of(0, TRANSACTION_BYTES_MAX, TRANSACTION_BEHIND_MIN);

    (void)unused;
    assert_false(due(&below, 1, true));
    assert_true(due(&full, 1, true));
}

static void it_is_waited_for_what_comes_first(void **unused)
{
    const struct transaction_state idle = state_of(20, 1, 0), aged = state_of(98, 1, 0);

    (void)unused;
    assert_int_equal(transaction_wait_ms(&idle, mono_after(begun, 22)), 3);
    assert_int_equal(transaction_wait_ms(&aged, mono_after(begun, 99)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(k_5_idle_ends_it),
        cmocka_unit_test(k_5_age_ends_it),
        cmocka_unit_test(k_5_a_backlog_makes_it_longer),
        cmocka_unit_test(k_5_so_many_bytes_end_it),
        cmocka_unit_test(it_is_waited_for_what_comes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
