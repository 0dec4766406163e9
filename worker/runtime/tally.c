/* Counting. Cannot fail in a way that matters: a session without memory for its entry is only in the total. */
#define HASH_NONFATAL_OOM 1
#include "worker/runtime/tally.h"

#include "common/base/mono.h"
#include "common/base/process.h"

#include <stdlib.h>
#include <uthash.h>

#define CPU_STEP_MS 100
#define MEMORY_STEP_BYTES (256u << 10)

struct tally_session {
    char uid[65];
    bool changed;
    struct figures figures;
    UT_hash_handle hh;
};

void tally_init(struct tally *tally)
{
    *tally = (struct tally){0};
    check(pthread_mutex_init(&tally->mutex, NULL) == 0);
}

void tally_deinit(struct tally *tally)
{
    struct tally_session *session, *next;

    HASH_ITER (hh, tally->sessions, session, next) {
        HASH_DEL(tally->sessions, session);
        free(session);
    }
    pthread_mutex_destroy(&tally->mutex);
}

void tally_split(struct tally *tally, const struct figures *more)
{
    pthread_mutex_lock(&tally->mutex);
    figures_add(&tally->split, more);
    pthread_mutex_unlock(&tally->mutex);
}

static struct tally_session *session_at(struct tally *tally, const char *uid)
{
    struct tally_session *session = NULL;

    HASH_FIND_STR(tally->sessions, uid, session);
    if (session || HASH_COUNT(tally->sessions) >= TALLY_SESSIONS_MAX)
        return session;
    session = calloc(1, sizeof *session);
    if (!session || str_copy(session->uid, sizeof session->uid, str_of(uid))) {
        free(session);
        return NULL;
    }
    HASH_ADD_STR(tally->sessions, uid, session);
    if (session->hh.tbl)
        return session;
    free(session);
    return NULL;
}

void tally_session(struct tally *tally, const char *uid, const struct figures *more)
{
    struct tally_session *session;

    pthread_mutex_lock(&tally->mutex);
    session = session_at(tally, uid);
    if (session) {
        figures_add(&session->figures, more);
        session->changed = true;
    }
    pthread_mutex_unlock(&tally->mutex);
}

static void age_note(struct tally *tally, int64_t sent_wall_ms, int64_t now_wall_ms)
{
    if (sent_wall_ms > 0 && now_wall_ms - sent_wall_ms > tally->oldest_ms)
        tally->oldest_ms = now_wall_ms - sent_wall_ms;
}

void tally_confirmed(struct tally *tally, enum latency_destination where, const struct figures *more, int64_t held_ms,
                     int64_t sent_wall_ms)
{
    int64_t now = wall_now_ms();

    pthread_mutex_lock(&tally->mutex);
    figures_add(&tally->split, more);
    latency_add(&tally->latency[where], held_ms, 1);
    age_note(tally, sent_wall_ms, now);
    pthread_mutex_unlock(&tally->mutex);
}

void tally_open(struct tally *tally, unsigned reader, struct tally_open open)
{
    pthread_mutex_lock(&tally->mutex);
    tally->open[reader] = open;
    pthread_mutex_unlock(&tally->mutex);
}

void tally_close(struct tally *tally, unsigned reader, const struct figures *more, int64_t held_ms)
{
    int64_t now = wall_now_ms();

    pthread_mutex_lock(&tally->mutex);
    figures_add(&tally->split, more);
    latency_add(&tally->latency[LATENCY_FALLBACK], held_ms, more->fallback);
    latency_add(&tally->latency[LATENCY_SESSION], held_ms, more->delivered);
    latency_add(&tally->latency[LATENCY_MIRROR], held_ms, more->mirrored);
    age_note(tally, tally->open[reader].oldest_wall_ms, now);
    tally->open[reader] = (struct tally_open){0};
    pthread_mutex_unlock(&tally->mutex);
}

void tally_give_back(struct tally *tally, unsigned reader, uint64_t count)
{
    const struct figures more = {.received = count, .given_back = count};

    pthread_mutex_lock(&tally->mutex);
    figures_add(&tally->split, &more);
    tally->open[reader] = (struct tally_open){0};
    pthread_mutex_unlock(&tally->mutex);
}

static struct figures split_now(const struct tally *tally, const struct tally_levels *levels)
{
    struct figures split = tally->split;

    split.in_flight = levels->in_flight;
    for (size_t i = 0; i < TALLY_READERS_MAX; i++) {
        split.received += tally->open[i].count;
        split.in_flight += tally->open[i].count;
    }
    return split;
}

static struct work work_now(struct tally *tally, const struct tally_levels *levels)
{
    int64_t now = wall_now_ms();
    struct work work = {.held = levels->held, .lag = levels->lag};

    age_note(tally, levels->oldest_wall_ms, now);
    for (size_t i = 0; i < TALLY_READERS_MAX; i++) {
        age_note(tally, tally->open[i].oldest_wall_ms, now);
        work.held += tally->open[i].count;
    }
    work.age_ms = (uint64_t)tally->oldest_ms;
    tally->oldest_ms = 0;
    memcpy(work.latency, tally->latency, sizeof work.latency);
    return work;
}

/* Rounded down, so that an idle worker has nothing new to tell. */
static void process_measure(struct work *work)
{
    uint64_t cpu_ms = process_cpu_ms(), bytes;

    work->cpu_ms = cpu_ms - cpu_ms % CPU_STEP_MS;
    work->memory_bytes = FIGURE_UNKNOWN;
    if (!process_memory_bytes(&bytes))
        work->memory_bytes = bytes - bytes % MEMORY_STEP_BYTES;
}

void tally_report(struct tally *tally, struct worker_runtime *runtime, const struct tally_levels *levels)
{
    struct tally_session *session, *next;
    struct figures split;
    struct work work;

    pthread_mutex_lock(&tally->mutex);
    split = split_now(tally, levels);
    work = work_now(tally, levels);
    HASH_ITER (hh, tally->sessions, session, next) {
        if (session->changed)
            worker_report_figures(runtime, session->uid, &session->figures);
        session->changed = false;
    }
    pthread_mutex_unlock(&tally->mutex);
    process_measure(&work);
    worker_report_figures(runtime, "", &split);
    worker_report_work(runtime, &work);
}
