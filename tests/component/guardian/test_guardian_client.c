/* The supervisor's side of the link, on the loop, against the real guardian. */
#include "common/base/fd.h"
#include "supervisor/worker_link/guardian_client.h"
#include "tests/component/guardian/rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS_MAX 4096

struct heard {
    char what; /* 'C'hild, 'E'xit, 'F'ailed, 'T'able end, 'L'ost */
    struct guardian_child child;
    int value;
};

static struct {
    struct rig rig;
    struct fake fake;
    struct loop *loop;
    struct guardian_client *client;
    struct heard heard[EVENTS_MAX];
    size_t count, read;
    bool late;
} t;

static void hear(char what, const struct guardian_child *child, int value)
{
    assert_true(t.count < EVENTS_MAX);
    struct heard *heard = &t.heard[t.count++];
    *heard = (struct heard){.what = what, .value = value};
    if (child)
        heard->child = *child;
}

static void on_child(void *context, const struct guardian_child *child) { (void)context, hear('C', child, 0); }
static void on_table_end(void *context) { (void)context, hear('T', NULL, 0); }
static void on_exit_(void *context, const struct guardian_child *child, int status)
{
    (void)context, hear('E', child, status);
}
static void on_start_failed(void *context, const struct guardian_child *child, int error)
{
    (void)context, hear('F', child, error);
}
static void on_lost(void *context, int error) { (void)context, hear('L', NULL, error); }

static const struct guardian_client_events events = {.on_child = on_child,
                                                     .on_table_end = on_table_end,
                                                     .on_exit = on_exit_,
                                                     .on_start_failed = on_start_failed,
                                                     .on_lost = on_lost};

static void on_late(void *context) { (void)context, t.late = true; }

static const struct heard *next_event(void)
{
    struct loop_timer *timer;
    assert_int_equal(loop_timer_new(t.loop, on_late, NULL, &timer), 0);
    loop_timer_start(timer, WAIT_MS);
    while (t.read == t.count && !t.late)
        assert_int_equal(loop_turn(t.loop), 0);
    loop_timer_free(timer);
    assert_false(t.late);
    return &t.heard[t.read++];
}

/* The next event, which must be this one. */
static const struct heard *expect(char what)
{
    const struct heard *heard = next_event();
    assert_int_equal(heard->what, what);
    return heard;
}

static void supervisor_accept(void)
{
    fake_accept(&t.rig, &t.fake);
    int fd = fcntl(t.fake.link, F_DUPFD_CLOEXEC, 0);
    close(t.fake.link);
    t.fake.link = -1;
    assert_int_equal(guardian_client_new(t.loop, fd, &events, NULL, &t.client), 0);
}

static int begin_with(const char *limits)
{
    memset(&t, 0, sizeof t);
    rig_start(&t.rig, limits);
    assert_int_equal(loop_new(&t.loop), 0);
    supervisor_accept();
    expect('T');
    return 0;
}

static int begin(void **state)
{
    (void)state;
    return begin_with(LIMITS_USUAL);
}

static int end(void **state)
{
    (void)state;
    guardian_client_free(t.client);
    loop_free(t.loop);
    close(t.fake.control);
    rig_stop(&t.rig);
    return 0;
}

static void worker_is_started_signalled_and_reported(void **state)
{
    (void)state;
    struct guardian_child child = child_named("orders", 3);
    child.kind = 0;
    int log[2], spec = -1;
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    assert_int_equal(fd_memfd_sealed("spec", "wait", 4, &spec), 0);
    struct guardian_worker_fds fds = {open(FAKE_WORKER, O_RDONLY | O_CLOEXEC), log[1], spec, spec};
    assert_int_equal(guardian_client_start_worker(t.client, &child, &fds), 0);
    close(fds.executable);
    close(log[1]);
    close(spec);
    struct guardian_child started = expect('C')->child;
    assert_int_equal(started.kind, GUARDIAN_WORKER);
    assert_string_equal(started.split, "orders");
    char text[TEXT_SIZE];
    log_read(log[0], text);
    assert_non_null(strstr(text, "fds 0 1 2 3 4\n"));
    assert_int_equal(guardian_client_signal(t.client, &started, SIGTERM), 0);
    assert_int_equal(WTERMSIG(expect('E')->value), SIGTERM);
    log_wait_closed(log[0]);
}

static uint64_t command_run(const char *id, const char *const *argv)
{
    uint64_t incarnation = 0;
    int log = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(guardian_client_start_command(t.client, id, argv, log, &incarnation), 0);
    close(log);
    return incarnation;
}

