/* Workers are started, adopted, watched and ended, and none is left over (architecture: every incarnation counts). */
#include "tests/component/fleet/yard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const struct yard *yard, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", yard->folder, name);
    return access(path, F_OK) == 0;
}

static void put(const struct yard *yard, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", yard->folder, name);
    assert_int_equal(file_write_atomic(AT_FDCWD, path, text, strlen(text), 0700), 0);
}

/* What a descriptor of a process is; "" when there is none. */
static const char *link_of(pid_t pid, int fd, char target[256])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(path, target, 255);
    target[length > 0 ? length : 0] = '\0';
    return target;
}

static void assert_link(pid_t pid, int fd, const char *wanted)
{
    char target[256];
    assert_non_null(strstr(link_of(pid, fd, target), wanted));
}

static bool has_link(pid_t pid, const char *wanted)
{
    char target[256];
    for (int fd = 3; fd < 256; fd++)
        if (strcmp(link_of(pid, fd, target), wanted) == 0)
            return true;
    return false;
}

static void S_12_a_worker_has_the_descriptors_of_the_contract_and_its_own(void **state)
{
    struct yard *yard = yard_begin_live(state);
    pid_t pid = yard_pid(yard);
    assert_link(pid, 0, "/dev/null");
    assert_link(pid, 1, "/logs/" WORKER ".log");
    assert_link(pid, 2, "/logs/" WORKER ".log");
    assert_link(pid, 4, "/ipc/" WORKER ".1.lock");
    /* Whatever else is open it made itself: no file, and no pipe or socket that we or the guardian have. */
    for (int fd = 3; fd < 256; fd++) {
        char target[256];
        link_of(pid, fd, target);
        if (fd == 4 || !target[0] || strncmp(target, "anon_inode:", 11) == 0)
            continue;
        assert_true(target[0] != '/' || (fd == 3 && strncmp(target, "/memfd:", 7) == 0));
        assert_false(has_link(getpid(), target) || has_link(yard->rig.guardian, target));
    }
}

static void starting_a_running_worker_is_nothing_and_its_hash_is_told(void **state)
{
    struct yard *yard = yard_begin(state);
    assert_int_equal(yard_start(yard, "{\"topic\":\"a\"}"), 0);
    char hash[65];
    memcpy(hash, yard_view(yard)->spec_hash, sizeof hash);
    yard_wait(yard, is_live);
    assert_int_equal(yard_start(yard, "{\"topic\":\"b\"}"), 0);
    assert_string_equal(yard_view(yard)->spec_hash, hash);
    assert_int_equal(yard_view(yard)->incarnation, 1);
    assert_int_equal(fleet_stop(yard->fleet, WORKER), 0);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_NONE);
    assert_int_equal(yard_view(yard)->failures, 0);
    assert_int_equal(yard_start(yard, "{\"topic\":\"b\"}"), 0);
    assert_string_not_equal(yard_view(yard)->spec_hash, hash);
    assert_int_equal(yard_view(yard)->incarnation, 2);
}

static const struct wanted_temp temp = {
    .name = "temp-fallback", .role = WORKER_TEMP_FALLBACK, .want = WORKER_TEMP_WANT_PRESENT};

static void push(struct yard *yard, enum worker_mode mode)
{
    const struct wanted_table table = {.mode = mode, .temps = &temp, .temp_count = 1};
    assert_int_equal(fleet_table(yard->fleet, WORKER, &table), 0);
}

static bool is_applied(struct yard *yard) { return yard_view(yard)->pushed_applied; }

static bool is_checked(struct yard *yard) { return yard_view(yard)->checked && yard_view(yard)->positions_complete; }

