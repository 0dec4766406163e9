/* What an SQS worker is told about its split, read once from the document on its descriptor.
 *
 * Pure; borrows the tags from the document. The document comes from the supervisor, so a wrong one is a contract error. */
#pragma once

#include "worker/runtime/spec_field.h"
#include <stdbool.h>

#define SQS_NAME_MAX 80 /* characters of a queue's name, ".fifo" among them: API reference, CreateQueue */
#define SQS_NAME_SIZE (SQS_NAME_MAX + 1)
#define SQS_ACCOUNT_SIZE 13
#define SQS_REGION_SIZE 64
#define SQS_ENDPOINT_SIZE 512
#define SQS_URL_SIZE 1024

#define SQS_VISIBILITY_S 120 /* how long a received message is ours, where the specification does not say */
#define SQS_VISIBILITY_MAX_S 43200
#define SQS_DRAIN_PROOF_S 60   /* zeros before the target may go back to its own queue */
#define SQS_DELETE_PROOF_S 180 /* zeros before a queue is deleted */

struct sqs_spec {
    char name[SQS_NAME_SIZE];         /* of the original */
    char account[SQS_ACCOUNT_SIZE];   /* of its owner; "": that of the credentials */
    char region[SQS_REGION_SIZE];     /* "": that of the environment */
    char endpoint[SQS_ENDPOINT_SIZE]; /* scheme://host[:port]; "": the region's */
    bool fifo;
    bool sns; /* filters look at the SNS envelope in the body */
    uint32_t visibility_s, drain_proof_s, delete_proof_s;
    enum spec_leftovers leftovers; /* of the fallback, after its drain timed out (C-3) */
    const struct json *tags;       /* of the temporary queues, beside the original's; NULL: none */
};

/* 0, or SPEC_REFUSED with *why. */
MUST_USE int sqs_spec_read(const struct json *document, struct sqs_spec *ret, struct reason *why);
