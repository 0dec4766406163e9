/* Answers of SQS as typed values. Pure; borrows from the document. What is not understood counts as absent: the callers know
 * what they need. */
#pragma once

#include "common/json/json.h"
#include "worker/sqs/proof.h"
#include "worker/sqs/spec.h"

struct answer_queue {
    struct proof_counts counts;
    bool counted; /* all three were there */
    char account[SQS_ACCOUNT_SIZE];
    char region[SQS_REGION_SIZE];
    uint32_t visibility_s;      /* the queue's own; 30 where it is not said */
    uint32_t receive_count_max; /* of its redrive policy; 0: it has none */
};

/* GetQueueAttributes. -EINVAL: no attributes, or a queue ARN that is none. */
MUST_USE int answer_queue_read(const struct json *document, struct answer_queue *ret);

/* What became of an entry of a batch. */
struct answer_entry {
    bool sent;
    bool sender_fault;   /* repeating it changes nothing */
    struct str code;     /* "" when sent */
    struct str body_md5; /* of a sent message; "" when not said */
};
/* Fills count entries by their Ids, which are their numbers; one that the answer does not name counts as failed, not by the
 * sender's fault. */
void answer_batch_read(const struct json *document, struct answer_entry *entries, unsigned count);