static void tables_are_numbered_on_over_supervisors(void **state)
{
    struct yard *yard = yard_begin_live(state);
    push(yard, WORKER_MODE_PREPARE);
    yard_wait(yard, is_applied);
    push(yard, WORKER_MODE_FORWARD);
    yard_wait(yard, is_applied);
    uint64_t generation = yard_view(yard)->pushed->generation;
    assert_int_equal(yard_view(yard)->temps[0].state, WORKER_TEMP_PRESENT);
    yard_end_life(yard);
    yard_begin_life(yard);
    yard_wait(yard, is_live);
    push(yard, WORKER_MODE_HOLD);
    yard_wait(yard, is_applied);
    assert_int_equal(yard_view(yard)->pushed->generation, generation + 1);
    assert_int_equal(yard_view(yard)->generation, generation + 1);
}

static void a_worker_survives_the_supervisor_and_is_adopted(void **state)
{
    struct yard *yard = yard_begin_live(state);
    pid_t pid = yard_pid(yard);
    yard_end_life(yard);
    yard_begin_life(yard);
    assert_int_equal(fleet_running(yard->fleet), 1);
    assert_int_equal(yard_start(yard, "{}"), 0); /* nothing: it runs */
    yard_wait(yard, is_live);
    yard_wait(yard, is_checked);
    assert_int_equal(yard_pid(yard), pid);
    assert_int_equal(yard_view(yard)->pid, pid);
    assert_int_equal(yard_view(yard)->incarnation, 1);
    assert_true(exists(yard, "ipc/" WORKER ".1.lock"));
}

static unsigned events_told(struct yard *yard)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    struct observed_event event;
    unsigned count = 0;
    while (fleet_event_take(yard->fleet, worker, &event))
        count++;
    return count;
}

static bool is_told(struct yard *yard) { return events_told(yard) > 0; }

static void an_event_is_told_once_over_supervisors(void **state)
{
    struct yard *yard = yard_begin_live(state);
    yard_wait(yard, is_told);
    yard_end_life(yard);
    yard_begin_life(yard);
    yard_wait(yard, is_live);
    push(yard, WORKER_MODE_PREPARE); /* answered after everything that is told at the beginning */
    yard_wait(yard, is_applied);
    assert_int_equal(events_told(yard), 0);
    assert_int_equal(fleet_stop(yard->fleet, WORKER), 0);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_start(yard, "{}"), 0); /* another incarnation has events of its own */
    yard_wait(yard, is_told);
}

static void a_worker_that_is_killed_is_told_in_words_and_backs_off(void **state)
{
    struct yard *yard = yard_begin_live(state);
    for (unsigned times = 1; times <= 2; times++) {
        assert_int_equal(kill(yard_pid(yard), SIGKILL), 0);
        yard_wait(yard, is_gone);
        const struct worker_view *view = yard_view(yard);
        assert_int_equal(view->why.code, REASON_WORKER_CRASHED);
        assert_non_null(strstr(view->why.text, "SIGKILL"));
        assert_int_equal(view->failures, times);
        int64_t rest_ms = mono_until(mono_now(), view->retry);
        assert_true(rest_ms > 0 && rest_ms <= 200 * times);
        assert_int_equal(yard_start(yard, "{}"), 0);
        yard_wait(yard, is_live);
        assert_int_equal(yard_view(yard)->incarnation, times + 1);
        assert_int_equal(yard_view(yard)->why.code, REASON_NONE);
    }
    assert_false(exists(yard, "ipc/" WORKER ".1.lock"));
}

/* Somebody sends it SIGTERM by hand, or it is wrong in itself. */
static void a_worker_that_ends_unasked_backs_off_however_well_it_ends(void **state)
{
    struct yard *yard = yard_begin_live(state);
    for (unsigned times = 1; times <= 2; times++) {
        assert_int_equal(kill(yard_pid(yard), SIGTERM), 0);
        yard_wait(yard, is_gone);
        assert_non_null(strstr(yard_view(yard)->why.text, "ended in order, though nobody had asked it to"));
        assert_int_equal(yard_view(yard)->failures, times);
        assert_int_equal(yard_start(yard, "{}"), 0);
        yard_wait(yard, is_live);
    }
}

