/* Totals of the split and of each session since this process started.
 *
 * Fed by the engine as messages are confirmed; read once a second for the report. Thread-safe. */
#pragma once

#include "worker/runtime/engine.h"
#include <pthread.h>

#define TALLY_SESSIONS_MAX 20000

struct tally_session;
struct tally {
    pthread_mutex_t mutex;
    struct worker_figures split;
    struct tally_session *sessions; /* uthash by uid */
};

void tally_init(struct tally *tally);
void tally_deinit(struct tally *tally);
/* Adds to the split's totals; in_flight is not added but ignored. */
void tally_split(struct tally *tally, const struct worker_figures *more);
/* Adds to one session's. Past the limit it only counts in the split. */
void tally_session(struct tally *tally, const char *uid, const struct worker_figures *more);
/* Reports what changed since the last time. */
void tally_report(struct tally *tally, struct worker_runtime *runtime, uint64_t in_flight);
