/* Liveness by the clock, with time as a parameter. */
#include "ipc/contract.h"
#include "supervisor/worker_link/worker_peer.h"
#include "tests/unit/cmocka_all.h"

static const struct mono start = {1000};

static struct worker_peer *peer_made(void)
{
    struct worker_peer *peer;
    assert_int_equal(worker_peer_new(NULL, "split", 1, "token", start, &peer), 0);
    return peer;
}

static void greet(struct worker_peer *peer, struct mono now)
{
    struct ipc_hello hello = {.protocol = WORKER_PROTOCOL, .split = "split", .incarnation = 1, .token = "token"};
    assert_null(worker_peer_greet(peer, &hello, now));
}

/* One that runs since before an update would refuse every table: it is replaced, not adopted. */
static void a_worker_of_an_older_protocol_is_not_adopted(void **state)
{
    const struct ipc_hello hello = {.protocol = 1, .split = "split", .incarnation = 1, .token = "token"};
    struct worker_peer *peer = peer_made();
    (void)state;
    assert_string_equal(worker_peer_greet(peer, &hello, start), "another protocol");
    worker_peer_free(peer);
}

static void a_worker_without_hello_is_late_after_its_deadline(void **state)
{
    (void)state;
    struct worker_peer *peer = peer_made();
    assert_false(worker_peer_judge(peer, mono_after(start, WORKER_HELLO_DEADLINE_MS - 1)));
    assert_int_equal(worker_peer_liveness(peer), WORKER_AWAITED);
    assert_true(worker_peer_judge(peer, mono_after(start, WORKER_HELLO_DEADLINE_MS)));
    assert_int_equal(worker_peer_liveness(peer), WORKER_LATE);
    greet(peer, mono_after(start, WORKER_HELLO_DEADLINE_MS + 1));
    assert_int_equal(worker_peer_liveness(peer), WORKER_ALIVE);
    worker_peer_free(peer);
}

static void a_silent_worker_is_hung_after_thirty_seconds(void **state)
{
    (void)state;
    struct worker_peer *peer = peer_made();
    greet(peer, start);
    assert_false(worker_peer_judge(peer, mono_after(start, WORKER_HUNG_MS - 1)));
    assert_true(worker_peer_judge(peer, mono_after(start, WORKER_HUNG_MS)));
    assert_int_equal(worker_peer_liveness(peer), WORKER_HUNG);
    worker_peer_excuse(peer, mono_after(start, WORKER_HUNG_MS)); /* it was us who slept */
    assert_true(worker_peer_judge(peer, mono_after(start, WORKER_HUNG_MS + 1)));
    assert_int_equal(worker_peer_liveness(peer), WORKER_ALIVE);
    worker_peer_free(peer);
}

static void a_worker_that_lost_its_connection_is_judged_by_the_same_clock(void **state)
{
    (void)state;
    struct worker_peer *peer = peer_made();
    struct ipc_message message;
    greet(peer, start);
    assert_true(worker_peer_due(peer, &message));
    assert_int_equal(message.type, IPC_WELCOME);
    worker_peer_away(peer);
    assert_false(worker_peer_due(peer, &message));
    assert_true(worker_peer_judge(peer, mono_after(start, WORKER_HUNG_MS)));
    worker_peer_free(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_of_an_older_protocol_is_not_adopted),
        cmocka_unit_test(a_worker_without_hello_is_late_after_its_deadline),
        cmocka_unit_test(a_silent_worker_is_hung_after_thirty_seconds),
        cmocka_unit_test(a_worker_that_lost_its_connection_is_judged_by_the_same_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
