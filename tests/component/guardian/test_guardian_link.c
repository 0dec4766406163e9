/* Wrong packets (S-13's idea on this link), the socket form, and the re-exec of the binary. */
#include "tests/component/guardian/rig.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void wrong_packets_send(int link)
{
    struct guardian_packet packet = {.version = GUARDIAN_VERSION, .type = GUARDIAN_SIGNAL, .value = 9};
    bytes_send(link, &packet, 1);
    bytes_send(link, &packet, sizeof packet - 1);
    char longer[sizeof packet + 1];
    memset(longer, 0, sizeof longer);
    memcpy(longer, &packet, sizeof packet);
    bytes_send(link, longer, sizeof longer);
    packet.version = GUARDIAN_VERSION + 1;
    bytes_send(link, &packet, sizeof packet);
    packet.version = GUARDIAN_VERSION;
    packet.type = GUARDIAN_CHILD; /* only the guardian may say that */
    bytes_send(link, &packet, sizeof packet);
    packet.type = GUARDIAN_SIGNAL;
    packet.value = 4096;
    bytes_send(link, &packet, sizeof packet);
    packet.value = 9;
    memset(packet.child.split, 'x', sizeof packet.child.split);
    bytes_send(link, &packet, sizeof packet);
    packet.child.split[1] = '\0';
    memset(packet.child.endpoint, 'x', sizeof packet.child.endpoint);
    bytes_send(link, &packet, sizeof packet);
    struct guardian_child child = child_named("orders", 1);
    packet_send(link, GUARDIAN_START_WORKER, 0, &child, (int[]){link, link}, 2); /* too few descriptors */
}

static unsigned fds_of(pid_t pid)
{
    char path[64];
    struct stat status;
    unsigned count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
        count += lstat(path, &status) == 0;
    }
    return count;
}

static void wrong_packets_are_counted_and_the_tenth_ends_the_supervisor(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    struct guardian_child worker = worker_start(fake.link, "orders", 7, "wait", &log, NULL).child;
    unsigned fds = fds_of(rig.guardian);
    wrong_packets_send(fake.link); /* nine */
    int other;
    worker_start(fake.link, "bills", 1, "wait", &other, NULL); /* a right one is still obeyed */
    assert_int_equal(fds_of(rig.guardian), fds);               /* descriptors of wrong ones were closed */
    struct guardian_child child = child_named("orders", 2);
    packet_send(fake.link, GUARDIAN_START_WORKER, 0, &child, (int[]){log, log, log, log, log, log}, 6);
    assert_int_equal(fake_hear(&fake), 0);
    fake_close(&fake);
    fake_accept(&rig, &fake);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_CHILD).child.pid, worker.pid);
    packet_expect(fake.link, GUARDIAN_CHILD);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    assert_int_equal(fds_of(rig.guardian), fds);
    fake_close(&fake);
    close(log);
    close(other);
    rig_stop(&rig);
}

/* Another container's supervisor connects by path; the newest connection is the supervisor. */
static void socket_form_serves_whoever_connected_last(void **state)
{
    (void)state;
    struct rig rig;
    int log;
    rig_start_listen(&rig, NULL);
    int first = rig_connect(&rig);
    packet_expect(first, GUARDIAN_TABLE_END);
    struct guardian_child worker = worker_start(first, "orders", 1, "wait", &log, NULL).child;
    int second = rig_connect(&rig);
    assert_int_equal(packet_expect(second, GUARDIAN_CHILD).child.pid, worker.pid);
    packet_expect(second, GUARDIAN_TABLE_END);
    char byte;
    assert_true(wait_readable(first, WAIT_MS));
    assert_int_equal(recv(first, &byte, 1, 0), 0);
    struct stat status;
    char path[128];
    snprintf(path, sizeof path, "%s/shared", rig.folder); /* made by the guardian, S-13 */
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(kill(rig.guardian, SIGTERM), 0); /* the supervisor goes in order, then the children */
    int other;
    worker_start(second, "bills", 1, "wait", &other, NULL);
    close(first);
    close(second);
    log_wait_closed(log);
    log_wait_closed(other);
    assert_int_equal(rig_wait(&rig), 0);
    rig_stop(&rig);
}

/* In a container of its own its output is the workers' too, and whoever reads it may stand still. */
static void workers_write_to_the_containers_output_and_never_wait_for_it(void **state)
{
    (void)state;
    struct rig rig;
    int log;
    char text[TEXT_SIZE];
    rig_start_listen(&rig, NULL);
    int link = rig_connect(&rig);
    packet_expect(link, GUARDIAN_TABLE_END);
    worker_start(link, "orders", 1, "fill", &log, text);
    assert_non_null(strstr(text, " log 0 ")); /* its output is not its log */
    assert_non_null(strstr(text, "full 1\n"));
    close(link);
    assert_int_equal(kill(rig.guardian, SIGTERM), 0);
    log_wait_closed(log);
    assert_int_equal(rig_wait(&rig), 0);
    rig_stop(&rig);
}

