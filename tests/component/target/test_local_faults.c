/* What goes wrong on the way of a local service to what is wanted: commands, disks and manifests (docs/standalone.md). */
#include "tests/component/target/bench.h"

#include <fcntl.h>
#include <unistd.h>

static bool has_failed_twice(struct bench *bench) { return is_failed(bench) && file_lines(bench, "runs") >= 2; }

static void a_restart_that_fails_is_tried_again_and_is_no_progress(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    file_put(bench, "code", "3");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_failed);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.why.code, REASON_RESTART_FAILED);
    assert_non_null(strstr(observed.why.text, "exit code 3"));
    assert_non_null(strstr(observed.why.text, "target.default.shop.log"));
    assert_int_equal(observed.patched_ready, 0);
    bench_want(bench, "temp-1"); /* does not shorten the backoff */
    assert_int_equal(file_lines(bench, "runs"), 1);
    bench_wait(bench, has_failed_twice);
    assert_int_equal(bench_observe(bench).progress, observed.progress);
    file_put(bench, "code", "0");
    bench_wait(bench, is_ready);
    assert_true(bench_observe(bench).progress > observed.progress);
    assert_int_equal(bench_observe(bench).why.code, REASON_NONE);
    bench_assert_runs(bench, PATCHED);
}

static void a_restart_that_cannot_be_started_is_told_by_name(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    bench->shell = "/nowhere/restart.sh";
    bench_manifest(bench, OWN, false);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_failed);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.why.code, REASON_RESTART_FAILED);
    assert_string_equal(observed.why.text,
                        "the restart command /nowhere/restart.sh cannot be started: No such file or directory");
    assert_non_null(strstr(observed.waits_for, "another try; the restart command"));
    bench->shell = NULL;
    bench_manifest(bench, OWN, false);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
}

/* The limit itself is the guardian's (test_guardian_children). */
static void a_restart_that_hangs_is_killed_told_and_tried_again(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    file_put(bench, "hold", "");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_failed);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.why.code, REASON_RESTART_FAILED);
    assert_non_null(strstr(observed.why.text, "ran longer than 120 seconds"));
    assert_non_null(strstr(observed.why.text, "target.default.shop.log"));
    assert_false(observed.unpatched_gone);
    file_drop(bench, "hold");
    unlinkat(bench->folder_fd, "busy",
             AT_REMOVEDIR); /* the trace that two ran at a time; the killed one could not take it away */
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

#define MORE                                                                            \
    "{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"GROUP\",\"value\":\"app\"}," \
    "{\"name\":\"A\",\"value\":\"1\"}"

/* An edit of the manifest while the service is patched: every instance had the entries before, and has them after. */
static void a_restart_with_the_same_entries_has_no_instance_without_them(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    file_put(bench, "code", "3");
    bench_manifest(bench, MORE, false);
    bench_want(bench, "temp-1");
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.state, TARGET_STATE_ROLLING);
    assert_true(observed.unpatched_gone);
    bench_wait(bench, is_failed); /* what runs after a failed restart is not known */
    assert_false(bench_observe(bench).unpatched_gone);
    assert_non_null(strstr(bench_observe(bench).why.text, "the restart command sh ended with exit code 3"));
}

static void a_corrected_restart_command_need_not_wait_for_the_backoff(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    file_put(bench, "code", "3");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_failed);
    file_put(bench, "code", "0");
    bench_manifest(bench, OWN, true); /* other commands, same files */
    bench_want(bench, "temp-1");
    assert_int_equal(bench_observe(bench).state, TARGET_STATE_ROLLING);
    bench_wait(bench, is_ready);
}

static void full_disk_for_state_changes_nothing_and_recovers(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    made = (struct effects_made){.dead_from = 1, .error = -ENOSPC};
    bench_want(bench, "temp-1");
    assert_true(is_failed(bench));
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.why.code, REASON_STATE_UNWRITABLE);
    assert_non_null(strstr(observed.why.text, "No space left"));
    bench_assert_runs(bench, ORIGINAL);
    made.dead_from = 0;
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
}

