/* A patched service is restored whatever becomes of its manifest, and kept patched whoever writes its files (W-1, W-6). */
#include "tests/component/target/bench.h"

#define BROKEN "{\"name\":\"TOPIC\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"none\",\"key\":\"a\"}}}"

/* A service that runs with a patch. */
static struct bench *begin_patched(void **state)
{
    struct bench *bench = bench_begin_running(state, false);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    return bench;
}

static void an_edit_of_the_manifest_keeps_the_patch(void **state)
{
    struct bench *bench = begin_patched(state);
    bench_manifest(bench, "{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"GROUP\",\"value\":\"other\"}",
                   false);
    bench_want(bench, "temp-1");
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, "TOPIC=\"temp-1\"\nGROUP=\"other\"\n");
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, "TOPIC=\"orders\"\nGROUP=\"other\"\n");
}

static void a_broken_manifest_keeps_the_patch_and_is_told(void **state)
{
    struct bench *bench = begin_patched(state);
    bench_manifest(bench, BROKEN, false);
    bench_want(bench, "temp-1");
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.state, TARGET_STATE_READY);
    assert_int_equal(observed.why.code, REASON_NAME_SOURCE_EMPTY);
    assert_true(observed.unpatched_gone && observed.patched_ready == 1);
    bench_assert_runs(bench, PATCHED);
    bench_manifest(bench, OWN, false);
    bench_want(bench, "temp-1");
    assert_int_equal(bench_observe(bench).why.code, REASON_NONE);
    assert_int_equal(file_lines(bench, "runs"), 1);
}

static void W_1_a_broken_manifest_is_restored_by_the_record(void **state)
{
    struct bench *bench = begin_patched(state);
    bench_manifest(bench, BROKEN, false);
    bench_end_life(bench); /* also by a supervisor that never saw the good one */
    bench_begin_life(bench);
    bench_want(bench, "temp-1");
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_null(strstr(file_text(bench, "target.default.shop.json"), "orders")); /* the record is gone */
    bench_manifest(bench, OWN, false);
    bench_want(bench, NULL);
    assert_true(is_ready(bench));
    assert_int_equal(file_lines(bench, "runs"), 2);
}

static void W_1_a_removed_manifest_is_restored_by_the_record(void **state)
{
    struct bench *bench = begin_patched(state);
    bench_manifest_none(bench);
    struct target_observed observed = bench_observe(bench);
    assert_true(observed.held && !observed.exists);
    bench_end_life(bench);
    bench_begin_life(bench);
    observed = bench_observe(bench);
    assert_true(observed.held && !observed.exists);
    assert_string_equal(observed.uid, "uid-of-shop");
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    assert_false(bench_observe(bench).held); /* nobody's business any more */
}

static bool is_let_go(struct bench *bench) { return !bench_observe(bench).held; }

static void a_removed_service_that_cannot_be_restored_is_let_go(void **state)
{
    struct bench *bench = begin_patched(state);
    file_put(bench, "code", "3");
    bench_manifest_none(bench);
    bench_want(bench, NULL);
    bench_wait(bench, is_let_go);
    assert_int_equal(file_lines(bench, "runs"), 1 + LOCAL_SERVICE_GONE_TRIES_MAX);
    assert_string_equal(file_text(bench, "env"), ORIGINAL);
}

static void the_record_follows_an_edit_of_the_manifest(void **state)
{
    struct bench *bench = begin_patched(state);
    /* What the patch hides: nothing to be restarted for, but another thing to be restored. */
    bench_manifest(bench, "{\"name\":\"TOPIC\",\"value\":\"renamed\"},{\"name\":\"GROUP\",\"value\":\"app\"}", false);
    bench_want(bench, "temp-1");
    assert_int_equal(file_lines(bench, "runs"), 1);
    bench_end_life(bench);
    bench_manifest_none(bench);
    bench_begin_life(bench);
    assert_true(bench_observe(bench).held);
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, "TOPIC=\"renamed\"\nGROUP=\"app\"\n");
}

static void full_disk_for_the_record_patches_nothing(void **state)
{
    struct bench *bench = *state;
    bench_manifest(bench, OWN, false);
    bench_begin_life(bench);
    file_put(bench, "env", ORIGINAL);
    bench_want(bench, NULL);
    made = (struct effects_made){.dead_from = 1, .error = -EROFS, .only_path = "target.default.shop.json"};
    bench_want(bench, "temp-1");
    assert_true(is_failed(bench));
    assert_int_equal(bench_observe(bench).why.code, REASON_STATE_UNWRITABLE);
    assert_string_equal(file_text(bench, "env"), ORIGINAL);
    made.dead_from = 0;
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, PATCHED);
}

