/* When a batch is closed, and when it is sent. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_LINGER_MS 20 /* the longest that a message waits for others to fill its batch */

struct batch {
    unsigned entries_max; /* 1 to REQUEST_BATCH_MAX; halved when SQS found a batch too long */
    unsigned entries;
    size_t bytes;
};

/* Whether one more of so many bytes may come in. The first always may: what is too large alone is for SQS to say. */
bool batch_takes(const struct batch *batch, size_t bytes);

struct batch_queue {
    size_t waiting;     /* messages */
    size_t bytes;       /* of them */
    unsigned in_flight; /* batches of this queue */
    unsigned in_flight_max;
    int64_t oldest_ms; /* how long the first has been waiting */
};
/* Full ones go at once; one that is not full when nothing of this queue is on its way, or when it has waited long enough. So
 * a single message is not delayed, and under load batches fill while others are on their way. */
bool batch_due(const struct batch_queue *queue);