static void a_worker_that_died_without_a_supervisor_is_not_adopted(void **state)
{
    struct yard *yard = yard_begin_live(state);
    pid_t pid = yard_pid(yard);
    yard_end_life(yard);
    assert_int_equal(kill(pid, SIGKILL), 0);
    yard_begin_life(yard);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    assert_int_equal(yard_view(yard)->incarnation, 2); /* no number twice */
}

static void a_worker_that_says_no_hello_is_killed(void **state)
{
    struct yard *yard = *state;
    yard->executable = FAKE_WORKER; /* waits for ever */
    yard_begin(state);
    clock_speed(4);
    assert_int_equal(yard_start(yard, "{}"), 0);
    assert_int_equal(yard_view(yard)->presence, WORKER_STARTING);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_WORKER_START_FAILED);
    assert_non_null(strstr(yard_view(yard)->why.text, "no HELLO within 10 seconds"));
}

static void a_worker_that_hangs_is_killed(void **state)
{
    struct yard *yard = yard_begin_live(state);
    assert_int_equal(kill(yard_pid(yard), SIGSTOP), 0);
    clock_speed(4);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_WORKER_UNRESPONSIVE);
    assert_int_equal(yard_view(yard)->failures, 1);
}

static void a_worker_that_does_not_stop_in_time_is_killed(void **state)
{
    struct yard *yard = yard_begin(state);
    assert_int_equal(yard_start(yard, "{\"stop\":\"never\"}"), 0);
    yard_wait(yard, is_live);
    fleet_stop_all(yard->fleet);
    assert_int_equal(yard_view(yard)->presence, WORKER_STOPPING);
    clock_jump(60000); /* a sleep of the machine is not its time */
    struct mono awake = mono_now();
    clock_speed(4);
    yard_wait(yard, is_gone);
    assert_true(mono_now().ms - awake.ms >= 20000);
    assert_int_equal(yard_view(yard)->why.code, REASON_WORKER_UNRESPONSIVE);
    assert_int_equal(fleet_running(yard->fleet), 0);
}

static void S_13_a_worker_that_talks_nonsense_is_killed(void **state)
{
    struct yard *yard = *state;
    yard->executable = FLEET_ROGUE;
    yard_begin(state);
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_MESSAGE_INVALID);
}

static void a_program_that_cannot_run_is_told(void **state)
{
    struct yard *yard = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/program", yard->folder);
    yard->executable = path;
    yard_begin(state);
    assert_int_equal(yard_start(yard, "{}"), -ENOENT);
    assert_int_equal(yard_view(yard)->presence, WORKER_NONE);
    assert_false(exists(yard, "ipc/" WORKER ".1.lock"));
    put(yard, "program", "no program");
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_WORKER_START_FAILED);
    assert_non_null(strstr(yard_view(yard)->why.text, "Exec format error"));
    assert_false(exists(yard, "ipc/" WORKER ".2.lock"));
}

static bool keep_all(void *context, const char *worker)
{
    assert_string_equal(worker, WORKER);
    ++*(unsigned *)context;
    return true;
}

static bool keep_none(void *context, const char *worker)
{
    keep_all(context, worker);
    return false;
}

static bool none_runs(struct yard *yard) { return fleet_running(yard->fleet) == 0; }

static void a_worker_that_nobody_wants_is_stopped_and_forgotten(void **state)
{
    struct yard *yard = yard_begin_live(state);
    unsigned asked = 0;
    yard_end_life(yard);
    yard_begin_life(yard);
    yard_view(yard); /* a plan wants it */
    fleet_sweep(yard->fleet, keep_none, &asked);
    fleet_sweep(yard->fleet, keep_all, &asked); /* a record wants it */
    assert_int_equal(asked, 1);
    assert_int_equal(fleet_running(yard->fleet), 1);
    fleet_sweep(yard->fleet, keep_none, &asked);
    yard_wait(yard, none_runs);
    assert_true(exists(yard, "ipc/" WORKER ".json"));
    fleet_sweep(yard->fleet, keep_none, &asked);
    assert_int_equal(asked, 3);
    assert_false(exists(yard, "ipc/" WORKER ".json"));
    fleet_sweep(yard->fleet, keep_none, &asked);
    assert_int_equal(asked, 3); /* it is forgotten */
}

