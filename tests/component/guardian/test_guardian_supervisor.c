/* The supervisor's life under the guardian: W-1 (workers survive it), adoption, hung and stopped ones, the order of the end. */
#include "tests/component/guardian/rig.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A killed supervisor is started again, and is told its predecessor's workers with everything that adopts them. */
static void killed_supervisor_is_restarted_and_told_the_table(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    assert_int_equal(fake.hello, 'I');
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    struct guardian_child worker = worker_start(fake.link, "orders", 7, "wait", &log, NULL).child;
    int64_t killed = test_now_ms();
    fake_kill(&fake);
    fake_accept(&rig, &fake);
    assert_true(test_now_ms() - killed >= GUARDIAN_SUPERVISOR_RESTART_MS);
    struct guardian_child told = packet_expect(fake.link, GUARDIAN_CHILD).child;
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    assert_memory_equal(&told, &worker, sizeof told);
    assert_int_equal(kill(told.pid, 0), 0);
    assert_int_equal(told.incarnation, 7);
    assert_string_equal(told.split, "orders");
    assert_string_equal(told.token, "token-of-orders");
    assert_string_equal(told.spec_hash, "hash-of-orders");
    assert_string_equal(told.endpoint, "ipc:///run/orders");
    fake_close(&fake);
    rig_stop(&rig);
    log_wait_closed(log);
}

/* An end that nobody heard is kept; one that was seen is not told again. */
static void exit_status_is_told_until_seen(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log_a, log_b;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    struct guardian_child a = worker_start(fake.link, "a", 1, "wait", &log_a, NULL).child;
    struct guardian_child b = worker_start(fake.link, "b", 1, "exit 11", &log_b, NULL).child;
    assert_int_equal(WEXITSTATUS(packet_expect(fake.link, GUARDIAN_EXIT).value), 11);
    fake_kill(&fake);
    assert_int_equal(kill(a.pid, SIGKILL), 0); /* while there is no supervisor */
    log_wait_closed(log_a);
    log_wait_closed(log_b);
    fake_accept(&rig, &fake);
    struct guardian_packet first = packet_expect(fake.link, GUARDIAN_EXIT);
    struct guardian_packet second = packet_expect(fake.link, GUARDIAN_EXIT);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    assert_memory_equal(&first.child, &a, sizeof a);
    assert_true(WIFSIGNALED(first.value) && WTERMSIG(first.value) == SIGKILL);
    assert_memory_equal(&second.child, &b, sizeof b);
    assert_int_equal(WEXITSTATUS(second.value), 11);
    child_seen(fake.link, &a);
    child_seen(fake.link, &b);
    packet_send(fake.link, GUARDIAN_HEARTBEAT, 0, NULL, NULL, 0);
    fake_exit(&fake, 1);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    fake_close(&fake);
    rig_stop(&rig);
}

static void supervisor_without_heartbeat_is_killed_and_replaced(void **state)
{
    (void)state;
    struct rig rig;
    struct fake first, second;
    rig_start(&rig, "1500,120000,60000,20000");
    fake_accept(&rig, &first);
    packet_expect(first.link, GUARDIAN_TABLE_END);
    assert_int_equal(fake_hear(&first), 0); /* says nothing: killed */
    fake_close(&first);
    fake_accept(&rig, &second);
    for (int64_t end = test_now_ms() + 2500; test_now_ms() < end;) { /* speaks: lives longer than the limit */
        packet_send(second.link, GUARDIAN_HEARTBEAT, 0, NULL, NULL, 0);
        assert_false(wait_readable(second.control, 100));
    }
    assert_int_equal(kill(second.pid, SIGSTOP), 0); /* stopped, as a frozen one is */
    assert_int_equal(fake_hear(&second), 0);
    fake_close(&second);
    fake_accept(&rig, &first);
    fake_close(&first);
    rig_stop(&rig);
}

