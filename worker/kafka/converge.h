/* The thread that makes the cluster as the table says, and tells the slots what to do.
 *
 * Owns the admin client, the mover, the reader, what is known of the temps, and the slots. Level-triggered: each turn
 * looks at what is, takes whatever step is next, and reports; a failure is a reason that is reported and a later try. */
#pragma once

#include "common/loop/pause.h"
#include "worker/kafka/grave.h"
#include "worker/kafka/mover.h"
#include "worker/kafka/order.h"
#include "worker/kafka/reader.h"
#include "worker/kafka/slot.h"
#include "worker/kafka/temp.h"
#include "worker/kafka/topics.h"
#include "worker/runtime/tally.h"

/* The fallback's consumption as seen over time (health.c). */
struct health_commits {
    struct mono since; /* unchanged with messages behind it since; unset: nothing behind it */
    int64_t sum;       /* of the committed offsets at the last look */
    bool told;
};

#define CONVERGE_TICK_MS 2000 /* between two looks at the cluster when nothing is to be done */
#define CONVERGE_DRAIN_MS 500 /* the same while the fallback is being drained */
#define CONVERGE_BUSY_MS 50   /* while something is under way */
#define CONVERGE_PORTION_MS \
    500                        /* of leftovers, per turn: tables, stops and looks at the cluster do not wait longer */
#define CONVERGE_HOLD_MS 10000 /* order is given up after holding the original for so long (C-4) */

struct converge {
    struct worker_runtime *runtime;
    struct kafka_spec spec;
    const struct json *credentials;
    struct client_health health;
    struct worker_watch *watch;
    struct admin admin;
    struct topics topics;
    struct graves graves;
    struct mover mover;
    struct reader reader;
    struct tally tally;
    struct slot *slots[SLOT_COUNT];
    struct temp *temps;                              /* uthash by name */
    struct route_scratch *scratch;                   /* of leftovers */
    struct route_header headers[RECORD_HEADERS_MAX]; /* of the leftover at hand */
    struct mono portion_until;                       /* one turn gives no more time than this to leftovers */
    uint64_t portion_round;                          /* each temp gets a portion before one gets its second */
    bool portion_missed;                             /* a temp is still to get its one of this round */

    struct worker_table *table; /* in force here; owned reference */
    struct order *order;        /* the slots have it */
    uint64_t order_number;
    uint64_t applied; /* generation told */
    bool identified;  /* this is the cluster that was meant, and the original is there */
    bool taken_over;  /* nothing of a worker before us is open any more */
    bool checked;     /* rights were looked at for this table */
    char cluster[129];
    struct admin_topic source; /* the original */
    bool gone;                 /* the original is, for now */
    bool made_again;           /* since the record was written: what that says of positions is of another topic */
    uint32_t positioned;       /* partitions of the original whose group has an offset */
    bool begun;                /* forwarding has started; K-9's question was answered */
    bool positions_told;
    struct mono looked_at; /* at the cluster */
    struct mono figures_at;
    enum reason_code told; /* the condition that stands about the split; one at a time */
    struct health_commits commits;
    struct mono lost_ended;  /* that loss of a position is told no more */
    struct foreign *foreign; /* who else consumes */
    bool suspended;          /* because of him */
    uint64_t forgiven;       /* times that he ended and what he left counts */
    bool busy;               /* something is under way */
    struct pause turn;       /* until the next one */
};

/* A new table; takes the reference. -ENOMEM. */
MUST_USE int converge_table(struct converge *converge, struct worker_table *table);
/* Whether both slots have made the latest order true. */
bool converge_settled(const struct converge *converge);
static inline void converge_portion_begin(struct converge *converge)
{
    converge->portion_until = mono_after(mono_now(), CONVERGE_PORTION_MS);
}
static inline bool converge_portion_is_over(const struct converge *converge)
{
    return mono_reached(mono_now(), converge->portion_until);
}
/* 0 when all is as the table says or a later turn will go on; -ENOMEM. Sets next. */
MUST_USE int converge_turn(struct converge *converge);
