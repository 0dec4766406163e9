/* When a target is tried again: what is wrong with it is looked at less and less often, and another end that is away is not. */
#include "supervisor/target/target.h"
#include "tests/unit/cmocka_all.h"

static int64_t longest_wait_ms(enum reason_code code)
{
    struct target_observed observed = {.exists = true};
    unsigned failures = 0;
    int64_t longest_ms = 0;
    struct reason why;
    reason_set(&why, code, 0, "words");
    for (int i = 0; i < 20; i++) {
        int64_t delay_ms = target_failed(&observed, "Deployment/shop", &why, &failures);
        longest_ms = delay_ms > longest_ms ? delay_ms : longest_ms;
    }
    assert_string_equal(observed.waits_for, "another try; words");
    return longest_ms;
}

static void CASE_29_a_server_that_was_away_is_asked_again_soon_after_it_is_back(void **state)
{
    (void)state;
    assert_true(longest_wait_ms(REASON_TARGET_UNREACHABLE) <= 5000);
    assert_true(longest_wait_ms(REASON_NOT_PERMITTED) > 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(CASE_29_a_server_that_was_away_is_asked_again_soon_after_it_is_back)};
    return cmocka_run_group_tests_name("target failed", tests, NULL, NULL);
}
