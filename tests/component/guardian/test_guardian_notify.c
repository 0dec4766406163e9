/* What the service manager hears (sd_notify): the test is its socket. */
#include "tests/component/guardian/rig.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager_open(bool abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int len = snprintf(name, sizeof name, "%c/tmp/sluice-notify-%d", abstract ? '@' : '/', (int)getpid());
    const char *path = abstract ? name : name + 1;
    memcpy(address.sun_path, path, strlen(path));
    if (abstract)
        address.sun_path[0] = '\0';
    else
        unlink(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(sizeof address - sizeof address.sun_path + strlen(path));
    assert_true(len > 0 && bind(fd, (struct sockaddr *)&address, size) == 0);
    setenv("NOTIFY_SOCKET", path, 1);
    return fd;
}

static void manager_close(int fd)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (path && path[0] == '/')
        unlink(path);
    unsetenv("NOTIFY_SOCKET");
    close(fd);
}

/* The next words; words that may come at any time are passed over when others are waited for. */
static void hear(int fd, const char *wanted)
{
    char words[128];
    do {
        assert_true(wait_readable(fd, WAIT_MS));
        ssize_t len = recv(fd, words, sizeof words - 1, 0);
        assert_true(len > 0);
        words[len] = '\0';
    } while (strcmp(words, "WATCHDOG=1") == 0 && strcmp(wanted, "WATCHDOG=1") != 0);
    assert_memory_equal(words, wanted, strlen(wanted));
}

static void serve(const struct fake *fake)
{
    packet_expect(fake->link, GUARDIAN_TABLE_END);
    packet_send(fake->link, GUARDIAN_HEARTBEAT, 0, NULL, NULL, 0);
}

/* Ready is when a supervisor serves, for the first time and after a reload: not when it is merely started. */
static void ready_and_reloading_are_told(bool abstract)
{
    struct rig rig;
    struct fake fake;
    int manager = manager_open(abstract);
    rig_start(&rig, LIMITS_USUAL);
    hear(manager, "WATCHDOG=1");
    fake_accept(&rig, &fake);
    serve(&fake);
    hear(manager, "READY=1");
    assert_int_equal(kill(rig.guardian, SIGHUP), 0);
    assert_int_equal(fake_hear(&fake), 'H');
    hear(manager, "RELOADING=1\nMONOTONIC_USEC=");
    packet_send(fake.link, GUARDIAN_HEARTBEAT, 0, NULL, NULL, 0); /* the old one is not what is waited for */
    fake_exit(&fake, SUPERVISOR_EXIT_AGAIN);
    fake_accept(&rig, &fake);
    serve(&fake);
    hear(manager, "READY=1");
    assert_int_equal(kill(rig.guardian, SIGTERM), 0);
    hear(manager, "STOPPING=1");
    assert_int_equal(fake_hear(&fake), 'T');
    fake_exit(&fake, 0);
    assert_int_equal(rig_wait(&rig), 0);
    rig_stop(&rig);
    manager_close(manager);
}

static void a_service_manager_hears_of_each_state(void **state)
{
    (void)state;
    ready_and_reloading_are_told(false);
    ready_and_reloading_are_told(true);
}

/* A reload keeps the workers, and the process that is their parent. */
static void a_reload_keeps_workers(void **state)
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
    fake_exit(&fake, SUPERVISOR_EXIT_AGAIN);
    fake_accept(&rig, &fake);
    assert_int_equal(packet_expect(fake.link, GUARDIAN_CHILD).child.pid, worker.pid);
    packet_expect(fake.link, GUARDIAN_TABLE_END);
    assert_int_equal(kill(worker.pid, 0), 0);
    fake_close(&fake);
    rig_stop(&rig);
    log_wait_closed(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_manager_hears_of_each_state),
        cmocka_unit_test(a_reload_keeps_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
