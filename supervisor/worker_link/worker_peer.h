/* One worker as the link sees it. For worker_peer*.c and worker_link.c only. */
#pragma once

#include "common/base/mono.h"
#include "ipc/identity.h"
#include "supervisor/worker_link/table_push.h"
#include "supervisor/worker_link/worker_link.h"

struct worker_peer {
    struct worker_link *link;
    struct worker_peer *next; /* in the link's list */
    char identity[IPC_IDENTITY_SIZE];
    char split[65];
    uint64_t incarnation;
    char token[65];

    bool greeted;  /* a HELLO has fitted: hello is set */
    bool welcomed; /* on the present connection; what it says counts */
    struct worker_hello hello;
    struct mono hello_deadline;
    struct mono heard; /* last frame while welcomed */
    enum worker_liveness liveness;
    uint32_t bad_frames;
    bool misbehaved; /* told */

    struct wanted_table *wanted;
    uint64_t generation_sent; /* of the last TABLE_BEGIN that left */
    bool stop_wanted;
    uint32_t stop_deadline_ms;
    char levels[513]; /* "" for none */

    /* What is owed, in this order. */
    bool welcome_due;
    bool levels_due;
    struct table_push push;
    bool stop_due;

    struct worker_observed observed;
};

MUST_USE int worker_peer_new(struct worker_link *link, const char *split, uint64_t incarnation, const char *token,
                             struct mono now, struct worker_peer **ret);
void worker_peer_free(struct worker_peer *peer);
/* NULL: it fits and a WELCOME is owed; else why it is refused, a literal. */
const char *worker_peer_greet(struct worker_peer *peer, const struct ipc_hello *hello, struct mono now);
/* The message that is due next; false: nothing is. */
bool worker_peer_due(struct worker_peer *peer, struct ipc_message *ret);
/* It left; only after worker_peer_due said true. */
void worker_peer_sent(struct worker_peer *peer);
/* Its connection is gone; the next HELLO begins anew. */
void worker_peer_away(struct worker_peer *peer);
/* Liveness by the clock; true when it changed. */
bool worker_peer_judge(struct worker_peer *peer, struct mono now);
/* Its times begin again. */
void worker_peer_excuse(struct worker_peer *peer, struct mono now);

/* In worker_link.c: sends what is due, as far as there is room. */
void worker_link_flush_peer(struct worker_link *link, struct worker_peer *peer);
/* The same for one message, at once or not at all; a result of channel_send. */
MUST_USE int worker_link_send(struct worker_link *link, const char *identity, const struct ipc_message *message);
