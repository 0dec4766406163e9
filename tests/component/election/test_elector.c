/* Two replicas and one Lease (CASE-5): who leads, for how long nobody does, and that two never do. */
#include "common/base/mono.h"
#include "supervisor/election/lease.h"
#include "tests/component/election/lease_server.h"
#include "tests/component/election/replica.h"
#include "tests/unit/cmocka_all.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 15000
#define RUNS_MAX 64
#define SLACK_MS 700 /* for a busy machine */

/* A stretch of time in which every sample said that it leads. */
struct run {
    int64_t from_ms, to_ms;
};

struct side {
    struct replica replica;
    struct run runs[RUNS_MAX];
    size_t run_count;
    bool leads, heard;
};

static struct {
    char folder[32];
    struct loop *loop;
    struct loop_timer *timer; /* so that a turn ends */
    struct lease_server server;
    struct side sides[2];
    struct loop_fd *watches[2];
} t;

static void on_timer(void *context) { (void)context; }

static void take_sample(struct side *side, const struct replica_sample *sample)
{
    side->heard = true;
    if (sample->leads && !side->leads) {
        assert_true(side->run_count < RUNS_MAX);
        side->runs[side->run_count++].from_ms = sample->at_ms;
    }
    if (sample->leads)
        side->runs[side->run_count - 1].to_ms = sample->at_ms;
    side->leads = sample->leads;
}

static void on_samples(void *context, unsigned events)
{
    struct side *side = context;
    struct replica_sample sample;
    (void)events;
    while (recv(side->replica.samples, &sample, sizeof sample, MSG_DONTWAIT) == sizeof sample)
        take_sample(side, &sample);
}

static void side_start(int i, const char *identity)
{
    struct side *side = &t.sides[i];
    side->leads = side->heard = false;
    replica_start(&side->replica, t.server.doors[i].path, identity);
    assert_int_equal(loop_fd_new(t.loop, side->replica.samples, LOOP_READABLE, on_samples, side, &t.watches[i]), 0);
}

/* Its wait status. */
static int side_end(int i)
{
    struct side *side = &t.sides[i];
    int status = 0;
    if (!side->replica.pid)
        return 0;
    assert_int_equal(waitpid(side->replica.pid, &status, 0), side->replica.pid);
    on_samples(side, 0);
    loop_fd_free(TAKE(t.watches[i]));
    close(side->replica.samples);
    close(side->replica.orders);
    side->replica.pid = 0;
    side->leads = false;
    return status;
}

static void side_signal(int i, int number) { assert_int_equal(kill(t.sides[i].replica.pid, number), 0); }

static bool wait_leads(int i, bool leads, int64_t limit_ms)
{
    struct mono end = mono_after(mono_now(), limit_ms);
    while (!t.sides[i].heard || t.sides[i].leads != leads) {
        if (mono_reached(mono_now(), end))
            return false;
        assert_int_equal(loop_turn(t.loop), 0);
    }
    return true;
}

/* Time itself is what is waited for. */
static void let_pass(int64_t ms)
{
    for (struct mono end = mono_after(mono_now(), ms); !mono_reached(mono_now(), end);)
        assert_int_equal(loop_turn(t.loop), 0);
}

static int begin(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    snprintf(t.folder, sizeof t.folder, "/tmp/sluice-elect-XXXXXX");
    assert_non_null(mkdtemp(t.folder));
    assert_int_equal(loop_new(&t.loop), 0);
    assert_int_equal(loop_timer_new(t.loop, on_timer, NULL, &t.timer), 0);
    loop_timer_repeat(t.timer, 10);
    lease_server_open(&t.server, t.loop, t.folder);
    side_start(0, "pod-a_1");
    assert_true(wait_leads(0, true, WAIT_MS)); /* there is no Lease yet */
    side_start(1, "pod-b_2");
    assert_true(wait_leads(1, false, WAIT_MS));
    return 0;
}

static void assert_never_two(void)
{
    for (size_t a = 0; a < t.sides[0].run_count; a++)
        for (size_t b = 0; b < t.sides[1].run_count; b++) {
            const struct run *one = &t.sides[0].runs[a], *two = &t.sides[1].runs[b];
            if (one->from_ms <= two->to_ms && two->from_ms <= one->to_ms)
                fail_msg("both led between %lld and %lld", (long long)one->from_ms, (long long)two->to_ms);
        }
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        if (t.sides[i].replica.pid)
            side_signal(i, SIGKILL);
        side_end(i);
    }
    assert_never_two();
    lease_server_close(&t.server);
    loop_timer_free(t.timer);
    loop_free(t.loop);
    return rmdir(t.folder);
}