static void assert_hung_up(int link)
{
    char byte;
    assert_true(wait_readable(link, WAIT_MS));
    assert_int_equal(recv(link, &byte, 1, 0), 0);
    close(link);
}

/* A frozen supervisor, say: it may connect again, and nothing that it is for has suffered. */
static void a_silent_connection_is_closed_and_its_workers_live_on(void **state)
{
    (void)state;
    struct rig rig;
    int log;
    rig_start_listen(&rig, "1500,120000,60000,20000");
    int link = rig_connect(&rig);
    packet_expect(link, GUARDIAN_TABLE_END);
    struct guardian_child worker = worker_start(link, "orders", 1, "wait", &log, NULL).child;
    assert_hung_up(link);
    assert_false(wait_readable(log, 2000)); /* for longer than a connected one may be silent */
    link = rig_connect(&rig);
    assert_int_equal(packet_expect(link, GUARDIAN_CHILD).child.pid, worker.pid);
    packet_expect(link, GUARDIAN_TABLE_END);
    close(link);
    close(log);
    rig_stop(&rig);
}

static void SIGTERM_cuts_off_a_supervisor_that_stays(void **state)
{
    (void)state;
    struct rig rig;
    int log;
    rig_start_listen(&rig, "30000,120000,300,20000");
    int link = rig_connect(&rig);
    packet_expect(link, GUARDIAN_TABLE_END);
    worker_start(link, "orders", 1, "wait", &log, NULL);
    assert_int_equal(kill(rig.guardian, SIGTERM), 0);
    log_wait_closed(log);
    assert_hung_up(link);
    assert_int_equal(rig_wait(&rig), 0);
    rig_stop(&rig);
}

/* The exit status of a process in the container of the guardian that connects: 0 when it is sent away. */
static int connect_as_worker(const struct rig *rig)
{
    char path[64], byte;
    int status = 0;
    snprintf(path, sizeof path, "/proc/%d/ns/pid_for_children", rig->guardian);
    pid_t outer = fork();
    if (outer == 0) {
        int container = open(path, O_RDONLY | O_CLOEXEC);
        pid_t inner = setns(container, CLONE_NEWPID) == 0 ? fork() : -1;
        if (inner == 0) {
            int fd = rig_connect(rig);
            _exit(wait_readable(fd, WAIT_MS) && recv(fd, &byte, 1, 0) <= 0 ? 0 : 1);
        }
        _exit(inner > 0 && waitpid(inner, &status, 0) == inner ? WEXITSTATUS(status) : 2);
    }
    assert_int_equal(waitpid(outer, &status, 0), outer);
    return WEXITSTATUS(status);
}

/* S-13: the table has the tokens of all workers. */
static void a_worker_is_not_the_supervisor(void **state)
{
    (void)state;
    struct rig rig;
    if (geteuid() != 0)
        skip(); /* a container cannot be played; said by the runner */
    rig_own_processes = true;
    rig_start_listen(&rig, NULL);
    rig_own_processes = false;
    int link = rig_connect(&rig), log; /* from another container */
    packet_expect(link, GUARDIAN_TABLE_END);
    assert_int_equal(connect_as_worker(&rig), 0);
    worker_start(link, "orders", 1, "wait", &log, NULL); /* the first one is still connected */
    close(link);
    close(log);
    rig_stop(&rig);
}

