/* What workers and commands are given (S-12), and what is told of their ends. */
#include "tests/component/guardian/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static struct fake fake;

static int begin(void **state)
{
    (void)state;
    rig_start(&rig, "30000,1000,60000,20000");
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_close(&fake);
    rig_stop(&rig);
    return 0;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%s is not in: %s", part, text);
}

static void worker_has_the_contracts_descriptors_limits_and_environment(void **state) /* S-12 */
{
    (void)state;
    char text[TEXT_SIZE], line[64];
    struct guardian_child child = child_named("orders", 7);
    child.file_limit = 123;
    child.memory_limit_bytes = 64u << 20;
    int log = worker_order(fake.link, &child, "wait");
    packet_expect(fake.link, GUARDIAN_CHILD);
    log_read(log, text);
    assert_has(text, "argv 3 sluice-worker orders 7\n");
    assert_has(text, "fds 0 1 2 3 4\n");
    assert_has(text, "null 1 log 1 locked 1\n");
    assert_has(text, "core 0 files 123 data 67108864\n");
    assert_has(text, "blocked 0 handled 0 death 9\n");
    snprintf(line, sizeof line, "umask 77 group 1 parent %d privileges 0\n", (int)rig.guardian);
    assert_has(text, line);
    assert_has(text, "env AWS_REGION=eu-north-1\n");
    assert_has(text, "env TZ=UTC\n");
    assert_has(text, "env PATH=");
    for (char *at = text; (at = strstr(at, "\nenv ")); at += 5)
        if (strncmp(at + 5, "AWS_", 4) != 0 && strncmp(at + 5, "TZ=", 3) != 0 && strncmp(at + 5, "PATH=", 5) != 0 &&
            strncmp(at + 5, "LANG=", 5) != 0)
            fail_msg("%s", at);
    close(log);
}

static void signal_reaches_the_named_group_only(void **state)
{
    (void)state;
    int log_a, log_b;
    struct guardian_child a = worker_start(fake.link, "a", 1, "wait", &log_a, NULL).child;
    struct guardian_child b = worker_start(fake.link, "a", 2, "wait", &log_b, NULL).child;
    struct guardian_child unknown = child_named("a", 3);
    packet_send(fake.link, GUARDIAN_SIGNAL, SIGKILL, &unknown, NULL, 0);
    packet_send(fake.link, GUARDIAN_SIGNAL, SIGTERM, &a, NULL, 0);
    struct guardian_packet end_of_a = packet_expect(fake.link, GUARDIAN_EXIT);
    assert_int_equal(end_of_a.child.pid, a.pid);
    assert_int_equal(WTERMSIG(end_of_a.value), SIGTERM);
    assert_int_equal(kill(b.pid, 0), 0);
    close(log_a);
    close(log_b);
}

/* A pipe that both hold closes only when the process that the worker left behind is gone too. */
static void what_a_dead_worker_leaves_is_killed(void **state)
{
    (void)state;
    int log;
    worker_start(fake.link, "orders", 1, "leave", &log, NULL);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_EXIT).value, 0);
    log_wait_closed(log);
}

static void worker_ordered_twice_is_started_once(void **state)
{
    (void)state;
    int log;
    struct guardian_child first = worker_start(fake.link, "orders", 1, "wait", &log, NULL).child, child = first;
    int second_log = worker_order(fake.link, &child, "wait");
    assert_int_equal(packet_expect(fake.link, GUARDIAN_CHILD).child.pid, first.pid);
    log_wait_closed(second_log);
    close(log);
}

static void failed_exec_is_told_with_its_errno(void **state)
{
    (void)state;
    struct guardian_child child = child_named("orders", 1);
    int file = memfd_create("nothing", MFD_CLOEXEC);
    assert_int_equal(write(file, "not a program", 13), 13);
    packet_send(fake.link, GUARDIAN_START_WORKER, 0, &child, (int[]){file, file, file, file}, 4);
    packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_START_FAILED).value, ENOEXEC);
    close(file);
    child = child_named("restart", 1);
    int output = command_order(fake.link, &child, "/no/such/program", 17);
    packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_START_FAILED).value, ENOENT);
    close(output);
}

static void command_status_and_output_come_back(void **state)
{
    (void)state;
    struct guardian_child child = child_named("restart", 1);
    char text[TEXT_SIZE];
    static const char argv[] =
        "sh\0-c\0echo out; echo err >&2; echo $PLANTED_SECRET $1; umask; ls /proc/self/fd | wc -l; "
        "exit 42\0x\0an argument with blanks";
    int output = command_order(fake.link, &child, argv, sizeof argv);
    struct guardian_packet started = packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(started.child.kind, GUARDIAN_COMMAND);
    assert_int_equal(WEXITSTATUS(packet_expect(fake.link, GUARDIAN_EXIT).value), 42);
    log_read(output, text);
    assert_string_equal(text, "out\nerr\ncanary an argument with blanks\n0022\n4\n"); /* 0, 1, 2 and ls's own */
    close(output);
}