static struct lease_record the_lease(void)
{
    struct lease_record record;
    lease_read(t.server.lease, &record);
    return record;
}

static int64_t gap_after(int before, int after)
{
    const struct side *one = &t.sides[before], *two = &t.sides[after];
    return two->runs[two->run_count - 1].from_ms - one->runs[one->run_count - 1].to_ms;
}

static void a_leader_stays_the_leader(void **state)
{
    (void)state;
    let_pass(3 * REPLICA_DURATION_MS);
    assert_true(t.sides[0].leads);
    assert_false(t.sides[1].leads);
    assert_int_equal(t.sides[0].run_count, 1);
    assert_int_equal(t.sides[1].run_count, 0);
    assert_string_equal(the_lease().holder, "pod-a_1");
    assert_int_equal(the_lease().transitions, 0);
    assert_int_equal(t.server.conflicts, 0);
}

static void CASE_5_a_killed_leader_is_followed_when_its_lease_ran_out(void **state)
{
    (void)state;
    side_signal(0, SIGKILL);
    side_end(0);
    assert_true(wait_leads(1, true, WAIT_MS));
    int64_t gap_ms = gap_after(0, 1);
    assert_true(gap_ms >= REPLICA_DURATION_MS - 2 * REPLICA_RETRY_MS - SLACK_MS);
    assert_true(gap_ms <= REPLICA_DURATION_MS + 2 * REPLICA_RETRY_MS + SLACK_MS);
    assert_string_equal(the_lease().holder, "pod-b_2");
    assert_int_equal(the_lease().transitions, 1);
    assert_string_equal(the_lease().stopped, ""); /* it proved nothing */
}

static void a_lease_that_is_given_back_is_taken_at_once(void **state)
{
    (void)state;
    assert_int_equal(send(t.sides[0].replica.orders, "n", 1, 0), 1);
    assert_true(wait_leads(1, true, WAIT_MS));
    assert_int_equal(side_end(0), 0);
    assert_true(gap_after(0, 1) <= 2 * REPLICA_RETRY_MS + SLACK_MS);
    assert_string_equal(the_lease().stopped, "pod-a_1");
    side_start(0, "pod-c_3"); /* the roll-out goes on */
    assert_true(wait_leads(0, false, WAIT_MS));
    assert_int_equal(send(t.sides[1].replica.orders, "w", 1, 0), 1);
    assert_true(wait_leads(0, true, WAIT_MS));
    assert_int_equal(side_end(1), 0);
    assert_string_equal(the_lease().stopped, "pod-a_1"); /* pod-b_2 left workers */
}

static bool wait_stopped(const char *identity, bool stopped)
{
    for (struct mono until = mono_after(mono_now(), WAIT_MS); !mono_reached(mono_now(), until);) {
        struct lease_record record = the_lease();
        if (lease_is_stopped(&record, identity) == stopped)
            return true;
        assert_int_equal(loop_turn(t.loop), 0);
    }
    return false;
}

/* A successor on a broker that fences nobody waits for that, and the pod lives on. */
static void CASE_5_a_former_leader_says_when_its_workers_are_gone_and_takes_it_back_when_it_leads(void **state)
{
    (void)state;
    side_signal(0, SIGSTOP);
    assert_true(wait_leads(1, true, WAIT_MS));
    side_signal(0, SIGCONT);
    t.sides[0].heard = false;
    assert_true(wait_leads(0, false, WAIT_MS));
    let_pass(3 * REPLICA_RETRY_MS);
    assert_string_equal(the_lease().stopped, ""); /* they live */
    assert_int_equal(send(t.sides[0].replica.orders, "s", 1, 0), 1);
    assert_true(wait_stopped("pod-a_1", true));
    let_pass(REPLICA_DURATION_MS);
    assert_string_equal(the_lease().stopped, "pod-a_1");
    assert_true(t.sides[1].leads); /* what it said took nothing from who leads */
    assert_int_equal(t.sides[1].run_count, 1);
    side_signal(1, SIGKILL);
    side_end(1);
    assert_true(wait_leads(0, true, WAIT_MS));
    assert_string_equal(the_lease().stopped, "");
}

