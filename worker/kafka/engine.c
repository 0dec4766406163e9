/* Start, table, stop; and the thread that converges. Owns everything of this family.
 *
 * The loop's thread only hands over; whatever a broker could hold up happens on other threads. */
#include "worker/kafka/engine.h"

#include "worker/kafka/converge.h"
#include "worker/kafka/foreign.h"
#include "worker/kafka/sync.h"

#include "common/base/log.h"
#include <stdlib.h>

struct engine {
    struct converge converge; /* of the thread */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the rest */
    pthread_cond_t woken;
    struct worker_table *table; /* not yet taken; owned */
    bool changed;               /* a slot's status did */
    bool stopping;
    bool refused; /* the client properties are wrong: nothing runs, the condition says which */
};

static void engine_wake(struct engine *engine)
{
    pthread_mutex_lock(&engine->mutex);
    engine->changed = true;
    pthread_cond_signal(&engine->woken);
    pthread_mutex_unlock(&engine->mutex);
}

static void slot_changed(void *opaque) { engine_wake(opaque); }

/* Waits for something to do; false: stop. *ret_table is the newest table, or NULL. */
static bool engine_wait(struct engine *engine, struct worker_table **ret_table)
{
    int64_t wait_ms = engine->converge.table ? mono_until(mono_now(), engine->converge.turn.until) : 60000;
    struct timespec deadline = sync_deadline(wait_ms);
    bool go_on;

    pthread_mutex_lock(&engine->mutex);
    while (!engine->table && !engine->changed && !engine->stopping)
        if (pthread_cond_timedwait(&engine->woken, &engine->mutex, &deadline))
            break;
    *ret_table = TAKE(engine->table);
    engine->changed = false;
    go_on = !engine->stopping;
    pthread_mutex_unlock(&engine->mutex);
    return go_on;
}

static void memory_die(void)
{
    struct reason why;

    (void)reason_set(&why, REASON_WORKER_CRASHED, 0, "out of memory");
    worker_die(WORKER_EXIT_MEMORY, &why);
}

static void engine_end(struct engine *engine)
{
    struct converge *converge = &engine->converge;

    for (size_t i = 0; i < SLOT_COUNT; i++)
        slot_stop(converge->slots[i]);
    for (size_t i = 0; i < SLOT_COUNT; i++)
        slot_join(converge->slots[i]);
    mover_close(&converge->mover);
    reader_close(&converge->reader);
    topics_deinit(&converge->topics);
    admin_close(&converge->admin);
    log_info("worker.kafka", "the worker has let go of the broker");
    worker_stopped(converge->runtime, true);
}

static void *engine_run(void *opaque)
{
    struct engine *engine = opaque;
    struct worker_table *table;

    while (engine_wait(engine, &table)) {
        if (table && converge_table(&engine->converge, table))
            memory_die();
        if (converge_turn(&engine->converge))
            memory_die();
    }
    worker_table_unref(table);
    engine_end(engine);
    return NULL;
}

static int slots_new(struct engine *engine, struct reason *why)
{
    struct converge *converge = &engine->converge;

    for (uint32_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_setup setup = {.runtime = converge->runtime,
                                   .spec = &converge->spec,
                                   .credentials = converge->credentials,
                                   .health = &converge->health,
                                   .tally = &converge->tally,
                                   .number = i,
                                   .changed = slot_changed,
                                   .opaque = engine};
        int result = slot_new(&setup, &converge->slots[i], why);

        if (result)
            return result;
    }
    return 0;
}

static int converge_open(struct converge *converge, struct reason *why)
{
    int result;

    converge->watch = worker_watch_new(converge->runtime, "converge");
    tally_init(&converge->tally);
    converge->mover = (struct mover){.spec = &converge->spec,
                                     .credentials = converge->credentials,
                                     .health = &converge->health,
                                     .watch = converge->watch};
    converge->reader =
        (struct reader){.owner = {&converge->health}, .credentials = converge->credentials, .watch = converge->watch};
    converge->topics.admin = &converge->admin;
    result = foreign_new(&converge->foreign);
    if (!result)
        result = route_scratch_new(&converge->scratch);
    if (!result)
        result = admin_open(&converge->admin, converge->credentials, &converge->health, converge->watch, why);
    return result;
}

static int engine_open(struct engine *engine, const struct worker_spec *spec, struct reason *why)
{
    int result = kafka_spec_read(spec->spec, &engine->converge.spec, why);

    if (!result)
        result = converge_open(&engine->converge, why);
    if (!result)
        result = slots_new(engine, why);
    if (!result && pthread_create(&engine->thread, NULL, engine_run, engine))
        result = -ENOMEM;
    return result;
}

/* A property that only the library knows to be wrong is a person's mistake: it becomes a condition that names it. Whatever
 * else is refused here was let through by the supervisor: the process ends with the reason in its log. */
static int engine_start(struct worker_runtime *runtime, const struct worker_spec *spec, void **ret_engine)
{
    struct engine *engine = calloc(1, sizeof *engine);
    struct reason why = {0};
    int result;

    if (!engine)
        return -ENOMEM;
    sync_init(&engine->mutex, &engine->woken);
    engine->converge.runtime = runtime;
    engine->converge.credentials = spec->credentials;
    result = engine_open(engine, spec, &why);
    if (result > 0 && why.code == REASON_CLIENT_CONFIG_INVALID) {
        engine->refused = true;
        worker_report_condition(runtime, &why, "", true);
        log_error("worker.kafka", "the client properties are refused; nothing is done", LF_REASON(&why));
        result = 0;
    }
    if (result > 0) {
        log_error("worker.kafka", "the worker's document is refused", LF_REASON(&why));
        return -EINVAL;
    }
    if (result == 0)
        *ret_engine = engine;
    return result;
}

static void engine_table(void *opaque, struct worker_table *table)
{
    struct engine *engine = opaque;

    if (engine->refused)
        return;
    pthread_mutex_lock(&engine->mutex);
    worker_table_unref(engine->table);
    engine->table = worker_table_ref(table);
    pthread_cond_signal(&engine->woken);
    pthread_mutex_unlock(&engine->mutex);
}

/* The runtime ends the process at the deadline; what is open then is aborted by the next holder of the id. */
static void engine_stop(void *opaque, uint32_t deadline_ms)
{
    struct engine *engine = opaque;

    (void)deadline_ms;
    if (engine->refused) {
        worker_stopped(engine->converge.runtime, true);
        return;
    }
    pthread_mutex_lock(&engine->mutex);
    engine->stopping = true;
    pthread_cond_signal(&engine->woken);
    pthread_mutex_unlock(&engine->mutex);
}

const struct worker_engine_ops kafka_engine_ops = {
    .component = "worker.kafka", .start = engine_start, .table = engine_table, .stop = engine_stop};
