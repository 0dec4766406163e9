/* What the converge thread wants of the slots, whole and immutable, shared by reference count.
 *
 * The slots make the latest one true, and say its number when nothing of an older one is in flight any more (C-5). */
#pragma once

#include "common/base/err.h"
#include "worker/runtime/table.h"
#include <stdatomic.h>

#define SLOT_COUNT 2 /* one fills a transaction while the other commits (K-5) */

struct order {
    atomic_uint refs;
    uint64_t number;
    bool run;     /* receive and forward */
    bool settle;  /* take the transactional id over unless that was done: what a dead worker left is settled */
    bool release; /* take the transactional id over once, so that nothing stays open under it (K-7) */
    struct worker_table *table; /* owned reference */
    uint32_t partitions;        /* of the original */
    uint64_t forgiven;          /* times that somebody else's offsets were accepted: what the broker holds counts */
    bool *held;                 /* per partition: receive nothing from it for now (C-4) */
    bool *ready;                /* per temp of the table: exists and is positioned */
};

/* Nothing held, nothing ready; takes a reference of table. -ENOMEM. */
MUST_USE int order_new(struct worker_table *table, uint32_t partitions, struct order **ret);
struct order *order_ref(struct order *order);
void order_unref(struct order *order);
static inline void order_unrefp(struct order **slot) { order_unref(*slot); }
/* Whether both want the same of the slots, whatever their numbers. */
bool order_same(const struct order *a, const struct order *b);
/* Modes in which nothing is received and what is held is finished. */
static inline bool order_drains(enum worker_mode mode)
{
    return mode == WORKER_MODE_HOLD || mode == WORKER_MODE_RELEASE;
}
