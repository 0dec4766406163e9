/* How a worker ends: in order, by its watchdog, and never because the supervisor is gone. */
#include "tests/component/worker_runtime/stage.h"
#include <signal.h>

static bool is_welcome(void *peer) { return worker_peer_hello(peer) != NULL; }
/* It has seen its WELCOME, for before that it says nothing. */
static bool has_reported(void *peer) { return worker_peer_observed(peer)->checked; }
static bool has_stopped(void *peer) { return worker_peer_observed(peer)->stopped; }

static void a_stop_is_told_before_the_process_ends(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, is_welcome, peer);
    worker_link_stop(peer, 1000);
    stage_wait(stage, has_stopped, peer);
    struct worker_observed *seen = worker_peer_observed(peer);
    assert_true(seen->stopped_clean);
    assert_int_equal(worker_observed_figures(seen, "")->delivered, 4711); /* the last figures came first */
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_ORDERED);
}

static void a_stop_ordered_before_the_welcome_is_told_after_it(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    worker_link_stop(peer, 1000);
    stage_worker_start(stage, 1, "{}");
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_ORDERED);
}

static void SIGTERM_ends_a_worker_in_order(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, has_reported, peer);
    assert_int_equal(kill(stage->worker, SIGTERM), 0);
    stage_wait(stage, has_stopped, peer);
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_ORDERED);
}

static void SIGTERM_needs_no_supervisor(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, is_welcome, peer);
    stage_link_close(stage);
    assert_int_equal(kill(stage->worker, SIGTERM), 0);
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_ORDERED);
}

static void an_engine_that_does_not_stop_in_time_is_ended(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{\"stop\":\"never\"}");
    stage_wait(stage, is_welcome, peer);
    worker_link_stop(peer, 50);
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_WATCHDOG);
    assert_false(worker_peer_observed(peer)->stopped);
}

static void K_7_one_call_over_fifteen_seconds_ends_the_process(void **state)
{
    struct stage *stage = *state;
    struct mono before = mono_now();
    stage_link_open(stage);
    stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{\"hang\":true}");
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_WATCHDOG);
    assert_true(mono_reached(mono_now(), mono_after(before, WORKER_WATCHDOG_MS)));
}

static bool is_frozen_over(void *context)
{
    const struct mono *end = context;
    return mono_reached(mono_now(), *end);
}

/* C-12, K-19: somebody else may forward in its place by now; it must not take that back. */
static void C_12_a_worker_that_was_frozen_ends_when_it_wakes(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, is_welcome, peer);
    assert_int_equal(kill(stage->worker, SIGSTOP), 0);
    struct mono end = mono_after(mono_now(), WORKER_FROZEN_MS + 1000);
    stage_wait(stage, is_frozen_over, &end);
    assert_int_equal(kill(stage->worker, SIGCONT), 0);
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_WATCHDOG);
}

#define STOP_TEST(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STOP_TEST(a_stop_is_told_before_the_process_ends),
        STOP_TEST(a_stop_ordered_before_the_welcome_is_told_after_it),
        STOP_TEST(SIGTERM_ends_a_worker_in_order),
        STOP_TEST(SIGTERM_needs_no_supervisor),
        STOP_TEST(an_engine_that_does_not_stop_in_time_is_ended),
        STOP_TEST(K_7_one_call_over_fifteen_seconds_ends_the_process),
        STOP_TEST(C_12_a_worker_that_was_frozen_ends_when_it_wakes),
    };
    check(argc == 2);
    stage_program = argv[1];
    return cmocka_run_group_tests_name("worker stop", tests, NULL, NULL);
}
