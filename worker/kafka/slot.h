/* A slot: one thread that receives a fixed half of the original's partitions, routes, publishes and commits (K-5).
 *
 * Makes the latest order true and repeats whatever fails until it does; knows no modes, creates nothing. */
#pragma once

#include "worker/kafka/client.h"
#include "worker/kafka/order.h"
#include "worker/kafka/spec.h"
#include "worker/runtime/tally.h"

struct slot;

struct slot_setup {
    struct worker_runtime *runtime;
    const struct kafka_spec *spec;
    const struct json *credentials;
    struct client_health *health;
    struct tally *tally;
    uint32_t number;               /* < SLOT_COUNT; partition p belongs to slot p % SLOT_COUNT */
    void (*changed)(void *opaque); /* the status did; from the slot's thread, must not block */
    void *opaque;
};

struct slot_status {
    uint64_t applied;      /* number of the last order that is true */
    uint64_t lag;          /* messages of its partitions that it has not received; FIGURE_UNKNOWN */
    bool destination_lost; /* a destination is gone: somebody look */
    struct reason trouble; /* why it does not do what it should; REASON_NONE */
    struct mono lost_at;   /* last time that a position was not in the log; unset: never */
    uint64_t failures;     /* of the broker, as far as positions could be uncertain after them */
};

/* Starts the thread, which waits for an order. 0, CLIENT_REFUSED with *why, -ENOMEM. */
MUST_USE int slot_new(const struct slot_setup *setup, struct slot **ret, struct reason *why);
/* Replaces the order; takes a reference. */
void slot_order(struct slot *slot, struct order *order);
/* Tells the thread to finish the open transaction, let go of the broker and end; does not wait for it. */
void slot_stop(struct slot *slot);
void slot_join(struct slot *slot); /* after slot_stop: waits; the status stays readable */
void slot_free(struct slot *slot); /* after slot_join; NULL allowed */
void slot_look(struct slot *slot, struct slot_status *ret);
/* Between which offsets what the broker holds for the slot's partitions must lie if only the slot commits them: lows,
 * the last commit that is known, or what was recorded before the patch; highs, what a commit under way may already have
 * made of it, INT64_MAX where no position was taken yet. One per partition of the topic, those of other slots untouched;
 * -1 where nothing is known. */
void slot_committed(struct slot *slot, int64_t *ret_lows, int64_t *ret_highs, uint32_t partitions);
