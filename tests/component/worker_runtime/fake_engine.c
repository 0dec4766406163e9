/* An engine without a broker: it says that every table has come true, from a thread of its own.
 *
 * Members of its spec: "hang": true stays in one call for ever; "stop": "never" does not let go; "read", "write"
 * (paths) and "run" (a program) are tried first, and what fails fails the start. Its figures for the
 * split: received counts on for as long as it lives, transactions is the number of tables it was given. */
#include "common/base/mono.h"
#include "worker/runtime/engine.h"
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MS 10

struct fake {
    struct worker_runtime *runtime;
    struct worker_watch *watch;
    bool hang, stop_never;
    pthread_t thread;
    pthread_mutex_t mutex;
    struct worker_table *table; /* given, not yet told */
    uint64_t tables;
    bool stopping;
};

static struct fake the_fake = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void table_tell(struct fake *fake, const struct worker_table *table)
{
    for (size_t i = 0; i < table->temp_count; i++) {
        bool absent = table->temps[i].want == WORKER_TEMP_WANT_ABSENT;
        worker_report_temp(fake->runtime, table->temps[i].name, absent ? WORKER_TEMP_ABSENT : WORKER_TEMP_PRESENT, 0,
                           i, NULL);
    }
    struct reason why = {.code = REASON_FOREIGN_CONSUMER, .text = "somebody else"};
    bool forward = table->mode == WORKER_MODE_FORWARD;
    worker_report_forwarding(fake->runtime, forward ? WORKER_FORWARDING_RUNNING : WORKER_FORWARDING_WAITING,
                             forward ? NULL : &why);
    worker_report_applied(fake->runtime, table->generation);
}

/* One round; false when the engine is to end. */
static bool round_make(struct fake *fake, struct figures *figures)
{
    pthread_mutex_lock(&fake->mutex);
    struct worker_table *table = TAKE(fake->table);
    bool stopping = fake->stopping;
    figures->transactions = fake->tables;
    pthread_mutex_unlock(&fake->mutex);
    if (table)
        table_tell(fake, table);
    worker_table_unref(table);
    figures->received++;
    worker_report_figures(fake->runtime, "", figures);
    worker_report_work(fake->runtime, &(struct work){.held = figures->received});
    return !stopping || fake->stop_never;
}

static void *engine_run(void *context)
{
    struct fake *fake = context;
    struct figures figures = {.received = 0};
    worker_watch_enter(fake->watch, "round");
    while (fake->hang)
        pause();
    while (round_make(fake, &figures)) {
        worker_watch_leave(fake->watch);
        nanosleep(&(struct timespec){.tv_nsec = ROUND_MS * 1000000L}, NULL);
        worker_watch_enter(fake->watch, "round");
    }
    worker_watch_leave(fake->watch);
    figures.delivered = 4711; /* the last word before the end */
    worker_report_figures(fake->runtime, "", &figures);
    worker_stopped(fake->runtime, true);
    return NULL;
}

/* What the specification asks it to try, as an engine that was taken over would. */
static int forbidden_try(const struct json *spec)
{
    const char *read_path = json_text(json_get(spec, "read")), *write_path = json_text(json_get(spec, "write"));
    const char *program = json_text(json_get(spec, "run"));
    char *argv[] = {(char[]){"program"}, NULL};
    pid_t pid = 0;
    int fd = read_path[0]    ? open(read_path, O_RDONLY | O_CLOEXEC)
             : write_path[0] ? open(write_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)
                             : 0;
    int r = fd < 0 ? -errno : 0;
    if (fd > 0)
        close(fd);
    return r || !program[0] ? r : -posix_spawn(&pid, program, NULL, NULL, argv, NULL);
}

static int fake_start(struct worker_runtime *runtime, const struct worker_spec *spec, void **ret_engine)
{
    struct fake *fake = &the_fake;
    int tried = forbidden_try(spec->spec);
    if (tried)
        return tried;
    fake->runtime = runtime;
    fake->watch = worker_watch_new(runtime, "engine");
    if (!fake->watch)
        return -ENOMEM;
    if (json_bool(json_get(spec->spec, "hang"), &fake->hang))
        fake->hang = false;
    fake->stop_never = strcmp(json_text(json_get(spec->spec, "stop")), "never") == 0;
    worker_report_checked(runtime, "cluster-1", 3, WORKER_DELIVERY_EXACTLY_ONCE);
    const struct worker_position positions[] = {
        {.partition = 0, .start = 1, .end = 10}, {.partition = 1, .start = 0, .end = 0}, {.partition = 2, .end = 5}};
    worker_report_positions(runtime, positions, 3);
    struct reason what = {.code = REASON_POSITION_LOST, .text = "partition 1, offsets 3 to 7"};
    worker_report_event(runtime, &what, "");
    *ret_engine = fake;
    int r = -pthread_create(&fake->thread, NULL, engine_run, fake);
    return r ? r : -pthread_detach(fake->thread);
}

static void fake_table(void *engine, struct worker_table *table)
{
    struct fake *fake = engine;
    pthread_mutex_lock(&fake->mutex);
    worker_table_unref(fake->table);
    fake->table = worker_table_ref(table);
    fake->tables++;
    pthread_mutex_unlock(&fake->mutex);
}

static void fake_stop(void *engine, uint32_t deadline_ms)
{
    struct fake *fake = engine;
    (void)deadline_ms;
    pthread_mutex_lock(&fake->mutex);
    fake->stopping = true;
    pthread_mutex_unlock(&fake->mutex);
}

int main(void)
{
    const struct worker_engine_ops ops = {
        .component = "worker.fake", .start = fake_start, .table = fake_table, .stop = fake_stop};
    return worker_main(&ops);
}
