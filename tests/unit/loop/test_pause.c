/* Pauses grow with each failure in a row, and what has worked ends the row, not a wait. */
#include "common/loop/pause.h"
#include "tests/unit/cmocka_all.h"

static const struct backoff backoff = {.first_ms = 1000, .max_ms = 8000};

static void pauses_grow_and_end(void **state)
{
    struct pause pause = {0};
    struct mono now = mono_now();

    (void)state;
    assert_true(pause_is_over(&pause, now));
    pause_grow(&pause, &backoff);
    assert_false(pause_is_over(&pause, now));
    assert_in_range(mono_until(now, pause.until), 700, 2000);
    pause_grow(&pause, &backoff);
    pause_grow(&pause, &backoff);
    assert_int_equal(pause.failures, 3);
    assert_in_range(mono_until(now, pause.until), 3000, 5000);
    pause_end(&pause);
    assert_int_equal(pause.failures, 0);
    assert_false(pause_is_over(&pause, now));
    pause_for(&pause, 0);
    assert_true(pause_is_over(&pause, mono_now()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pauses_grow_and_end)};

    return cmocka_run_group_tests_name("pause", tests, NULL, NULL);
}
