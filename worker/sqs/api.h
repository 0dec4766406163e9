/* Calls to SQS as a worker makes them: an action, a body, one outcome.
 *
 * Owns nothing but the way to the client. Every outcome comes with words that name the queue and what to do; texts of AWS are
 * shown only where they say which attribute was refused, because others may repeat what was sent (S-4). Loop thread only. */
#pragma once

#include "common/aws/client.h"
#include "common/base/reason.h"
#include "common/json/json.h"

enum sqs_action {
#define ACTION(code, call, rights, where, words, repeatable) SQS_ACTION_##code,
#include "worker/sqs/action.def"
#undef ACTION
    SQS_ACTION_COUNT
};

enum sqs_outcome {
    SQS_DONE,
    SQS_GONE,        /* no such queue */
    SQS_RECENT,      /* a queue of that name was deleted less than 60 s ago */
    SQS_EXISTS,      /* with other attributes */
    SQS_DENIED,      /* a right is missing */
    SQS_CREDENTIALS, /* nobody is believed to call */
    SQS_REFUSED,     /* repeating it changes nothing */
    SQS_TOO_LONG,    /* the batch */
    SQS_FULL,        /* too many messages in flight */
    SQS_BUSY,        /* throttled, 5xx, something new */
    SQS_UNREACHABLE,
};

struct sqs_answer {
    enum sqs_outcome outcome;
    const struct json *document; /* packed; of SQS_DONE: never NULL; the callback may take it */
    const struct reason *why;
    bool unsure;         /* it may have been done all the same */
    const char *message; /* of AWS, for clone_suspect; never shown */
    int64_t coming_ms;   /* how long it took from its first byte to its last */
};
typedef void sqs_done_fn(void *context, struct sqs_answer *answer);

struct sqs_request {
    enum sqs_action action;
    const char *queue; /* its name, for words; copied */
    struct str body;
    int64_t repeat_ms; /* of calls that carry messages: no repeat begins later; 0: any time */
    sqs_done_fn *done;
    void *context;
};

struct sqs_call;
/* ret may be NULL. done comes from the loop, never within this call; a cancelled call has none. -ENOMEM. */
MUST_USE int sqs_call(struct aws_client *client, const struct sqs_request *request, struct sqs_call **ret);
void sqs_call_cancel(struct sqs_call *call); /* NULL is allowed */
const char *sqs_action_rights(enum sqs_action action);
