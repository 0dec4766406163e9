/* When an open transaction is committed (K-5). Pure.
 *
 * The end of a transaction costs the broker a marker in each partition that it touched, so short ones make a worker slow where
 * many sessions receive; long ones make readers of committed data wait. While more messages wait to be forwarded than a
 * transaction holds, they are late anyway and each is sooner there the longer the transactions are. */
#pragma once

#include "common/base/mono.h"
#include <stdbool.h>
#include <stddef.h>

#define TRANSACTION_IDLE_MS 5             /* without a message */
#define TRANSACTION_AGE_MS 100            /* at the latest then */
#define TRANSACTION_BEHIND_AGE_MS 400     /* the same while many wait */
#define TRANSACTION_BEHIND_MIN 4000       /* messages received and not looked at yet: that is many */
#define TRANSACTION_BYTES_MAX (64u << 20) /* or then */

struct transaction_state {
    struct mono begun;
    struct mono received_at; /* the last message */
    size_t bytes;            /* of bodies in it */
    size_t waiting;          /* messages received and not looked at yet */
};

/* received: the last look for messages found some; only who found nothing is idle, for forwarding one batch can take longer than
 * that by itself. */
bool transaction_is_due(const struct transaction_state *state, struct mono now, bool received);
/* How long to wait for a message before the transaction is due, ms. */
int64_t transaction_wait_ms(const struct transaction_state *state, struct mono now);
