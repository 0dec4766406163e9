/* What was counted of the split and of each session since this process started, and how long messages took.
 *
 * Fed by the engine as messages are read and confirmed, in batches where it has them; read once a second for the report.
 * Thread-safe. The split's ledger is true whenever it is looked at (ipc/figure.def): whoever reads messages says so with tally_open, and
 * what became of them with tally_close, in one step. */
#pragma once

#include "worker/runtime/engine.h"
#include <pthread.h>

#define TALLY_SESSIONS_MAX 20000
#define TALLY_READERS_MAX 2 /* threads of an engine that read messages */

/* Messages that a reader has read, and of which nothing is known yet. */
struct tally_open {
    uint64_t count;
    int64_t oldest_wall_ms; /* when the first of them was sent; <= 0: not known */
};

struct tally_session;
struct tally {
    pthread_mutex_t mutex;
    struct figures split;
    struct tally_open open[TALLY_READERS_MAX];
    struct latency latency[LATENCY_DESTINATIONS];
    int64_t oldest_ms;              /* largest age that was seen since the last report */
    struct tally_session *sessions; /* uthash by uid */
};

void tally_init(struct tally *tally);
void tally_deinit(struct tally *tally);
/* Adds to the split's totals. */
void tally_split(struct tally *tally, const struct figures *more);
/* Adds to one session's. Past the limit it only counts in the split. */
void tally_session(struct tally *tally, const char *uid, const struct figures *more);
/* One copy was acknowledged held_ms after its message was received, and counts as *more says; it was sent at sent_wall_ms, <= 0: not
 * known. */
void tally_confirmed(struct tally *tally, enum latency_destination where, const struct figures *more, int64_t held_ms,
                     int64_t sent_wall_ms);
/* A reader holds these now, and has not closed them. */
void tally_open(struct tally *tally, unsigned reader, struct tally_open open);
/* All that a reader had open was acknowledged together, held_ms after the first of it was received: counts it as *more says, and
 * its copies by where they went. */
void tally_close(struct tally *tally, unsigned reader, const struct figures *more, int64_t held_ms);
/* All that a reader had open is read again: more->received messages. */
void tally_give_back(struct tally *tally, unsigned reader, uint64_t count);

/* What the engine knows otherwise. */
struct tally_levels {
    uint64_t in_flight;     /* beside what is open */
    uint64_t held;          /* the same */
    uint64_t lag;           /* see measure.def; FIGURE_UNKNOWN */
    int64_t oldest_wall_ms; /* when the oldest held message was sent; <= 0: none, or not known */
};
/* Reports what changed since the last time. */
void tally_report(struct tally *tally, struct worker_runtime *runtime, const struct tally_levels *levels);