/* When the guardian itself stood still, a silent supervisor is not to blame. */
static void frozen_guardian_does_not_kill_the_supervisor(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    rig_start(&rig, "700,120000,60000,20000");
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    packet_send(fake.link, GUARDIAN_HEARTBEAT, 0, NULL, NULL, 0);
    assert_int_equal(kill(rig.guardian, SIGSTOP), 0);
    assert_false(wait_readable(fake.control, 2500)); /* time itself is what is waited for */
    assert_int_equal(kill(rig.guardian, SIGCONT), 0);
    for (int64_t end = test_now_ms() + 1000; test_now_ms() < end;) {
        assert_false(wait_readable(fake.control, 100));
        packet_send(fake.link, GUARDIAN_HEARTBEAT, 0, NULL, NULL, 0);
    }
    fake_close(&fake);
    rig_stop(&rig);
}

/* Each start that fails soon waits twice as long as the one before. */
static void failing_supervisor_is_restarted_more_slowly(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    for (int64_t delay = GUARDIAN_SUPERVISOR_RESTART_MS; delay <= 4 * GUARDIAN_SUPERVISOR_RESTART_MS; delay *= 2) {
        int64_t ended = test_now_ms();
        fake_exit(&fake, 10);
        fake_accept(&rig, &fake);
        assert_true(test_now_ms() - ended >= delay);
    }
    fake_close(&fake);
    rig_stop(&rig);
}

static void an_ordered_end_ends_children_and_guardian(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log, stubborn;
    rig_start(&rig, "30000,120000,60000,300");
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    worker_start(fake.link, "orders", 1, "wait", &log, NULL);
    worker_start(fake.link, "bills", 1, "stubborn", &stubborn, NULL);
    fake_exit(&fake, SUPERVISOR_EXIT_ORDERED);
    log_wait_closed(log);
    log_wait_closed(stubborn); /* by SIGKILL */
    assert_int_equal(rig_wait(&rig), W_EXITCODE(SUPERVISOR_EXIT_ORDERED, 0));
    rig_stop(&rig);
}

static const unsigned char useless_codes[] = {SUPERVISOR_EXIT_CONFIG, SUPERVISOR_EXIT_FINAL_MAX,
                                              SUPERVISOR_EXIT_NOT_RUN};

static void one_that_cannot_start_ends_the_guardian(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof useless_codes; i++) {
        struct rig rig;
        struct fake fake;
        rig_start(&rig, LIMITS_USUAL);
        fake_accept(&rig, &fake);
        fake_exit(&fake, useless_codes[i]);
        assert_int_equal(rig_wait(&rig), W_EXITCODE(useless_codes[i], 0));
        rig_stop(&rig);
    }
}

/* A folder that became unsafe, or a binary that is being replaced, must not end the forwarding. */
static void one_that_cannot_start_again_leaves_workers_alone(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    pid_t worker = worker_start(fake.link, "orders", 1, "wait", &log, NULL).child.pid;
    for (size_t i = 0; i < sizeof useless_codes; i++) {
        fake_exit(&fake, useless_codes[i]);
        fake_accept(&rig, &fake);
        assert_int_equal(packet_expect(fake.link, GUARDIAN_CHILD).child.pid, worker);
    }
    fake_exit(&fake, SUPERVISOR_EXIT_ORDERED);
    log_wait_closed(log);
    assert_int_equal(rig_wait(&rig), W_EXITCODE(SUPERVISOR_EXIT_ORDERED, 0));
    rig_stop(&rig);
}

static int status_of(char **argv)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execv(GUARDIAN_PROGRAM, argv);
        _exit(126);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What no further start would cure ends at once. */
