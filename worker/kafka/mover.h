/* The converge thread's own transactions: positions of groups (K-2, K-3), and messages moved from one topic to another
 * together with the position of the group that they are taken from (K-17).
 *
 * Commits go through a transaction because brokers take those whether or not the group has members. */
#pragma once

#include "worker/kafka/sink.h"
#include "worker/kafka/spec.h"

struct mover {
    const struct kafka_spec *spec;
    const struct json *credentials;
    struct client_health *health;
    struct worker_watch *watch;
    struct sink sink;
};

enum mover_outcome { MOVER_FAILED = 1 };
/* An instance is there when this returns 0; MOVER_FAILED with *why. Fencing ends the process. */
MUST_USE int mover_ready(struct mover *mover, struct reason *why);
/* Commits offset for each partition with offsets[partition] >= 0, below count. 0: durable. */
MUST_USE int mover_position(struct mover *mover, const char *group, const char *topic, const int64_t *offsets,
                            uint32_t count, struct reason *why);
/* Gives the instance up when an outcome was not 0, and says why; returns MOVER_FAILED, or 0 for 0. */
MUST_USE int mover_settle(struct mover *mover, int outcome, const char *doing, const char *name, struct reason *why);
void mover_close(struct mover *mover);