static void malformed_argv_starts_nothing(void **state)
{
    (void)state;
    static char many[2 * (GUARDIAN_ARGV_MAX + 1)], large[GUARDIAN_ARGV_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof many; i += 2)
        many[i] = 'x';
    memset(large, 'x', sizeof large - 1);
    const struct {
        const char *argv;
        size_t len;
        int error;
    } cases[] = {{"", 0, EINVAL},
                 {"sh", 2, EINVAL},
                 {"\0sh", 4, EINVAL},
                 {many, sizeof many, E2BIG},
                 {large, sizeof large, E2BIG}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct guardian_child child = child_named("restart", i);
        close(command_order(fake.link, &child, cases[i].argv, cases[i].len));
        packet_expect(fake.link, GUARDIAN_CHILD);
        assert_int_equal(packet_expect(fake.link, GUARDIAN_START_FAILED).value, cases[i].error);
    }
    struct guardian_child child = child_named("true", 1); /* as many as allowed */
    static const char *const word = "true";
    memcpy(many, word, 5);
    memset(many + 5, 0, sizeof many - 5);
    close(command_order(fake.link, &child, many, 5 + GUARDIAN_ARGV_MAX - 1));
    packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_EXIT).value, 0);
}

static void command_past_its_limit_is_killed_with_its_group(void **state)
{
    (void)state;
    struct guardian_child child = child_named("restart", 1);
    static const char argv[] = "sh\0-c\0trap '' TERM; sleep 1000 & sleep 1000";
    int output = command_order(fake.link, &child, argv, sizeof argv);
    packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(WTERMSIG(packet_expect(fake.link, GUARDIAN_EXIT).value), SIGKILL);
    log_wait_closed(output);
}

/* A restart command starts the new service and ends; the service stays, is the guardian's (as PID 1's) and is reaped. */
static void what_a_command_starts_stays_and_is_reaped(void **state)
{
    (void)state;
    struct guardian_child child = child_named("restart", 1);
    static const char argv[] = "sh\0-c\0sleep 1000 & echo $!";
    int output = command_order(fake.link, &child, argv, sizeof argv), service = 0;
    packet_expect(fake.link, GUARDIAN_CHILD);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_EXIT).value, 0);
    char text[64] = "";
    assert_true(read(output, text, sizeof text - 1) > 0 && sscanf(text, "%d", &service) == 1);
    assert_false(wait_readable(output, 0));
    assert_int_equal(kill(service, SIGKILL), 0);
    int64_t deadline = test_now_ms() + WAIT_MS;
    while (kill(service, 0) == 0) { /* an unreaped zombie would answer for ever */
        assert_true(test_now_ms() < deadline);
        wait_readable(fake.link, 5);
    }
    log_wait_closed(output);
}

static void full_table_refuses_and_recovers(void **state)
{
    (void)state;
    int file = memfd_create("nothing", MFD_CLOEXEC);
    assert_int_equal(write(file, "no program", 10), 10);
    for (unsigned i = 0; i < GUARDIAN_CHILDREN_MAX; i++) {
        struct guardian_child child = child_named("orders", i);
        packet_send(fake.link, GUARDIAN_START_WORKER, 0, &child, (int[]){file, file, file, file}, 4);
        packet_expect(fake.link, GUARDIAN_CHILD);
        assert_int_equal(packet_expect(fake.link, GUARDIAN_START_FAILED).child.incarnation, i);
    }
    for (unsigned i = 0; i < 3; i++) { /* also when the refusal is never marked as seen */
        struct guardian_child child = child_named("late", i);
        packet_send(fake.link, GUARDIAN_START_WORKER, 0, &child, (int[]){file, file, file, file}, 4);
        struct guardian_packet refused = packet_expect(fake.link, GUARDIAN_START_FAILED);
        assert_int_equal(refused.value, ENOSPC);
        assert_int_equal(refused.child.incarnation, i);
    }
    struct guardian_child gone = child_named("orders", 500);
    child_seen(fake.link, &gone);
    int log;
    worker_start(fake.link, "late", 9, "wait", &log, NULL);
    close(log);
    close(file);
    /* A new supervisor that reads late is told everything: what its socket did not hold is kept. */
    fake_kill(&fake);
    fake_accept(&rig, &fake);
    unsigned failed = 0, running = 0;
    struct guardian_packet packet = {.type = 0};
    while (packet.type != GUARDIAN_TABLE_END) {
        assert_true(wait_readable(fake.link, WAIT_MS));
        assert_int_equal(recv(fake.link, &packet, sizeof packet, 0), sizeof packet);
        failed += packet.type == GUARDIAN_START_FAILED;
        running += packet.type == GUARDIAN_CHILD;
    }
    assert_int_equal(failed, GUARDIAN_CHILDREN_MAX - 1 + 1); /* all but one, and the last refusal */
    assert_int_equal(running, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(worker_has_the_contracts_descriptors_limits_and_environment, begin, end),
        cmocka_unit_test_setup_teardown(signal_reaches_the_named_group_only, begin, end),
        cmocka_unit_test_setup_teardown(what_a_dead_worker_leaves_is_killed, begin, end),
        cmocka_unit_test_setup_teardown(worker_ordered_twice_is_started_once, begin, end),
        cmocka_unit_test_setup_teardown(failed_exec_is_told_with_its_errno, begin, end),
        cmocka_unit_test_setup_teardown(command_status_and_output_come_back, begin, end),
        cmocka_unit_test_setup_teardown(malformed_argv_starts_nothing, begin, end),
        cmocka_unit_test_setup_teardown(command_past_its_limit_is_killed_with_its_group, begin, end),
        cmocka_unit_test_setup_teardown(what_a_command_starts_stays_and_is_reaped, begin, end),
        cmocka_unit_test_setup_teardown(full_table_refuses_and_recovers, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