static void wrong_use_and_missing_supervisor_have_exit_codes(void **state)
{
    (void)state;
    char name[] = GUARDIAN_PROGRAM, end[] = "--", missing[] = "/no/such/supervisor", option[] = "--unknown",
         value[] = "1";
    char socket[] = "--listen", nowhere[] = "/no/such/folder/guardian.sock", open[] = "/tmp/guardian.sock";
    assert_int_equal(status_of((char *[]){name, end, missing, NULL}), SUPERVISOR_EXIT_NOT_RUN);
    assert_int_equal(status_of((char *[]){name, NULL}), SUPERVISOR_EXIT_USAGE);
    assert_int_equal(status_of((char *[]){name, end, NULL}), SUPERVISOR_EXIT_USAGE);
    assert_int_equal(status_of((char *[]){name, option, value, end, missing, NULL}), SUPERVISOR_EXIT_USAGE);
    assert_int_equal(status_of((char *[]){name, socket, nowhere, end, missing, NULL}), SUPERVISOR_EXIT_USAGE);
    assert_int_equal(status_of((char *[]){name, socket, nowhere, NULL}), 1);
    assert_int_equal(status_of((char *[]){name, socket, open, NULL}), 1); /* S-13: a folder that others may use */
}

/* First the supervisor, with its workers untouched; then they; then the guardian. */
static void sigterm_ends_supervisor_before_children(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    struct guardian_child worker = worker_start(fake.link, "orders", 1, "wait", &log, NULL).child;
    assert_int_equal(kill(rig.guardian, SIGHUP), 0);
    assert_int_equal(fake_hear(&fake), 'H');
    assert_int_equal(kill(rig.guardian, SIGTERM), 0);
    assert_int_equal(fake_hear(&fake), 'T');
    int other;
    worker_start(fake.link, "still-obeyed", 1, "exit 0", &other, NULL);
    packet_expect(fake.link, GUARDIAN_EXIT);
    log_wait_closed(other);
    assert_int_equal(kill(worker.pid, 0), 0);
    fake_exit(&fake, 0);
    log_wait_closed(log);
    assert_int_equal(rig_wait(&rig), 0);
    rig_stop(&rig);
}

static void supervisor_that_does_not_stop_is_killed(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    rig_start(&rig, "30000,120000,300,20000");
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    assert_int_equal(kill(rig.guardian, SIGINT), 0);
    assert_int_equal(fake_hear(&fake), 'T');
    assert_int_equal(fake_hear(&fake), 0);
    fake_close(&fake);
    assert_int_equal(WEXITSTATUS(rig_wait(&rig)), 1);
    rig_stop(&rig);
}

static void killed_guardian_takes_everything_with_it(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log, output;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    worker_start(fake.link, "orders", 1, "stubborn", &log, NULL);
    struct guardian_child command = child_named("restart", 1);
    output = command_order(fake.link, &command,
                           "sleep\0"
                           "1000",
                           11);
    packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(kill(rig.guardian, SIGKILL), 0);
    assert_int_equal(fake_hear(&fake), 0);
    log_wait_closed(log);
    log_wait_closed(output);
    fake_close(&fake);
    assert_int_equal(WTERMSIG(rig_wait(&rig)), SIGKILL);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_supervisor_is_restarted_and_told_the_table),
        cmocka_unit_test(exit_status_is_told_until_seen),
        cmocka_unit_test(supervisor_without_heartbeat_is_killed_and_replaced),
        cmocka_unit_test(frozen_guardian_does_not_kill_the_supervisor),
        cmocka_unit_test(failing_supervisor_is_restarted_more_slowly),
        cmocka_unit_test(an_ordered_end_ends_children_and_guardian),
        cmocka_unit_test(one_that_cannot_start_ends_the_guardian),
        cmocka_unit_test(one_that_cannot_start_again_leaves_workers_alone),
        cmocka_unit_test(wrong_use_and_missing_supervisor_have_exit_codes),
        cmocka_unit_test(sigterm_ends_supervisor_before_children),
        cmocka_unit_test(supervisor_that_does_not_stop_is_killed),
        cmocka_unit_test(killed_guardian_takes_everything_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