static void an_environment_file_without_a_folder_is_a_wrong_field(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    made = (struct effects_made){.dead_from = 1, .error = -ENOENT, .only_path = "/env"};
    bench_want(bench, "temp-1");
    assert_true(is_failed(bench));
    assert_int_equal(bench_observe(bench).why.code, REASON_FIELD_INVALID);
    assert_non_null(strstr(bench_observe(bench).why.text, "/env cannot be written: No such file"));
    made.dead_from = 0;
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
}

static void full_disk_for_the_environment_file_is_told_by_name_and_recovers(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    made = (struct effects_made){.dead_from = 1, .error = -ENOSPC, .only_path = "/env"};
    bench_want(bench, "temp-1");
    assert_true(is_failed(bench));
    assert_non_null(strstr(bench_observe(bench).why.text, "/env cannot be written: No space left"));
    assert_int_equal(file_lines(bench, "runs"), 0);
    made.dead_from = 0;
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
}

static void full_disk_at_the_last_step_costs_one_more_restart_after_a_death(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    made = (struct effects_made){.dead_from = 2, .error = -ENOSPC, .only_path = "target.default.shop.json"};
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    bench_end_life(bench);
    bench_begin_life(bench);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

#define BROKEN "{\"name\":\"TOPIC\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"none\",\"key\":\"a\"}}}"

static void a_manifest_that_is_wrong_leaves_the_service_as_it_runs(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    bench_manifest(bench, BROKEN, false);
    bench_want(bench, NULL);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.state, TARGET_STATE_FAILED);
    assert_int_equal(observed.why.code, REASON_NAME_SOURCE_EMPTY);
    assert_int_equal(observed.patched_ready, 1);
    bench_assert_runs(bench, ORIGINAL);
    bench_manifest(bench, OWN, false);
    bench_want(bench, NULL);
    assert_true(is_ready(bench));
    assert_int_equal(file_lines(bench, "runs"), 0);
}

/* Both would write the file in turn, each over the other's. */
static void a_file_that_two_services_name_is_left_alone(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    bench_manifest_twins(bench, MORE);
    bench_want(bench, NULL);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.state, TARGET_STATE_FAILED);
    assert_non_null(strstr(observed.why.text, "default/shop and default/twin name the same envFile"));
    bench_assert_runs(bench, ORIGINAL);
    bench_manifest(bench, MORE, false);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

static void a_state_file_that_cannot_be_understood_leads_to_a_restart(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    bench_end_life(bench);
    file_put(bench, "target.default.shop.json", "{\"uid\":");
    bench_begin_life(bench);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

#define TARGET_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TARGET_TEST(a_restart_that_fails_is_tried_again_and_is_no_progress),
        TARGET_TEST(a_restart_that_cannot_be_started_is_told_by_name),
        cmocka_unit_test_setup_teardown(a_restart_that_hangs_is_killed_told_and_tried_again, bench_open_impatient,
                                        bench_close),
        TARGET_TEST(a_restart_with_the_same_entries_has_no_instance_without_them),
        TARGET_TEST(a_corrected_restart_command_need_not_wait_for_the_backoff),
        TARGET_TEST(full_disk_for_state_changes_nothing_and_recovers),
        TARGET_TEST(an_environment_file_without_a_folder_is_a_wrong_field),
        TARGET_TEST(full_disk_for_the_environment_file_is_told_by_name_and_recovers),
        TARGET_TEST(full_disk_at_the_last_step_costs_one_more_restart_after_a_death),
        TARGET_TEST(a_manifest_that_is_wrong_leaves_the_service_as_it_runs),
        TARGET_TEST(a_file_that_two_services_name_is_left_alone),
        TARGET_TEST(a_state_file_that_cannot_be_understood_leads_to_a_restart),
    };
    return cmocka_run_group_tests_name("local faults", tests, NULL, NULL);
}
