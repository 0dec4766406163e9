/* A worker and its supervisors: welcome, reports, adoption by another supervisor, heartbeat. */
#include "tests/component/worker_runtime/stage.h"
#include <sys/resource.h>

static bool is_welcome(void *peer) { return worker_peer_hello(peer) != NULL; }

static bool work_told(void *peer) { return worker_peer_observed(peer)->work.held > 0; }

static bool all_true(void *context)
{
    struct worker_observed *seen = worker_peer_observed(context);
    const struct observed_temp *a = worker_observed_temp(seen, "temp-a");
    return seen->checked && seen->positions_known && seen->applied > 0 && seen->forwarding_known && a &&
           a->state == WORKER_TEMP_PRESENT && worker_observed_figures(seen, "") && seen->event_count;
}

static void everything_that_the_worker_says_is_seen(void **state)
{
    struct stage *stage = *state;
    struct stage_table wanted;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 7, STAGE_TOKEN);
    assert_int_equal(worker_peer_liveness(peer), WORKER_AWAITED);
    stage_worker_start(stage, 7, "{}");
    stage_table_fill(&wanted, 5);
    assert_int_equal(worker_link_push(peer, &wanted.table), 0);
    stage_wait(stage, all_true, peer);

    struct worker_observed *seen = worker_peer_observed(peer);
    assert_int_equal(worker_peer_liveness(peer), WORKER_ALIVE);
    assert_int_equal(worker_peer_hello(peer)->pid, stage->worker);
    assert_int_equal(strlen(worker_peer_hello(peer)->spec_hash), 64);
    assert_string_equal(seen->cluster, "cluster-1");
    assert_int_equal(seen->partitions, 3);
    assert_int_equal(seen->delivery, WORKER_DELIVERY_EXACTLY_ONCE);
    assert_int_equal(seen->position_count, 3);
    assert_int_equal(seen->positions[2].end, 5);
    assert_int_equal(seen->applied, 5);
    assert_int_equal(seen->forwarding, WORKER_FORWARDING_RUNNING);
    assert_non_null(worker_observed_temp(seen, "temp-fallback"));
    assert_null(worker_observed_temp(seen, "temp-b"));
    struct observed_event event;
    assert_true(worker_observed_event_take(seen, &event));
    assert_int_equal(event.what.code, REASON_POSITION_LOST);
    assert_int_equal(event.sequence, 1);
    assert_false(worker_observed_event_take(seen, &event));
    assert_true(stage->changes > 0 && stage->figures > 0);

    unsigned changes = stage->changes;
    seen->work.held = 0;
    stage_wait(stage, work_told, peer);
    assert_int_equal(stage->changes, changes); /* else every split would be planned again each second */
    assert_int_equal(worker_peer_bad_frames(peer), 0);
}

static void S_12_a_worker_leaves_no_core_file(void **state)
{
    struct stage *stage = *state;
    struct rlimit core;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, is_welcome, peer);
    assert_int_equal(prlimit(stage->worker, RLIMIT_CORE, NULL, &core), 0);
    assert_int_equal(core.rlim_max, 0);
}

static uint64_t received(struct worker_peer *peer)
{
    return worker_observed_figures(worker_peer_observed(peer), "")->received;
}

static bool works_on(void *peer) { return received(peer) > 20; }

static bool two_applied(void *peer) { return worker_peer_observed(peer)->applied == 2; }

/* The second supervisor knows nothing but the record: split, incarnation, token. */
static void another_supervisor_adopts_a_worker_that_went_on(void **state)
{
    struct stage *stage = *state;
    struct stage_table wanted;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 3, STAGE_TOKEN);
    stage_worker_start(stage, 3, "{}");
    stage_table_fill(&wanted, 1);
    assert_int_equal(worker_link_push(peer, &wanted.table), 0);
    stage_wait(stage, all_true, peer);
    uint64_t before = received(peer);

    stage_link_close(stage);
    stage_link_open(stage);
    peer = stage_expect(stage, 3, STAGE_TOKEN);
    stage_wait(stage, all_true, peer);
    assert_int_equal(worker_peer_hello(peer)->pid, stage->worker);
    assert_int_equal(worker_peer_hello(peer)->generation, 1);
    assert_int_equal(worker_peer_observed(peer)->applied, 1);
    assert_int_equal(worker_peer_observed(peer)->position_count, 3);
    stage_wait(stage, works_on, peer);
    assert_true(received(peer) > before);

    /* An old number could be acknowledged by an old report (C-5). */
    assert_int_equal(worker_link_push(peer, &wanted.table), WORKER_LINK_STALE);
    assert_int_equal(worker_peer_generation_floor(peer), 1);
    wanted.table.generation = 2;
    assert_int_equal(worker_link_push(peer, &wanted.table), 0);
    stage_wait(stage, two_applied, peer);
}

