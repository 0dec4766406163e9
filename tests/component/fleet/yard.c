/* Set-up for the tests of the fleet; owns the folders, the guardian and the supervisor's lives. */
#include "tests/component/fleet/yard.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLOCK_MS 10
#define YARD_WAIT_MS 14000

static struct {
    unsigned factor;
    struct mono real, said; /* when the factor was set */
} the_clock = {.factor = 1};

struct mono __real_mono_now(void);
struct mono __wrap_mono_now(void);

struct mono __wrap_mono_now(void)
{
    struct mono real = __real_mono_now();
    return mono_after(the_clock.said, (real.ms - the_clock.real.ms) * the_clock.factor);
}

void clock_speed(unsigned factor)
{
    the_clock.said = __wrap_mono_now();
    the_clock.real = __real_mono_now();
    the_clock.factor = factor;
}

void clock_jump(int64_t ms)
{
    clock_speed(the_clock.factor);
    the_clock.said = mono_after(the_clock.said, ms);
}

static void on_clock(void *context) { (void)context; }

static struct yard *yard_new(void)
{
    char path[96];
    struct yard *yard = calloc(1, sizeof *yard);
    assert_non_null(yard);
    clock_speed(1);
    snprintf(yard->folder, sizeof yard->folder, "/tmp/sluice-fleet-XXXXXX");
    assert_non_null(mkdtemp(yard->folder));
    snprintf(yard->logs, sizeof yard->logs, "%s/logs", yard->folder);
    snprintf(path, sizeof path, "%s/ipc", yard->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(mkdir(yard->logs, 0700), 0);
    yard->executable = WORKER_FAKE;
    yard->arena = ARENA_INIT(1 << 20);
    assert_int_equal(loop_new(&yard->loop), 0);
    assert_int_equal(loop_timer_new(yard->loop, on_clock, yard, &yard->clock), 0);
    loop_timer_repeat(yard->clock, CLOCK_MS);
    return yard;
}

int yard_open(void **state)
{
    struct yard *yard = yard_new();
    rig_start(&yard->rig, LIMITS_USUAL);
    *state = yard;
    return 0;
}

int yard_open_pod(void **state)
{
    static char path[128];
    struct yard *yard = yard_new();
    snprintf(path, sizeof path, "%s/guardian.sock", yard->folder);
    yard->pod = path;
    *state = yard;
    return 0;
}

static int drop(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status, (void)type, (void)at;
    return remove(path);
}

int yard_close(void **state)
{
    struct yard *yard = *state;
    clock_speed(1);
    fleet_free(yard->fleet);
    guardian_client_free(yard->client);
    if (!yard->pod)
        close(yard->fake.control);
    loop_timer_free(yard->clock);
    loop_free(yard->loop);
    arena_deinit(&yard->arena);
    if (!yard->pod)
        rig_stop(&yard->rig);
    int r = nftw(yard->folder, drop, 8, FTW_DEPTH | FTW_PHYS);
    free(yard);
    return r;
}

static void on_child(void *context, const struct guardian_child *child)
{
    struct yard *yard = context;
    fleet_on_child(yard->fleet, child);
}

static void on_table_end(void *context)
{
    struct yard *yard = context;
    yard->table_ends++;
    fleet_on_table_end(yard->fleet);
}

static void on_exited(void *context, const struct guardian_child *child, int wait_status)
{
    struct yard *yard = context;
    fleet_on_exit(yard->fleet, child, wait_status);
}

static void on_start_failed(void *context, const struct guardian_child *child, int error)
{
    struct yard *yard = context;
    fleet_on_start_failed(yard->fleet, child, error);
}

static void on_lost(void *context, int error)
{
    struct yard *yard = context;
    if (!yard->pod)
        fail_msg("the guardian is gone: %d", error);
    yard->losses++;
    fleet_on_lost(yard->fleet);
}

static const struct guardian_client_events events = {on_child, on_table_end, on_exited, on_start_failed, on_lost};

static void on_change(void *context, const char *worker)
{
    (void)context;
    assert_true(strcmp(worker, WORKER) == 0 || strcmp(worker, OTHER_WORKER) == 0);
}

static bool table_is_known(struct yard *yard) { return yard->table_ends > 0; }

static void link_begin(struct yard *yard)
{
    if (yard->pod) {
        assert_int_equal(guardian_client_connect(yard->loop, yard->pod, &events, yard, &yard->client), 0);
        return;
    }
    fake_accept(&yard->rig, &yard->fake);
    int fd = fcntl(yard->fake.link, F_DUPFD_CLOEXEC, 0);
    close(yard->fake.link);
    yard->fake.link = -1;
    assert_int_equal(guardian_client_new(yard->loop, fd, &events, yard, &yard->client), 0);
}

void yard_begin_life(struct yard *yard)
{
    yard->table_ends = 0;
    link_begin(yard);
    yard->programs[0] = (struct fleet_program){"", yard->executable}; /* specifications of these tests have no type */
    yard->programs[1] = (struct fleet_program){NULL, NULL};
    const struct fleet_config config = {.loop = yard->loop,
                                        .guardian = yard->client,
                                        .programs = yard->programs,
                                        .runtime_dir = yard->folder,
                                        .log_dir = yard->logs,
                                        .worker_bytes = 1 << 30,
                                        .log_format = "text",
                                        .log_levels = yard->log_levels ? yard->log_levels : "info",
                                        .on_change = on_change,
                                        .context = yard};
    assert_int_equal(fleet_new(&config, &yard->fleet), 0);
    yard_wait(yard, table_is_known);
}

void yard_end_life(struct yard *yard)
{
    fleet_free(TAKE(yard->fleet));
    guardian_client_free(TAKE(yard->client));
    if (!yard->pod)
        fake_kill(&yard->fake);
}

int yard_start(struct yard *yard, const char *spec)
{
    struct json *document = NULL;
    struct json_error error;
    assert_int_equal(json_parse(str_of(spec), &JSON_LIMITS_DOCUMENT, &document, &error), 0);
    return fleet_start(yard->fleet, WORKER, document, json_new_object());
}

const struct worker_view *yard_view(struct yard *yard)
{
    arena_deinit(&yard->arena);
    yard->arena = ARENA_INIT(1 << 20);
    yard->view = (struct worker_view){.presence = WORKER_NONE};
    assert_int_equal(fleet_observe(yard->fleet, WORKER, &yard->arena, &yard->view), 0);
    return &yard->view;
}

/* argv of a worker is: its name, split, incarnation. */
static bool is_worker(const char *pid, uint64_t incarnation)
{
    char path[300], wanted[160];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    int length =
        snprintf(wanted, sizeof wanted, "sluice-worker%c%s%c%llu", 0, WORKER, 0, (unsigned long long)incarnation);
    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    return file_read(AT_FDCWD, path, &text) == 0 && text.len == (size_t)length + 1 &&
           memcmp(text.data, wanted, (size_t)length) == 0;
}

static pid_t parent_of(const char *pid)
{
    char path[300];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    const char *end = file_read(AT_FDCWD, path, &text) == 0 ? strrchr(text.data, ')') : NULL;
    return end ? (pid_t)strtol(end + 3, NULL, 10) : 0;
}

pid_t yard_pid(struct yard *yard)
{
    pid_t found = 0;
    DIR *folder = opendir("/proc");
    uint64_t incarnation = yard_view(yard)->incarnation;
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (parent_of(entry->d_name) == yard->rig.guardian && is_worker(entry->d_name, incarnation))
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    closedir(folder);
    assert_true(found > 0);
    return found;
}

bool yard_reached(struct yard *yard, yard_state_fn *state)
{
    int64_t deadline = test_now_ms() + YARD_WAIT_MS;
    while (!state(yard)) {
        if (test_now_ms() >= deadline)
            return false;
        assert_int_equal(loop_turn(yard->loop), 0);
    }
    return true;
}

bool is_live(struct yard *yard) { return yard_view(yard)->presence == WORKER_LIVE; }
bool is_gone(struct yard *yard) { return yard_view(yard)->presence == WORKER_NONE; }

struct yard *yard_begin(void **state)
{
    struct yard *yard = *state;
    yard_begin_life(yard);
    return yard;
}

struct yard *yard_begin_live(void **state)
{
    struct yard *yard = yard_begin(state);
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    return yard;
}
