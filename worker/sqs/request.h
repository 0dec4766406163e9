/* Bodies of the calls to SQS, as its API reference has them (JSON protocol). Pure; writes into the caller's buffer, which it
 * clears first. -ENOBUFS, -ENOMEM. */
#pragma once

#include "common/base/buf.h"
#include "common/json/json.h"
#include "worker/sqs/message.h"

#define REQUEST_BATCH_MAX 10             /* entries of a batch */
#define REQUEST_BATCH_BYTES_MAX 1048576u /* of all messages of one, counted as SQS does */
#define REQUEST_BYTES_MAX (8u << 20)     /* of a body: a message whose every byte needs an escape of six */
#define REQUEST_WAIT_S 20                /* of a long poll, the longest that SQS has */

struct request_receive {
    const char *url;
    unsigned count;  /* 1 to REQUEST_BATCH_MAX */
    unsigned wait_s; /* at most REQUEST_WAIT_S */
    unsigned visibility_s;
    const char *attempt; /* ReceiveRequestAttemptId of a FIFO queue; NULL: none */
};
MUST_USE int request_receive(struct buf *buf, const struct request_receive *request);

/* One message as it is to be sent. */
struct request_entry {
    const struct message *message;
    const char *stamp;      /* value of the attribute REQUEST_STAMP; "": none */
    struct str dedup_stamp; /* value of REQUEST_DEDUP_STAMP; "": none */
    const char *dedup;      /* MessageDeduplicationId on a FIFO queue; "": none */
};
#define REQUEST_STAMP "mirrord-key"
#define REQUEST_DEDUP_STAMP "mirrord-dedup-id"
/* SendMessageBatch: begin, up to REQUEST_BATCH_MAX entries, whose Id is their number, end. */
MUST_USE int request_send_begin(struct buf *buf, const char *url);
MUST_USE int request_send_add(struct buf *buf, unsigned number, const struct request_entry *entry);
MUST_USE int request_send_end(struct buf *buf);

/* DeleteMessageBatch and ChangeMessageVisibilityBatch. receipts: borrowed; the Id of each is its number. */
MUST_USE int request_delete(struct buf *buf, const char *url, const struct str *receipts, unsigned count);
MUST_USE int request_visibility(struct buf *buf, const char *url, const struct str *receipts, unsigned count,
                                unsigned visibility_s);

MUST_USE int request_find_queue(struct buf *buf, const char *name, const char *account); /* account "": our own */
MUST_USE int request_attributes(struct buf *buf, const char *url); /* GetQueueAttributes, all of them */
MUST_USE int request_url(struct buf *buf, const char *url); /* of calls that take nothing else: tags, deletion */
/* attributes and tags: objects of texts; NULL: none. */
MUST_USE int request_create(struct buf *buf, const char *name, const struct json *attributes,
                            const struct json *tags);
