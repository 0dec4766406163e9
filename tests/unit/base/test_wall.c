/* Wall time as text (RFC 3339), and the clock of deadlines (C-12). */
#include "common/base/mono.h"
#include "tests/unit/cmocka_all.h"
#include <string.h>
#include <time.h>

static void texts_and_times_agree_in_both_directions(void **state)
{
    static const struct {
        const char *text;
        int64_t wall_ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-01-02T03:04:05Z", INT64_C(1767323045000)},
        {"2024-02-29T23:59:59Z", INT64_C(1709251199000)},
        {"1969-12-31T23:59:59Z", -1000},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
        {"0000-01-01T00:00:00Z", INT64_C(-62167219200000)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[WALL_TEXT_SIZE];
        int64_t wall_ms;
        wall_format(cases[i].wall_ms, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(wall_parse(cases[i].text, &wall_ms), 0);
        assert_true(wall_ms == cases[i].wall_ms);
    }
}

static void times_beyond_four_digit_years_are_clamped(void **state)
{
    char text[WALL_TEXT_SIZE];

    (void)state;
    wall_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    wall_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
    wall_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
}

static void fractions_offsets_and_leap_seconds_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t wall_ms;
    } cases[] = {
        {"1970-01-01T00:00:00.5Z", 500},
        {"1970-01-01t00:00:00.123456789z", 123},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1969-12-31T18:30:00.001-05:30", 1},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t wall_ms;
        assert_int_equal(wall_parse(cases[i].text, &wall_ms), 0);
        assert_true(wall_ms == cases[i].wall_ms);
    }
}

static void whatever_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05Z ",
        "2026-01-02 03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-00-02T03:04:05Z",
        "2025-02-29T03:04:05Z",
        "2026-01-02T24:04:05Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+0200",
        "2026-01-02T03:04:05+24:00",
        "2026-1-02T03:04:05Z",
        "+026-01-02T03:04:05Z",
    };
    int64_t wall_ms = 7;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (wall_parse(texts[i], &wall_ms) != -EINVAL)
            fail_msg("accepted: %s", texts[i]);
    assert_int_equal(wall_ms, 7);
}

static void C_12_deadlines_count_the_time_that_the_machine_slept(void **state)
{
    struct timespec boot;
    struct mono before = mono_now();

    (void)state;
    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &boot), 0);
    struct mono after = mono_now();
    int64_t boot_ms = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000;
    assert_true(before.ms <= boot_ms && boot_ms <= after.ms);
    assert_true(mono_now_us() / 1000 >= (uint64_t)after.ms);
    assert_true(mono_is_set(after) && !mono_is_set((struct mono){0}));
}

static void a_deadline_is_reached_at_its_millisecond(void **state)
{
    struct mono now = {1000};

    (void)state;
    assert_false(mono_reached(now, mono_after(now, 1)));
    assert_true(mono_reached(now, now));
    assert_int_equal(mono_until(now, mono_after(now, 25)), 25);
    assert_int_equal(mono_until(now, mono_after(now, -25)), 0);
    assert_true(wall_now_ms() > INT64_C(1700000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_times_agree_in_both_directions),
        cmocka_unit_test(times_beyond_four_digit_years_are_clamped),
        cmocka_unit_test(fractions_offsets_and_leap_seconds_are_read),
        cmocka_unit_test(whatever_is_no_time_is_refused),
        cmocka_unit_test(C_12_deadlines_count_the_time_that_the_machine_slept),
        cmocka_unit_test(a_deadline_is_reached_at_its_millisecond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
