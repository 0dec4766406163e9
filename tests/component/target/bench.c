/* Set-up for the tests of the driver; owns the folder, the guardian and the supervisor's lives. */
#include "tests/component/target/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLOCK_MS 10

struct effects_made made;

int __real_file_write_atomic(int dir_fd, const char *path, const void *data, size_t len, mode_t mode);
int __wrap_file_write_atomic(int dir_fd, const char *path, const void *data, size_t len, mode_t mode);
int __real_guardian_client_start_command(struct guardian_client *client, const char *id, const char *const *argv,
                                         int log_fd, uint64_t *ret_incarnation);
int __wrap_guardian_client_start_command(struct guardian_client *client, const char *id, const char *const *argv,
                                         int log_fd, uint64_t *ret_incarnation);

static int64_t passed_ms;

struct mono __real_mono_now(void);
struct mono __wrap_mono_now(void);

struct mono __wrap_mono_now(void) { return mono_after(__real_mono_now(), passed_ms); }

void bench_pass(int64_t time_ms) { passed_ms += time_ms; }

static bool is_dead(const char *path)
{
    size_t length = strlen(path), end = made.only_path ? strlen(made.only_path) : 0;
    if (made.only_path && (length < end || strcmp(path + length - end, made.only_path) != 0))
        return false;
    made.count++;
    return made.dead_from && made.count >= made.dead_from;
}

int __wrap_file_write_atomic(int dir_fd, const char *path, const void *data, size_t len, mode_t mode)
{
    return is_dead(path) ? made.error : __real_file_write_atomic(dir_fd, path, data, len, mode);
}

int __wrap_guardian_client_start_command(struct guardian_client *client, const char *id, const char *const *argv,
                                         int log_fd, uint64_t *ret_incarnation)
{
    return is_dead(id) ? made.error : __real_guardian_client_start_command(client, id, argv, log_fd, ret_incarnation);
}

static void on_clock(void *context) { (void)context; }

static int open_with(void **state, const char *limits)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct reason why;
    assert_non_null(bench);
    made = (struct effects_made){.error = -EIO};
    snprintf(bench->folder, sizeof bench->folder, "/tmp/sluice-target-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    bench->folder_fd = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bench->key = (struct resource_key){.kind = KIND_LOCAL_SERVICE, .namespace = "default", .name = "shop"};
    assert_int_equal(loop_new(&bench->loop), 0);
    assert_int_equal(loop_timer_new(bench->loop, on_clock, bench, &bench->clock), 0);
    loop_timer_repeat(bench->clock, CLOCK_MS);
    assert_int_equal(store_new(-1, &bench->store, &why), 0);
    rig_start(&bench->rig, limits);
    file_put(bench, "code", "0");
    file_put(bench, "ready-code", "0");
    *state = bench;
    return 0;
}

int bench_open(void **state) { return open_with(state, LIMITS_USUAL); }
int bench_open_impatient(void **state) { return open_with(state, "30000,500,60000,20000"); }

int bench_close(void **state)
{
    struct bench *bench = *state;
    local_services_free(bench->services);
    guardian_client_free(bench->client);
    close(bench->fake.control);
    store_free(bench->store);
    loop_timer_free(bench->clock);
    loop_free(bench->loop);
    rig_stop(&bench->rig);
    DIR *folder = fdopendir(bench->folder_fd);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
    closedir(folder);
    int r = rmdir(bench->folder);
    free(bench);
    return r;
}

static void replace_inputs(struct bench *bench, struct json **documents, size_t count)
{
    assert_int_equal(store_replace_inputs(bench->store, documents, count), 0);
}

/* A restart takes the environment file into force; two at a time leave a trace in "overlaps". */
#define RESTART                                                                                                      \
    "cd %s && { mkdir busy 2>/dev/null || echo x >>overlaps; }; echo run >>runs; while [ -e hold ]; do sleep 0.01; " \
    "done; c=$(cat code); [ $c = 0 ] && cp env in-force; rmdir busy; exit $c"
#define READY "cd %s && echo ask >>asks; exit $(cat ready-code)"

static struct json *service(struct bench *bench, const char *name, const char *env, bool ready)
{
    char restart[512], ask[256], text[4096];
    struct json *document = NULL;
    struct json_error error;
    snprintf(restart, sizeof restart, RESTART, bench->folder);
    snprintf(ask, sizeof ask, ",\"ready\":[\"sh\",\"-c\",\"" READY "\"]", bench->folder);
    snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"namespace\":\"default\","
        "\"name\":\"%s\"},\"spec\":{\"containers\":[{\"name\":\"app\",\"envFile\":\"%s/env\",\"env\":[%s]}],"
        "\"restart\":[\"%s\",\"-c\",\"%s\"]%s}}",
        name, bench->folder, env, bench->shell ? bench->shell : "sh", restart, ready ? ask : "");
    assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &document, &error), 0);
    return document;
}

void bench_manifest(struct bench *bench, const char *env, bool ready)
{
    struct json *document = service(bench, "shop", env, ready);
    replace_inputs(bench, &document, 1);
}

void bench_manifest_twins(struct bench *bench, const char *env)
{
    struct json *documents[] = {service(bench, "shop", env, false), service(bench, "twin", env, false)};
    replace_inputs(bench, documents, 2);
}