static void CASE_5_a_frozen_leader_finds_that_it_leads_no_more(void **state)
{
    (void)state;
    side_signal(0, SIGSTOP);
    assert_true(wait_leads(1, true, WAIT_MS));
    let_pass(500);
    side_signal(0, SIGCONT);
    t.sides[0].heard = false;
    assert_true(wait_leads(0, false, WAIT_MS));
    let_pass(2 * REPLICA_DURATION_MS);
    assert_true(t.sides[1].leads);
    assert_false(t.sides[0].leads);
}

/* Forwarding goes on; only changes stop. */
static void CASE_5_a_leader_that_is_cut_off_stops_before_the_other_begins(void **state)
{
    (void)state;
    lease_door_close(&t.server.doors[0]);
    assert_true(wait_leads(0, false, WAIT_MS));
    assert_true(wait_leads(1, true, WAIT_MS));
    assert_true(gap_after(0, 1) > 0);
    lease_door_open(&t.server.doors[0]);
    let_pass(REPLICA_DURATION_MS);
    assert_true(t.sides[1].leads);
    assert_false(t.sides[0].leads);
}

static void CASE_29_an_api_server_that_fails_for_a_while_changes_no_leader(void **state)
{
    (void)state;
    t.server.doors[0].refuse = t.server.doors[1].refuse = 500;
    let_pass(REPLICA_RENEW_MS / 2);
    t.server.doors[0].refuse = t.server.doors[1].refuse = 0;
    let_pass(REPLICA_DURATION_MS);
    assert_true(t.sides[0].leads);
    assert_int_equal(t.sides[0].run_count, 1);
    assert_int_equal(t.sides[1].run_count, 0);
}

/* After an outage that is longer than any Lease somebody leads again: here the one that held it. */
static void CASE_29_after_a_long_outage_one_leads_again(void **state)
{
    (void)state;
    t.server.doors[0].refuse = t.server.doors[1].refuse = 503;
    assert_true(wait_leads(0, false, WAIT_MS));
    let_pass(REPLICA_DURATION_MS);
    assert_false(t.sides[1].leads);
    t.server.doors[0].refuse = 0;
    assert_true(wait_leads(0, true, WAIT_MS));
    t.server.doors[1].refuse = 0;
    let_pass(2 * REPLICA_DURATION_MS);
    assert_true(t.sides[0].leads);
}

/* The same pod, and so the same identity: no other could have been there. */
static void a_supervisor_that_is_started_again_in_its_pod_goes_on_at_once(void **state)
{
    (void)state;
    side_signal(0, SIGKILL);
    side_end(0);
    side_start(0, "pod-a_1");
    assert_true(wait_leads(0, true, REPLICA_RETRY_MS + SLACK_MS));
    assert_int_equal(the_lease().transitions, 0);
}

static void a_deleted_lease_comes_back_with_the_same_leader(void **state)
{
    (void)state;
    json_free(TAKE(t.server.lease));
    let_pass(2 * REPLICA_DURATION_MS);
    assert_true(t.sides[0].leads);
    assert_int_equal(t.sides[1].run_count, 0);
    assert_string_equal(the_lease().holder, "pod-a_1");
}

#define ELECTOR_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        ELECTOR_TEST(a_leader_stays_the_leader),
        ELECTOR_TEST(CASE_5_a_killed_leader_is_followed_when_its_lease_ran_out),
        ELECTOR_TEST(a_lease_that_is_given_back_is_taken_at_once),
        ELECTOR_TEST(CASE_5_a_former_leader_says_when_its_workers_are_gone_and_takes_it_back_when_it_leads),
        ELECTOR_TEST(CASE_5_a_frozen_leader_finds_that_it_leads_no_more),
        ELECTOR_TEST(CASE_5_a_leader_that_is_cut_off_stops_before_the_other_begins),
        ELECTOR_TEST(CASE_29_an_api_server_that_fails_for_a_while_changes_no_leader),
        ELECTOR_TEST(CASE_29_after_a_long_outage_one_leads_again),
        ELECTOR_TEST(a_supervisor_that_is_started_again_in_its_pod_goes_on_at_once),
        ELECTOR_TEST(a_deleted_lease_comes_back_with_the_same_leader),
    };
    return cmocka_run_group_tests_name("elector", tests, NULL, NULL);
}