/* Pushed before the worker was heard of, with a number that turns out to be used: it is dropped, not told. */
static void C_5_a_table_pushed_too_early_under_an_old_number_is_dropped(void **state)
{
    struct stage *stage = *state;
    struct stage_table wanted;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 3, STAGE_TOKEN);
    stage_worker_start(stage, 3, "{}");
    stage_table_fill(&wanted, 9);
    assert_int_equal(worker_link_push(peer, &wanted.table), 0);
    stage_wait(stage, all_true, peer);

    stage_link_close(stage);
    stage_link_open(stage);
    peer = stage_expect(stage, 3, STAGE_TOKEN);
    assert_int_equal(worker_link_push(peer, &wanted.table), 0);
    stage_wait(stage, is_welcome, peer);
    assert_null(worker_peer_wanted(peer));
    assert_int_equal(worker_peer_generation_floor(peer), 9);
}

static void a_worker_says_hello_until_it_is_answered(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    raw_bind(stage, &raw);
    stage_worker_start(stage, 1, "{}");
    raw_wait(stage, &raw, IPC_HELLO, 3);
    assert_int_equal(raw.seen[IPC_CHECKED], 0);
    assert_string_equal(raw.last[IPC_HELLO].hello.token, STAGE_TOKEN);
    assert_string_equal(raw.last[IPC_HELLO].hello.split, STAGE_SPLIT);
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_WELCOME, .welcome = {.protocol = WORKER_PROTOCOL}});
    raw_wait(stage, &raw, IPC_CHECKED, 1);
    unsigned hellos = raw.seen[IPC_HELLO];
    raw_wait(stage, &raw, IPC_HEARTBEAT, 2);
    assert_int_equal(raw.last[IPC_HEARTBEAT].heartbeat.sequence, 1);
    assert_int_equal(raw.seen[IPC_HELLO], hellos);
}

static void reports_are_told_once_and_figures_at_most_once_a_second(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    raw_bind(stage, &raw);
    stage_worker_start(stage, 1, "{}");
    raw_wait(stage, &raw, IPC_HELLO, 1);
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_WELCOME, .welcome = {.protocol = WORKER_PROTOCOL}});
    raw_wait(stage, &raw, IPC_HEARTBEAT, 2);
    assert_int_equal(raw.seen[IPC_CHECKED], 1);
    assert_int_equal(raw.seen[IPC_POSITION], 3);
    assert_int_equal(raw.seen[IPC_POSITIONS_END], 1);
    assert_int_equal(raw.seen[IPC_EVENT], 1);
    assert_in_range(raw.seen[IPC_FIGURES], 2, 7);
}

static void S_13_bad_frames_to_a_worker_change_nothing(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    raw_bind(stage, &raw);
    stage_worker_start(stage, 1, "{}");
    raw_wait(stage, &raw, IPC_HELLO, 1);
    raw_send_bytes(stage, &raw, "", 0);
    raw_send_bytes(stage, &raw, "\xff\xff\xff\xff", 4);
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_STOPPED}); /* a worker's word */
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_WELCOME, .welcome = {.protocol = WORKER_PROTOCOL}});
    raw_wait(stage, &raw, IPC_POSITIONS_END, 1);
}

static void a_supervisor_of_another_protocol_ends_the_worker(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    raw_bind(stage, &raw);
    stage_worker_start(stage, 1, "{}");
    raw_wait(stage, &raw, IPC_HELLO, 1);
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_WELCOME, .welcome = {.protocol = WORKER_PROTOCOL + 1}});
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_HELLO_REFUSED);
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        LINK_TEST(everything_that_the_worker_says_is_seen),
        LINK_TEST(S_12_a_worker_leaves_no_core_file),
        LINK_TEST(another_supervisor_adopts_a_worker_that_went_on),
        LINK_TEST(C_5_a_table_pushed_too_early_under_an_old_number_is_dropped),
        LINK_TEST(a_worker_says_hello_until_it_is_answered),
        LINK_TEST(reports_are_told_once_and_figures_at_most_once_a_second),
        LINK_TEST(S_13_bad_frames_to_a_worker_change_nothing),
        LINK_TEST(a_supervisor_of_another_protocol_ends_the_worker),
    };
    check(argc == 2);
    stage_program = argv[1];
    return cmocka_run_group_tests_name("worker link", tests, NULL, NULL);
}