/* S-13: even where the folder lets him through. */
static void another_user_is_not_the_supervisor(void **state)
{
    (void)state;
    struct rig rig;
    char path[128];
    if (geteuid() != 0)
        skip(); /* nobody else can be played; said by the runner */
    rig_start_listen(&rig, NULL);
    int link = rig_connect(&rig), status = 0;
    packet_expect(link, GUARDIAN_TABLE_END);
    assert_int_equal(chmod(rig.folder, 0755), 0);
    snprintf(path, sizeof path, "%s/shared", rig.folder);
    assert_int_equal(chmod(path, 0755), 0);
    snprintf(path, sizeof path, "%s/shared/guardian.sock", rig.folder);
    assert_int_equal(chmod(path, 0777), 0);
    pid_t other = fork();
    if (other == 0) {
        char byte;
        if (setuid(65534) != 0)
            _exit(2);
        int fd = rig_connect(&rig);
        _exit(wait_readable(fd, WAIT_MS) && recv(fd, &byte, 1, 0) <= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    packet_send(link, GUARDIAN_REEXEC, 0, NULL, NULL, 0); /* the first one is still connected */
    int log;
    worker_start(link, "orders", 1, "wait", &log, NULL);
    close(log);
    close(link);
    rig_stop(&rig);
}

static ino_t executed_file(pid_t pid)
{
    char path[64];
    struct stat status = {.st_ino = 0};
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    assert_int_equal(stat(path, &status), 0);
    return status.st_ino;
}

/* Puts a new binary where the old one was, as a package does; returns its inode. */
static ino_t program_replace(const struct rig *rig)
{
    char path[128];
    struct stat status;
    char bytes[4096];
    snprintf(path, sizeof path, "%s/guardian.new", rig->folder);
    int in = open(rig->program, O_RDONLY | O_CLOEXEC), out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    for (ssize_t len; (len = read(in, bytes, sizeof bytes)) > 0;)
        assert_int_equal(write(out, bytes, (size_t)len), len);
    close(in);
    close(out);
    assert_int_equal(rename(path, rig->program), 0);
    assert_int_equal(stat(rig->program, &status), 0);
    return status.st_ino;
}

static void reexec_takes_the_new_binary_and_keeps_children_link_and_exits(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log_a, log_b;
    rig_copy_program = true;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    struct guardian_child a = worker_start(fake.link, "a", 1, "wait", &log_a, NULL).child;
    worker_start(fake.link, "b", 1, "exit 12", &log_b, NULL);
    packet_expect(fake.link, GUARDIAN_EXIT); /* not marked as seen */
    unsigned fds = fds_of(rig.guardian);
    ino_t new_file = program_replace(&rig);
    packet_send(fake.link, GUARDIAN_REEXEC, 0, NULL, NULL, 0);
    packet_send(fake.link, GUARDIAN_SIGNAL, SIGTERM, &a, NULL, 0); /* waits in the socket meanwhile */
    struct guardian_packet ended = packet_expect(fake.link, GUARDIAN_EXIT);
    assert_int_equal(ended.child.pid, a.pid);
    assert_int_equal(executed_file(rig.guardian), new_file);
    assert_int_equal(fds_of(rig.guardian), fds);

    int log_c;
    struct guardian_child c = worker_start(fake.link, "c", 1, "wait", &log_c, NULL).child;
    new_file = program_replace(&rig);
    assert_int_equal(kill(rig.guardian, SIGUSR2), 0); /* and once more, by signal */
    int64_t deadline = test_now_ms() + WAIT_MS;
    while (executed_file(rig.guardian) != new_file) {
        assert_true(test_now_ms() < deadline);
        wait_readable(fake.control, 5);
    }
    fake_kill(&fake);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_EXIT);
    assert_int_equal(WEXITSTATUS(packet_expect(fake.link, GUARDIAN_EXIT).value), 12);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_CHILD).child.pid, c.pid);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    char text[TEXT_SIZE];
    int log_d;
    worker_start(fake.link, "d", 1, "wait", &log_d, text); /* nothing of the hand-over reaches a child */
    assert_non_null(strstr(text, "fds 0 1 2 3 4\n"));
    assert_null(strstr(text, "SLUICE"));
    assert_int_equal(kill(rig.guardian, SIGKILL), 0); /* the death signal is still armed */
    log_wait_closed(log_c);
    log_wait_closed(log_d);
    assert_int_equal(fake_hear(&fake), 0);
    fake_close(&fake);
    close(log_a);
    close(log_b);
    rig_stop(&rig);
    rig_copy_program = false;
}

static void reexec_without_a_binary_changes_nothing(void **state)
{
    (void)state;
    struct rig rig;
    struct fake fake;
    int log;
    rig_copy_program = true;
    rig_start(&rig, LIMITS_USUAL);
    fake_accept(&rig, &fake);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    assert_int_equal(unlink(rig.program), 0);
    packet_send(fake.link, GUARDIAN_REEXEC, 0, NULL, NULL, 0);
    char text[TEXT_SIZE];
    worker_start(fake.link, "orders", 1, "wait", &log, text);
    assert_non_null(strstr(text, "fds 0 1 2 3 4\n"));
    struct guardian_child child = child_named("env", 1);
    int output = command_order(fake.link, &child, "env", 4);
    packet_expect(fake.link, GUARDIAN_CHILD);
    packet_expect(fake.link, GUARDIAN_EXIT);
    log_read(output, text);
    assert_null(strstr(text, "TABLE_FD"));
    fake_close(&fake);
    close(log);
    close(output);
    rig_stop(&rig);
    rig_copy_program = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_packets_are_counted_and_the_tenth_ends_the_supervisor),
        cmocka_unit_test(socket_form_serves_whoever_connected_last),
        cmocka_unit_test(workers_write_to_the_containers_output_and_never_wait_for_it),
        cmocka_unit_test(a_silent_connection_is_closed_and_its_workers_live_on),
        cmocka_unit_test(SIGTERM_cuts_off_a_supervisor_that_stays),
        cmocka_unit_test(a_worker_is_not_the_supervisor),
        cmocka_unit_test(another_user_is_not_the_supervisor),
        cmocka_unit_test(reexec_takes_the_new_binary_and_keeps_children_link_and_exits),
        cmocka_unit_test(reexec_without_a_binary_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