void bench_manifest_none(struct bench *bench) { replace_inputs(bench, NULL, 0); }

static void on_child(void *context, const struct guardian_child *child)
{
    struct bench *bench = context;
    local_services_on_child(bench->services, child);
}

static void on_table_end(void *context)
{
    struct bench *bench = context;
    bench->table_ends++;
    local_services_on_table_end(bench->services);
}

static void on_exited(void *context, const struct guardian_child *child, int wait_status)
{
    struct bench *bench = context;
    local_services_on_exit(bench->services, child, wait_status);
}

static void on_start_failed(void *context, const struct guardian_child *child, int error)
{
    struct bench *bench = context;
    local_services_on_start_failed(bench->services, child, error);
}

static void on_lost(void *context, int error)
{
    (void)context;
    fail_msg("the guardian is gone: %d", error);
}

static const struct guardian_client_events events = {on_child, on_table_end, on_exited, on_start_failed, on_lost};

static void on_change(void *context, const struct resource_key *target)
{
    struct bench *bench = context;
    assert_true(resource_key_equal(target, &bench->key));
}

static bool table_is_known(struct bench *bench) { return bench->table_ends > 0; }

void bench_begin_life(struct bench *bench)
{
    made.count = made.dead_from = 0;
    made.only_path = NULL;
    bench->table_ends = 0;
    fake_accept(&bench->rig, &bench->fake);
    int fd = fcntl(bench->fake.link, F_DUPFD_CLOEXEC, 0);
    close(bench->fake.link);
    bench->fake.link = -1;
    assert_int_equal(guardian_client_new(bench->loop, fd, &events, bench, &bench->client), 0);
    const struct local_services_config config = {.loop = bench->loop,
                                                 .guardian = bench->client,
                                                 .store = bench->store,
                                                 .state_fd = bench->folder_fd,
                                                 .log_dir = bench->folder,
                                                 .on_change = on_change,
                                                 .context = bench};
    assert_int_equal(local_services_new(&config, &bench->services), 0);
    bench_wait(bench, table_is_known);
}

void bench_end_life(struct bench *bench)
{
    local_services_free(TAKE(bench->services));
    guardian_client_free(TAKE(bench->client));
    fake_kill(&bench->fake);
}

void bench_want(struct bench *bench, const char *topic)
{
    const struct target_entry entry = {"app", "TOPIC", topic, NULL};
    const struct target_wanted wanted = {
        .key = bench->key, .uid = "uid-of-shop", .entries = &entry, .entry_count = topic ? 1 : 0};
    assert_int_equal(local_services_set(bench->services, &wanted), 0);
}

struct target_observed bench_observe(struct bench *bench)
{
    struct target_observed observed;
    local_services_observe(bench->services, &bench->key, &observed);
    return observed;
}

bool bench_reached(struct bench *bench, bench_state_fn *state)
{
    struct mono deadline = mono_after(mono_now(), WAIT_MS);
    while (!state(bench)) {
        if (mono_reached(mono_now(), deadline))
            return false;
        assert_int_equal(loop_turn(bench->loop), 0);
    }
    return true;
}

void bench_turn(struct bench *bench, int64_t for_ms)
{
    struct mono end = mono_after(mono_now(), for_ms);
    while (!mono_reached(mono_now(), end))
        assert_int_equal(loop_turn(bench->loop), 0);
}

bool is_ready(struct bench *bench) { return bench_observe(bench).state == TARGET_STATE_READY; }
bool is_failed(struct bench *bench) { return bench_observe(bench).state == TARGET_STATE_FAILED; }
bool is_polling(struct bench *bench)
{
    struct target_observed observed = bench_observe(bench);
    return observed.state == TARGET_STATE_ROLLING && observed.unpatched_gone;
}

void file_put(struct bench *bench, const char *name, const char *text)
{
    assert_int_equal(__real_file_write_atomic(bench->folder_fd, name, text, strlen(text), 0600), 0);
}

void file_drop(struct bench *bench, const char *name) { unlinkat(bench->folder_fd, name, 0); }

const char *file_text(struct bench *bench, const char *name)
{
    static char text[4096];
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(sizeof text - 1);
    text[0] = '\0';
    if (file_read(bench->folder_fd, name, &buf) == 0 && buf.len)
        snprintf(text, sizeof text, "%s", buf.data);
    return text;
}

unsigned file_lines(struct bench *bench, const char *name)
{
    unsigned lines = 0;
    for (const char *at = file_text(bench, name); (at = strchr(at, '\n')); at++)
        lines++;
    return lines;
}

struct bench *bench_begin(void **state, bool ready)
{
    struct bench *bench = *state;
    bench_manifest(bench, OWN, ready);
    bench_begin_life(bench);
    return bench;
}

/* A service that runs, known to us. */
struct bench *bench_begin_running(void **state, bool ready)
{
    struct bench *bench = bench_begin(state, ready);
    file_put(bench, "env", ORIGINAL);
    file_put(bench, "in-force", ORIGINAL);
    bench_want(bench, NULL);
    assert_true(is_ready(bench));
    return bench;
}

void bench_assert_runs(struct bench *bench, const char *environment)
{
    assert_string_equal(file_text(bench, "env"), environment);
    assert_string_equal(file_text(bench, "in-force"), environment);
    assert_string_equal(file_text(bench, "overlaps"), "");
}