/* What a callback has heard is not told to the next supervisor; each run of a command is another one. */
static void heard_exits_are_not_told_again(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "exit 5", NULL}, *const wrong[] = {"/no/such/program", NULL};
    uint64_t first = command_run("restart", argv), second = command_run("restart", argv);
    assert_true(first < second);
    command_run("ready", wrong);
    unsigned exits = 0, failures = 0;
    for (int i = 0; i < 6; i++) {
        const struct heard *heard = next_event();
        exits += heard->what == 'E' && WEXITSTATUS(heard->value) == 5;
        failures += heard->what == 'F' && heard->value == ENOENT;
    }
    assert_int_equal(exits, 2);
    assert_int_equal(failures, 1);
    guardian_client_free(TAKE(t.client));
    fake_exit(&t.fake, 1);
    supervisor_accept();
    expect('T');
}

/* Far more than a socket holds: nothing is lost, nothing blocks, and the heartbeat goes on. */
static void burst_of_orders_waits_in_the_queue(void **state)
{
    (void)state;
    int file = memfd_create("nothing", MFD_CLOEXEC);
    struct guardian_worker_fds fds = {file, file, file, file};
    assert_int_equal(kill(t.rig.guardian, SIGSTOP), 0);
    for (unsigned i = 0; i < GUARDIAN_CHILDREN_MAX; i++) {
        struct guardian_child child = child_named("orders", i);
        assert_int_equal(guardian_client_start_worker(t.client, &child, &fds), 0);
    }
    int result = 0;
    for (unsigned i = 0; i < 2 * GUARDIAN_CLIENT_QUEUE_MAX && result == 0; i++)
        result = guardian_client_signal(t.client, &(struct guardian_child){.split = "none"}, SIGTERM);
    assert_int_equal(result, -ENOBUFS);
    assert_int_equal(kill(t.rig.guardian, SIGCONT), 0);
    close(file);
    for (unsigned failed = 0; failed < GUARDIAN_CHILDREN_MAX;) {
        const struct heard *heard = next_event();
        assert_int_not_equal(heard->what, 'L');
        failed += heard->what == 'F';
    }
}

static int begin_hung(void **state)
{
    (void)state;
    return begin_with("5000,120000,60000,20000");
}

/* By itself, as long as the loop turns; and a guardian that ends is heard of once. */
static void heartbeat_keeps_the_supervisor_alive(void **state)
{
    (void)state;
    struct loop_timer *timer;
    assert_int_equal(loop_timer_new(t.loop, on_late, NULL, &timer), 0);
    loop_timer_start(timer, 6500);
    while (!t.late)
        assert_int_equal(loop_turn(t.loop), 0);
    loop_timer_free(timer);
    t.late = false;
    assert_false(wait_readable(t.fake.control, 0));
    assert_int_equal(guardian_client_reexec(t.client), 0);
    const char *const argv[] = {"true", NULL};
    command_run("after-reexec", argv);
    expect('C');
    assert_int_equal(expect('E')->value, 0);
    assert_int_equal(kill(t.rig.guardian, SIGKILL), 0);
    assert_int_equal(expect('L')->value, -ECONNRESET);
    uint64_t incarnation;
    assert_int_equal(guardian_client_start_command(t.client, "x", argv, 0, &incarnation), -ENOTCONN);
}

static void wrong_commands_are_refused_here(void **state)
{
    (void)state;
    static char word[GUARDIAN_ARGV_BYTES_MAX + 1], id[GUARDIAN_SPLIT_SIZE + 1];
    memset(word, 'x', sizeof word - 1);
    memset(id, 'x', sizeof id - 1);
    const char *many[GUARDIAN_ARGV_MAX + 2] = {NULL};
    for (size_t i = 0; i <= GUARDIAN_ARGV_MAX; i++)
        many[i] = "x";
    uint64_t incarnation;
    const char *const none[] = {NULL}, *const large[] = {word, NULL}, *const right[] = {"true", NULL};
    assert_int_equal(guardian_client_start_command(t.client, "a", none, 0, &incarnation), -EINVAL);
    assert_int_equal(guardian_client_start_command(t.client, "", right, 0, &incarnation), -EINVAL);
    assert_int_equal(guardian_client_start_command(t.client, "a", large, 0, &incarnation), -E2BIG);
    assert_int_equal(guardian_client_start_command(t.client, "a", many, 0, &incarnation), -E2BIG);
    assert_int_equal(guardian_client_start_command(t.client, id, right, 0, &incarnation), -E2BIG);
    assert_false(guardian_client_inherited());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(worker_is_started_signalled_and_reported, begin, end),
        cmocka_unit_test_setup_teardown(heard_exits_are_not_told_again, begin, end),
        cmocka_unit_test_setup_teardown(burst_of_orders_waits_in_the_queue, begin, end),
        cmocka_unit_test_setup_teardown(heartbeat_keeps_the_supervisor_alive, begin_hung, end),
        cmocka_unit_test_setup_teardown(wrong_commands_are_refused_here, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
