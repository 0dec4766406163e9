/* Counting. Cannot fail in a way that matters: a session without memory for its entry is only in the total. */
#define HASH_NONFATAL_OOM 1
#include "worker/runtime/tally.h"

#include <stdlib.h>
#include <uthash.h>

struct tally_session {
    char uid[65];
    bool changed;
    struct worker_figures figures;
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

static void add(struct worker_figures *sum, const struct worker_figures *more)
{
    sum->received += more->received;
    sum->delivered += more->delivered;
    sum->mirrored += more->mirrored;
    sum->returned += more->returned;
    sum->filter_errors += more->filter_errors;
    sum->transactions += more->transactions;
}

void tally_split(struct tally *tally, const struct worker_figures *more)
{
    pthread_mutex_lock(&tally->mutex);
    add(&tally->split, more);
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

void tally_session(struct tally *tally, const char *uid, const struct worker_figures *more)
{
    struct tally_session *session;

    pthread_mutex_lock(&tally->mutex);
    session = session_at(tally, uid);
    if (session) {
        add(&session->figures, more);
        session->changed = true;
    }
    pthread_mutex_unlock(&tally->mutex);
}

void tally_report(struct tally *tally, struct worker_runtime *runtime, uint64_t in_flight)
{
    struct tally_session *session, *next;
    struct worker_figures split;

    pthread_mutex_lock(&tally->mutex);
    split = tally->split;
    split.in_flight = in_flight;
    HASH_ITER (hh, tally->sessions, session, next) {
        if (session->changed)
            worker_report_figures(runtime, session->uid, &session->figures);
        session->changed = false;
    }
    pthread_mutex_unlock(&tally->mutex);
    worker_report_figures(runtime, "", &split);
}
