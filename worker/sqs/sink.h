/* A queue that messages are sent to: in batches, several of them on their way at once, each message until it is confirmed.
 *
 * What a queue refuses goes on a ladder (C-8): without what we added, then to the fallback, and what the fallback refuses becomes
 * visible at its source again. While a queue cannot take anything, what waits for it is kept as long as its visibility lasts
 * (C-12). A mirror's copy that cannot be delivered is dropped and told; nobody else waits for it. */
#pragma once

#include "common/loop/pause.h"
#include "worker/sqs/api.h"
#include "worker/sqs/held.h"
#include "worker/sqs/spec.h"

struct engine;
struct copy;

struct sink {
    struct engine *engine;
    char name[SQS_NAME_SIZE];
    char url[SQS_URL_SIZE]; /* "": the queue is not there yet */
    char session[65];       /* uid; "" */
    char stamp[129];        /* of the session (C-16); "" */
    bool fifo;
    struct copy *waiting; /* utlist DL */
    struct copy *later;   /* those that SQS failed on, each until its own pause is over: utlist DL */
    size_t waiting_count, waiting_bytes;
    unsigned in_flight;   /* batches */
    unsigned entries_max; /* of a batch; less after SQS found one too long; 0 counts as all */
    struct mono last_sent;
    struct pause pause;    /* after a batch that failed */
    bool lost;             /* SQS says that there is no such queue */
    struct reason trouble; /* why nothing is accepted; REASON_NONE */
    bool refused;          /* the condition DestinationRefused stands */
};

/* stamp and session may be "". */
void sink_init(struct sink *sink, struct engine *engine, const char *name, const char *session);
/* Forgets what waits; no batch may be on its way. */
void sink_deinit(struct sink *sink);

enum copy_kind {
    COPY_STEAL,    /* of a session: the fallback is the next one to try */
    COPY_MIRROR,   /* dropped when it cannot be delivered */
    COPY_FALLBACK, /* of the fallback, or back to the original */
};
/* One copy of a message that held_send counts. -ENOMEM. */
MUST_USE int sink_add(struct sink *sink, struct held *held, enum copy_kind kind);
/* Starts what is due. Milliseconds until it should be called again; INT64_MAX: when something has changed. */
int64_t sink_turn(struct sink *sink);
/* Nothing waits and nothing is on its way. */
static inline bool sink_is_idle(const struct sink *sink)
{
    return !sink->waiting && !sink->later && !sink->in_flight;
}
/* Gives up what waits: each message becomes visible at its source again. */
void sink_give_up(struct sink *sink);