static bool is_startable(struct yard *yard)
{
    assert_int_equal(yard_start(yard, "{}"), 0);
    return yard_view(yard)->presence != WORKER_NONE;
}

static void a_worker_that_outlives_its_guardian_is_waited_for(void **state)
{
    struct yard *yard = *state;
    char path[160];
    int lock = -1, older = -1;
    put(yard, "ipc/" WORKER ".3.lock", "");
    put(yard, "ipc/another.7.lock", "");
    snprintf(path, sizeof path, "%s/ipc/" WORKER ".5.lock", yard->folder);
    assert_int_equal(file_lock(AT_FDCWD, path, &lock), 0);
    snprintf(path, sizeof path, "%s/ipc/" WORKER ".4.lock", yard->folder);
    assert_int_equal(file_lock(AT_FDCWD, path, &older), 0);
    yard_begin(state);
    assert_false(exists(yard, "ipc/" WORKER ".3.lock")); /* left over */
    assert_false(exists(yard, "ipc/another.7.lock"));
    assert_false(is_startable(yard));
    assert_true(mono_until(mono_now(), yard_view(yard)->retry) > 0);
    close(lock);
    assert_false(is_startable(yard)); /* there is another one */
    close(older);
    assert_true(is_startable(yard));
    yard_wait(yard, is_live);
    assert_int_equal(yard_view(yard)->incarnation, 6);
}

static void nobody_is_started_before_the_table_is_known(void **state)
{
    struct yard *yard = yard_begin(state);
    struct fleet *other = NULL;
    static const struct fleet_program none[] = {{NULL, NULL}};
    const struct fleet_config config = {
        .loop = yard->loop, .guardian = yard->client, .programs = none, .runtime_dir = yard->logs};
    char path[160];
    snprintf(path, sizeof path, "%s/ipc", yard->logs);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(fleet_new(&config, &other), 0);
    assert_false(fleet_is_settled(other));
    assert_int_equal(fleet_start(other, WORKER, json_new_object(), json_new_object()), -EAGAIN);
    fleet_free(other);
}

#define FLEET_TEST(name) cmocka_unit_test_setup_teardown(name, yard_open, yard_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(S_12_a_worker_has_the_descriptors_of_the_contract_and_its_own),
        FLEET_TEST(starting_a_running_worker_is_nothing_and_its_hash_is_told),
        FLEET_TEST(tables_are_numbered_on_over_supervisors),
        FLEET_TEST(a_worker_survives_the_supervisor_and_is_adopted),
        FLEET_TEST(an_event_is_told_once_over_supervisors),
        FLEET_TEST(a_worker_that_is_killed_is_told_in_words_and_backs_off),
        FLEET_TEST(a_worker_that_ends_unasked_backs_off_however_well_it_ends),
        FLEET_TEST(a_worker_that_died_without_a_supervisor_is_not_adopted),
        FLEET_TEST(a_worker_that_says_no_hello_is_killed),
        FLEET_TEST(a_worker_that_hangs_is_killed),
        FLEET_TEST(a_worker_that_does_not_stop_in_time_is_killed),
        FLEET_TEST(S_13_a_worker_that_talks_nonsense_is_killed),
        FLEET_TEST(a_program_that_cannot_run_is_told),
        FLEET_TEST(a_worker_that_nobody_wants_is_stopped_and_forgotten),
        FLEET_TEST(a_worker_that_outlives_its_guardian_is_waited_for),
        FLEET_TEST(nobody_is_started_before_the_table_is_known),
    };
    return cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
}
