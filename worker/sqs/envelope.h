/* What filters see of a message: its own attributes, or those of the SNS notification in its body.
 *
 * Pure but for memory. A body is an envelope only if it has everything that SNS puts there; one that only looks like it is a
 * body like any other (developer guide of SNS, "Amazon SNS message and JSON formats"). */
#pragma once

#include "worker/route/decide.h"
#include "worker/sqs/message.h"

#define ENVELOPE_HEADERS_MAX 256 /* more, as elements of String.Array values, are not looked at */
#define ENVELOPE_BODY_BYTES_MAX (1u << 20)

/* Holds what the headers point to. */
struct envelope {
    struct json *body;                          /* of a notification; NULL */
    struct json *lists[MESSAGE_ATTRIBUTES_MAX]; /* parsed String.Array values */
    size_t list_count;
    struct buf binaries[MESSAGE_ATTRIBUTES_MAX]; /* decoded values: filters see the bytes (C-15) */
    size_t binary_count;
    struct route_header headers[ENVELOPE_HEADERS_MAX];
    size_t count;
};

/* sns: look into the body first; without an envelope there, the message's own attributes count (raw delivery). Borrows from
 * the message. -ENOMEM. */
MUST_USE int envelope_open(const struct message *message, bool sns, struct envelope *ret);
void envelope_deinit(struct envelope *envelope);
