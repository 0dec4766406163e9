/* A queue that messages are received from: the original, or a temporary queue whose leftovers are handed on.
 *
 * Polls it, holds what came, and deletes what was delivered. Bounded by count and bytes (C-13). A poll is never aborted while the
 * process lives: what a lost connection takes with it stays invisible. FIFO: one message of a group at a time. */
#pragma once

#include "common/loop/pause.h"
#include "worker/sqs/api.h"
#include "worker/sqs/held.h"
#include "worker/sqs/owed.h"
#include "worker/sqs/pace.h"
#include "worker/sqs/spec.h"

#define SOURCE_HELD_MAX 2000 /* far below what SQS lets be in flight: 120,000, FIFO 20,000 */
#define SOURCE_BYTES_MAX (64u << 20)
#define SOURCE_MARGIN_MS 5000 /* before the visibility ends, a message is sent no more (C-12) */

struct poll;
/* A message has come, or its turn in its group: sends it somewhere (held_send), or lets it go. */
typedef void source_route_fn(struct engine *engine, struct held *held);

struct source {
    struct engine *engine;
    source_route_fn *route;
    char name[256]; /* of the queue */
    char url[SQS_URL_SIZE];
    bool fifo;
    bool run;               /* receive */
    bool look;              /* while it does not run: receive what was delivered and not deleted, and nothing else */
    bool waits;             /* FIFO: what is held is not routed yet, something goes before it (C-4) */
    struct mono look_until; /* nothing is looked for any more */
    bool redrives;          /* each receive counts towards a redrive policy */
    bool tight;             /* one receive in flight at most: the redrive policy forgives no failure */
    uint32_t visibility_s, wait_s;
    struct pace pace;
    unsigned polls;       /* on their way */
    struct poll *polling; /* utlist DL */
    struct held *held;    /* utlist DL */
    size_t held_count, held_bytes;
    size_t mean_bytes;     /* of a message, from what came */
    struct lane *lanes;    /* uthash by group */
    struct held *settling; /* delivered, to be deleted: utlist DL */
    size_t settling_count;
    unsigned deletes;             /* batches on their way */
    struct pause settle_pause;    /* after a deletion that failed */
    struct owed owed;             /* delivered, and its deletion failed */
    struct reason settle_trouble; /* why nothing can be deleted: nothing is received meanwhile */
    bool may_extend;              /* ChangeMessageVisibility is allowed, as far as we know */
    bool extending;
    struct mono looked_at;  /* at how long everything is held */
    struct pause pause;     /* after a receive that failed */
    struct mono refused_at; /* that a message cannot be forwarded as it is was told then */
    struct reason trouble;  /* why nothing can be received; REASON_NONE: it can */
};

struct source_setup {
    struct engine *engine;
    source_route_fn *route;
    const char *name; /* both are copied */
    const char *url;
    bool fifo;
    uint32_t visibility_s;
    uint32_t wait_s; /* of a poll, until there is something */
};
void source_init(struct source *source, const struct source_setup *setup);
/* Cancels polls and forgets what is held, which nothing may be sending any more: for a queue that is gone, or at the end. */
void source_deinit(struct source *source);
/* Starts what is due: polls, deletions, extensions. Milliseconds until it should be called again; INT64_MAX: when something
 * has changed. */
int64_t source_turn(struct source *source);
/* Nothing is on its way, nothing is held, and nothing that was delivered is waited for. */
bool source_is_idle(const struct source *source);
/* Begins or ends the look for what was delivered and not deleted; run goes before it. It takes an end by itself. */
void source_look(struct source *source, bool look);
/* FIFO: keeps what was not routed yet, and what still comes of polls on their way, or lets it go on. */
void source_wait(struct source *source, bool waits);
/* It will come again, and what became of it is remembered until then. */
void source_owe(struct source *source, const struct held *held, enum owed_kind kind);
/* Gives back what was not routed yet. */
void source_let_go_waiting(struct source *source);
/* Moves on in the group of a message that is done (FIFO). */
void source_lane_turn(struct source *source, struct lane *lane);
