/* A local service is brought to what is wanted, wherever the supervisor dies (docs/standalone.md; W-3, I-6: environment file
 * byte for byte). */
#include "tests/component/target/bench.h"

#include <fcntl.h>
#include <unistd.h>

static void first_seen_with_the_right_file_is_not_restarted(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    assert_int_equal(file_lines(bench, "runs"), 0);
    struct target_observed observed = bench_observe(bench);
    assert_true(observed.exists && observed.unpatched_gone && observed.patched_ready == 1);
    bench_end_life(bench);
    bench_begin_life(bench);
    bench_want(bench, NULL);
    assert_true(is_ready(bench));
    assert_int_equal(file_lines(bench, "runs"), 0);
}

static void first_seen_with_another_file_is_restarted_once(void **state)
{
    struct bench *bench = bench_begin(state, false);
    bench_want(bench, NULL);
    bench_want(bench, NULL); /* the same again does nothing */
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

static void I_6_patch_and_unpatch_give_the_file_back_byte_for_byte(void **state)
{
    struct bench *bench = bench_begin_running(state, true);
    char before[65], after[65];
    memcpy(before, bench_observe(bench).entries_hash, sizeof before);
    bench_want(bench, "temp-1");
    assert_false(bench_observe(bench).unpatched_gone);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
    memcpy(after, bench_observe(bench).entries_hash, sizeof after);
    assert_string_not_equal(before, after);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_string_equal(bench_observe(bench).entries_hash, before);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

static bool all_effects_are_made(struct bench *bench)
{
    return is_ready(bench) || is_failed(bench) || (made.dead_from && made.count >= made.dead_from);
}

/* From one state to another, dying before the effect of that number; the next supervisor brings it to the end. */
static bool die_at(struct bench *bench, unsigned number, const char *topic, const char *environment)
{
    made.count = 0;
    made.dead_from = number;
    bench_want(bench, topic);
    bench_wait(bench, all_effects_are_made);
    bool died = made.count >= number;
    bench_end_life(bench);
    bench_begin_life(bench);
    bench_want(bench, topic);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, environment);
    return died;
}

/* Each with a guardian of its own, which waits longer before every start of a supervisor that dies again and again. */
static void death_at_every_step_is_made_good_by_the_next_supervisor(void **state)
{
    unsigned steps = 0;
    for (bool died = true; died; steps++) {
        assert_int_equal(bench_open(state), 0);
        struct bench *bench = bench_begin_running(state, true);
        died = die_at(bench, steps + 1, "temp-1", PATCHED);
        bool back = die_at(bench, steps + 1, NULL, ORIGINAL);
        assert_int_equal(died, back);
        assert_int_equal(bench_close(state), 0);
    }
    /* State emptied, file, restart command, ready command, state written. */
    assert_int_equal(steps, 5 + 1);
}

static bool is_held(struct bench *bench) { return file_lines(bench, "runs") > 0; }

static void death_during_a_restart_waits_for_it_before_the_next(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    file_put(bench, "hold", "");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_held);
    bench_end_life(bench);
    bench_begin_life(bench);
    bench_want(bench, NULL);
    bench_turn(bench, 100);
    assert_int_equal(file_lines(bench, "runs"), 1);
    file_drop(bench, "hold");
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

static void what_is_wanted_meanwhile_follows_after_the_running_restart(void **state)
{
    struct bench *bench = bench_begin_running(state, true);
    file_put(bench, "hold", "");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_held);
    bench_want(bench, "temp-2");
    bench_want(bench, NULL);
    file_drop(bench, "hold");
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

static bool is_asked_often(struct bench *bench) { return file_lines(bench, "asks") >= 3; }

static void ready_is_asked_until_it_succeeds(void **state)
{
    struct bench *bench = bench_begin_running(state, true);
    file_put(bench, "ready-code", "7");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_asked_often);
    bench_wait(bench, is_polling);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.patched_ready, 0);
    assert_non_null(strstr(observed.waits_for, "sh ended with exit code 7"));
    file_put(bench, "ready-code", "0");
    bench_wait(bench, is_ready);
    assert_int_equal(file_lines(bench, "runs"), 1);
    assert_string_equal(bench_observe(bench).waits_for, "");
}

static void a_service_that_never_becomes_ready_can_be_unpatched(void **state)
{
    struct bench *bench = bench_begin_running(state, true);
    file_put(bench, "ready-code", "7");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_polling);
    file_put(bench, "ready-code", "0");
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
}

static void a_service_that_is_gone_is_left_alone_until_it_comes_back(void **state)
{
    struct bench *bench = bench_begin(state, false);
    file_put(bench, "code", "3");
    bench_want(bench, NULL); /* never patched: there is nothing to restore */
    bench_wait(bench, is_failed);
    bench_manifest_none(bench);
    bench_turn(bench, 1200); /* longer than the first backoff */
    assert_int_equal(file_lines(bench, "runs"), 1);
    assert_false(bench_observe(bench).exists);
    file_put(bench, "code", "0");
    bench_manifest(bench, OWN, false);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
}

static void after_a_stop_no_command_is_started(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    file_put(bench, "hold", "");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_held);
    local_services_stop(bench->services);
    bench_want(bench, NULL);
    file_drop(bench, "hold");
    bench_turn(bench, 200);
    assert_int_equal(file_lines(bench, "runs"), 1);
    assert_int_equal(file_lines(bench, "asks"), 0);
}

#define TARGET_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TARGET_TEST(first_seen_with_the_right_file_is_not_restarted),
        TARGET_TEST(first_seen_with_another_file_is_restarted_once),
        TARGET_TEST(I_6_patch_and_unpatch_give_the_file_back_byte_for_byte),
        cmocka_unit_test(death_at_every_step_is_made_good_by_the_next_supervisor),
        TARGET_TEST(death_during_a_restart_waits_for_it_before_the_next),
        TARGET_TEST(what_is_wanted_meanwhile_follows_after_the_running_restart),
        TARGET_TEST(ready_is_asked_until_it_succeeds),
        TARGET_TEST(a_service_that_never_becomes_ready_can_be_unpatched),
        TARGET_TEST(a_service_that_is_gone_is_left_alone_until_it_comes_back),
        TARGET_TEST(after_a_stop_no_command_is_started),
    };
    return cmocka_run_group_tests_name("local service", tests, NULL, NULL);
}
