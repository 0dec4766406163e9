/* A local service is brought to what is wanted, whatever fails and wherever the supervisor dies (contract: LocalService; W-3,
 * I-6: environment file byte for byte). */
#include "tests/component/target/bench.h"

#include <fcntl.h>
#include <unistd.h>

#define OWN "{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"GROUP\",\"value\":\"app\"}"

static struct bench *begin(void **state, bool ready)
{
    struct bench *bench = *state;
    bench_manifest(bench, OWN, ready);
    bench_begin_life(bench);
    return bench;
}

/* A service that runs, known to us. */
static struct bench *begin_running(void **state, bool ready)
{
    struct bench *bench = begin(state, ready);
    file_put(bench, "env", ORIGINAL);
    file_put(bench, "in-force", ORIGINAL);
    bench_want(bench, NULL);
    assert_true(is_ready(bench));
    return bench;
}

static void assert_runs(struct bench *bench, const char *environment)
{
    assert_string_equal(file_text(bench, "env"), environment);
    assert_string_equal(file_text(bench, "in-force"), environment);
    assert_string_equal(file_text(bench, "overlaps"), "");
}

static void first_seen_with_the_right_file_is_not_restarted(void **state)
{
    struct bench *bench = begin_running(state, false);
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
    struct bench *bench = begin(state, false);
    bench_want(bench, NULL);
    bench_want(bench, NULL); /* the same again does nothing */
    bench_wait(bench, is_ready);
    assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

static void I_6_patch_and_unpatch_give_the_file_back_byte_for_byte(void **state)
{
    struct bench *bench = begin_running(state, true);
    char before[65], after[65];
    memcpy(before, bench_observe(bench).entries_hash, sizeof before);
    bench_want(bench, "temp-1");
    assert_false(bench_observe(bench).unpatched_gone);
    bench_wait(bench, is_ready);
    assert_runs(bench, PATCHED);
    memcpy(after, bench_observe(bench).entries_hash, sizeof after);
    assert_string_not_equal(before, after);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    assert_runs(bench, ORIGINAL);
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
    assert_runs(bench, environment);
    return died;
}

/* Each with a guardian of its own, which waits longer before every start of a supervisor that dies again and again. */
static void death_at_every_step_is_made_good_by_the_next_supervisor(void **state)
{
    unsigned steps = 0;
    for (bool died = true; died; steps++) {
        assert_int_equal(bench_open(state), 0);
        struct bench *bench = begin_running(state, true);
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
    struct bench *bench = begin_running(state, false);
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
    assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

static void what_is_wanted_meanwhile_follows_after_the_running_restart(void **state)
{
    struct bench *bench = begin_running(state, true);
    file_put(bench, "hold", "");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_held);
    bench_want(bench, "temp-2");
    bench_want(bench, NULL);
    file_drop(bench, "hold");
    bench_wait(bench, is_ready);
    assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

static bool has_failed_twice(struct bench *bench) { return is_failed(bench) && file_lines(bench, "runs") >= 2; }

static void a_restart_that_fails_is_tried_again_and_is_no_progress(void **state)
{
    struct bench *bench = begin_running(state, false);
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
    assert_runs(bench, PATCHED);
}

static void a_restart_that_cannot_be_started_is_told_by_name(void **state)
{
    struct bench *bench = begin_running(state, false);
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
    assert_runs(bench, PATCHED);
}

/* The limit itself is the guardian's (test_guardian_children). */
static void a_restart_that_hangs_is_killed_told_and_tried_again(void **state)
{
    struct bench *bench = begin_running(state, false);
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
    assert_runs(bench, PATCHED);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

#define MORE                                                                            \
    "{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"GROUP\",\"value\":\"app\"}," \
    "{\"name\":\"A\",\"value\":\"1\"}"

/* An edit of the manifest while the service is patched: every instance had the entries before, and has them after. */
static void a_restart_with_the_same_entries_has_no_instance_without_them(void **state)
{
    struct bench *bench = begin_running(state, false);
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
    struct bench *bench = begin_running(state, false);
    file_put(bench, "code", "3");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_failed);
    file_put(bench, "code", "0");
    bench_manifest(bench, OWN, true); /* other commands, same files */
    bench_want(bench, "temp-1");
    assert_int_equal(bench_observe(bench).state, TARGET_STATE_ROLLING);
    bench_wait(bench, is_ready);
}

static bool is_asked_often(struct bench *bench) { return file_lines(bench, "asks") >= 3; }

static void ready_is_asked_until_it_succeeds(void **state)
{
    struct bench *bench = begin_running(state, true);
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
    struct bench *bench = begin_running(state, true);
    file_put(bench, "ready-code", "7");
    bench_want(bench, "temp-1");
    bench_wait(bench, is_polling);
    file_put(bench, "ready-code", "0");
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    assert_runs(bench, ORIGINAL);
}

static void full_disk_for_state_changes_nothing_and_recovers(void **state)
{
    struct bench *bench = begin_running(state, false);
    made = (struct effects_made){.dead_from = 1, .error = -ENOSPC};
    bench_want(bench, "temp-1");
    assert_true(is_failed(bench));
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.why.code, REASON_STATE_UNWRITABLE);
    assert_non_null(strstr(observed.why.text, "No space left"));
    assert_runs(bench, ORIGINAL);
    made.dead_from = 0;
    bench_wait(bench, is_ready);
    assert_runs(bench, PATCHED);
}

static void full_disk_for_the_environment_file_is_told_by_name_and_recovers(void **state)
{
    struct bench *bench = begin_running(state, false);
    made = (struct effects_made){.dead_from = 1, .error = -ENOSPC, .only_path = "/env"};
    bench_want(bench, "temp-1");
    assert_true(is_failed(bench));
    assert_non_null(strstr(bench_observe(bench).why.text, "/env cannot be written: No space left"));
    assert_int_equal(file_lines(bench, "runs"), 0);
    made.dead_from = 0;
    bench_wait(bench, is_ready);
    assert_runs(bench, PATCHED);
}

static void full_disk_at_the_last_step_costs_one_more_restart_after_a_death(void **state)
{
    struct bench *bench = begin_running(state, false);
    made = (struct effects_made){.dead_from = 2, .error = -ENOSPC, .only_path = "target.default.shop.json"};
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    bench_end_life(bench);
    bench_begin_life(bench);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    assert_runs(bench, PATCHED);
    assert_int_equal(file_lines(bench, "runs"), 2);
}

#define BROKEN "{\"name\":\"TOPIC\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"none\",\"key\":\"a\"}}}"

static void a_manifest_that_is_wrong_leaves_the_service_as_it_runs(void **state)
{
    struct bench *bench = begin_running(state, false);
    bench_manifest(bench, BROKEN, false);
    bench_want(bench, NULL);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.state, TARGET_STATE_FAILED);
    assert_int_equal(observed.why.code, REASON_NAME_SOURCE_EMPTY);
    assert_int_equal(observed.patched_ready, 1);
    assert_runs(bench, ORIGINAL);
    bench_manifest(bench, OWN, false);
    bench_want(bench, NULL);
    assert_true(is_ready(bench));
    assert_int_equal(file_lines(bench, "runs"), 0);
}

/* Both would write the file in turn, each over the other's. */
static void a_file_that_two_services_name_is_left_alone(void **state)
{
    struct bench *bench = begin_running(state, false);
    bench_manifest_twins(bench, MORE);
    bench_want(bench, NULL);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.state, TARGET_STATE_FAILED);
    assert_non_null(strstr(observed.why.text, "default/shop and default/twin name the same envFile"));
    assert_runs(bench, ORIGINAL);
    bench_manifest(bench, MORE, false);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

static void a_state_file_that_cannot_be_understood_leads_to_a_restart(void **state)
{
    struct bench *bench = begin_running(state, false);
    bench_end_life(bench);
    file_put(bench, "target.default.shop.json", "{\"uid\":");
    bench_begin_life(bench);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    assert_runs(bench, ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

static void a_service_that_is_gone_is_left_alone_until_it_comes_back(void **state)
{
    struct bench *bench = begin(state, false);
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
    assert_runs(bench, ORIGINAL);
}

static void after_a_stop_no_command_is_started(void **state)
{
    struct bench *bench = begin_running(state, false);
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
        TARGET_TEST(a_restart_that_fails_is_tried_again_and_is_no_progress),
        TARGET_TEST(a_restart_that_cannot_be_started_is_told_by_name),
        cmocka_unit_test_setup_teardown(a_restart_that_hangs_is_killed_told_and_tried_again, bench_open_impatient,
                                        bench_close),
        TARGET_TEST(a_restart_with_the_same_entries_has_no_instance_without_them),
        TARGET_TEST(a_corrected_restart_command_need_not_wait_for_the_backoff),
        TARGET_TEST(ready_is_asked_until_it_succeeds),
        TARGET_TEST(a_service_that_never_becomes_ready_can_be_unpatched),
        TARGET_TEST(full_disk_for_state_changes_nothing_and_recovers),
        TARGET_TEST(full_disk_for_the_environment_file_is_told_by_name_and_recovers),
        TARGET_TEST(full_disk_at_the_last_step_costs_one_more_restart_after_a_death),
        TARGET_TEST(a_manifest_that_is_wrong_leaves_the_service_as_it_runs),
        TARGET_TEST(a_file_that_two_services_name_is_left_alone),
        TARGET_TEST(a_state_file_that_cannot_be_understood_leads_to_a_restart),
        TARGET_TEST(a_service_that_is_gone_is_left_alone_until_it_comes_back),
        TARGET_TEST(after_a_stop_no_command_is_started),
    };
    return cmocka_run_group_tests_name("local service", tests, NULL, NULL);
}