static bool is_patched_again(struct bench *bench)
{
    return is_ready(bench) && strcmp(file_text(bench, "env"), PATCHED) == 0;
}
static bool is_seen(struct bench *bench) { return bench_observe(bench).why.code == REASON_TARGET_REVERTED; }

static void W_6_a_file_that_somebody_writes_is_written_over_and_the_service_restarted(void **state)
{
    struct bench *bench = begin_patched(state);
    file_put(bench, "hold", ""); /* the restart that repairs it takes a while */
    file_put(bench, "env", ORIGINAL);
    bench_wait(bench, is_seen);
    assert_false(bench_observe(bench).unpatched_gone); /* whatever runs may read the original */
    assert_int_equal(bench_observe(bench).state, TARGET_STATE_ROLLING);
    file_drop(bench, "hold");
    bench_wait(bench, is_patched_again);
    bench_assert_runs(bench, PATCHED);
    assert_int_equal(file_lines(bench, "runs"), 2);
    file_drop(bench, "env");
    bench_wait(bench, is_seen);
    bench_wait(bench, is_patched_again);
    assert_int_equal(file_lines(bench, "runs"), 3);
}

static void W_6_a_fight_over_a_file_is_left_after_three_and_taken_up_after_a_quiet_time(void **state)
{
    struct bench *bench = begin_patched(state);
    for (unsigned i = 0; i < REVERTS_MAX; i++) {
        file_put(bench, "env", ORIGINAL);
        bench_wait(bench, is_seen);
        bench_wait(bench, is_patched_again);
    }
    file_put(bench, "env", ORIGINAL);
    bench_wait(bench, is_failed);
    struct target_observed observed = bench_observe(bench);
    assert_int_equal(observed.why.code, REASON_TARGET_REVERTED);
    assert_non_null(strstr(observed.why.text, "/env was changed by somebody else, 4 times"));
    assert_false(observed.unpatched_gone);
    bench_want(bench, "temp-1"); /* no plan takes up the fight */
    bench_turn(bench, 2 * LOCAL_SERVICE_LOOK_MS + 200);
    assert_string_equal(file_text(bench, "env"), ORIGINAL);
    assert_int_equal(file_lines(bench, "runs"), 1 + REVERTS_MAX);
    bench_pass(REVERT_QUIET_MS);
    bench_wait(bench, is_patched_again);
    file_put(bench, "env", ORIGINAL); /* counted anew */
    bench_wait(bench, is_seen);
    bench_wait(bench, is_patched_again);
}

static void W_6_a_service_that_is_left_reverted_is_restored_all_the_same(void **state)
{
    struct bench *bench = begin_patched(state);
    for (unsigned i = 0; i <= REVERTS_MAX; i++) {
        file_put(bench, "env", "TOPIC=\"theirs\"\n");
        bench_wait(bench, is_seen);
        assert_true(bench_reached(bench, i < REVERTS_MAX ? is_patched_again : is_failed));
    }
    bench_want(bench, NULL);
    bench_wait(bench, is_ready);
    bench_assert_runs(bench, ORIGINAL);
    file_put(bench, "env", "TOPIC=\"theirs\"\n"); /* not patched: theirs */
    bench_turn(bench, LOCAL_SERVICE_LOOK_MS + 200);
    assert_string_equal(file_text(bench, "env"), "TOPIC=\"theirs\"\n");
}

#define TARGET_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TARGET_TEST(an_edit_of_the_manifest_keeps_the_patch),
        TARGET_TEST(a_broken_manifest_keeps_the_patch_and_is_told),
        TARGET_TEST(W_1_a_broken_manifest_is_restored_by_the_record),
        TARGET_TEST(W_1_a_removed_manifest_is_restored_by_the_record),
        TARGET_TEST(a_removed_service_that_cannot_be_restored_is_let_go),
        TARGET_TEST(the_record_follows_an_edit_of_the_manifest),
        TARGET_TEST(full_disk_for_the_record_patches_nothing),
        TARGET_TEST(W_6_a_file_that_somebody_writes_is_written_over_and_the_service_restarted),
        TARGET_TEST(W_6_a_fight_over_a_file_is_left_after_three_and_taken_up_after_a_quiet_time),
        TARGET_TEST(W_6_a_service_that_is_left_reverted_is_restored_all_the_same),
    };
    return cmocka_run_group_tests_name("local restore", tests, NULL, NULL);
}
