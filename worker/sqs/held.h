/* A message that this worker holds: received, and neither deleted nor given up.
 *
 * Its life: waiting in its FIFO lane -> sending (routed, copies on their way) -> settling (every copy is confirmed, the deletion
 * is on its way) -> gone. Given up: at any time before settling it may be let go; it then becomes visible at its source again
 * when its visibility ends, and is received again (C-1). One function changes the state. */
#pragma once

#include "common/base/mono.h"
#include "worker/sqs/message.h"

struct engine;
struct source;
struct lane;

enum held_state { HELD_WAITING, HELD_SENDING, HELD_SETTLING };

struct held {
    struct message message;
    struct source *source;
    struct lane *lane; /* FIFO queues only */
    enum held_state state;
    bool went;           /* somebody took it, or gave it back: what is open are mirrors' copies */
    bool let_go;         /* not to be deleted: ends once no copy is on its way any more */
    unsigned copies;     /* not yet confirmed or given up */
    uint64_t generation; /* of the table that routed it */
    struct mono until;   /* from then on somebody else may receive it (C-12) */
    struct mono received;
    struct mono since;                        /* in the list that it waits in */
    struct held *prev, *next;                 /* of its source */
    struct held *sending_prev, *sending_next; /* of the engine */
    struct held *list_prev, *list_next;       /* of its lane while waiting, of those to delete while settling */
};

/* One message of source's, whose element was read already; takes the message's reference over, also when it fails. -ENOMEM. */
MUST_USE int held_new_take(struct source *source, struct message *message, struct mono until, struct held **ret);
/* Routed: count copies of it are on their way, by the table of this generation. count 0 is not allowed. */
void held_send(struct held *held, unsigned count, uint64_t generation);
/* It was delivered when it came before: it is only deleted. */
void held_settle(struct held *held);
/* One copy is confirmed, or given up without harm (a mirror's). */
void held_confirm(struct held *held);
/* It is not to be deleted; what waits behind it in its group is let go as well, so that order stays. */
void held_let_go(struct held *held);
/* Deleted at its source, or nothing more will be tried. */
void held_end(struct held *held);
/* How long there is time enough to begin to send it (C-12); 0: not any more. */
int64_t held_left_ms(const struct held *held, struct mono now);
bool held_is_late(const struct held *held, struct mono now);
