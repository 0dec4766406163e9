/* The writes of each target, one on its way at a time. Internal to supervisor/apply.
 *
 * A queue is there for as long as it has writes: it is gone with the last answer, or with the first that is not what was hoped for. Owns
 * what is still to be written; never decides what. */
#pragma once

#include "supervisor/apply/document_writer.h"

struct write_queue;
struct write_queues {
    const struct document_writer_config *config; /* borrowed */
    struct write_queue *first;
};
struct write_order {
    const char *method; /* a literal: "POST", "PUT", "DELETE" */
    struct resource_key key;
    bool status; /* the subresource */
};
/* Sent once the plan is queued. body: taken, also on failure. -EAGAIN: DOCUMENT_WRITES_MAX are queued; -ENOMEM. */
MUST_USE int write_queue_append(struct write_queues *queues, const struct resource_key *target,
                                const struct write_order *order, struct json *body_take);
bool write_queue_is_there(const struct write_queues *queues, const struct resource_key *target);
void write_queues_deinit(struct write_queues *queues);
