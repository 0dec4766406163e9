/* One message as it was received: typed, borrowed from the answer that it came in.
 *
 * Pure but for memory. The messages of one answer share its document by reference count, within one thread. Sizes are counted
 * as SQS does: body, and names, types and values of the attributes (developer guide, "message quotas"). */
#pragma once

#include "common/base/reason.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include <stdbool.h>

#define MESSAGE_ATTRIBUTES_MAX 10 /* per message: developer guide, "message metadata" */

struct delivery;
/* Takes the packed document over, also when it fails with -ENOMEM. */
MUST_USE int delivery_new_take(const struct json *document, struct delivery **ret);
struct delivery *delivery_ref(struct delivery *delivery);
void delivery_unref(struct delivery *delivery);
const struct json *delivery_document(const struct delivery *delivery);

struct message_attribute {
    struct str name;
    struct str type;  /* "String", "Number", "Binary", each perhaps with a label: "Number.int" */
    struct str value; /* as text; of a binary one base64 */
};

struct message {
    struct delivery *delivery; /* owned reference; NULL: none */
    struct str id, receipt, body;
    struct str group, dedup; /* FIFO; a group also on standard queues (fair queues); "" */
    struct str trace;        /* AWSTraceHeader; "" */
    struct str body_md5;     /* as SQS said it; "" */
    int64_t sent_wall_ms;    /* when it was sent, by the clock of SQS; 0: not known */
    struct message_attribute attributes[MESSAGE_ATTRIBUTES_MAX];
    size_t attribute_count;
    size_t bytes;
};

enum message_outcome { MESSAGE_REFUSED = 1 };

/* One element of ReceiveMessage's "Messages", sums checked. The delivery is referenced by the message. MESSAGE_REFUSED with
 * *why when it is none that can be forwarded as it is: a sum differs, something is missing, there are more attributes than
 * SQS knows of; it names the message's id, never its contents. */
MUST_USE int message_read(const struct json *element, struct delivery *delivery, struct message *ret,
                          struct reason *why);
/* The FIFO group of such an element, also of a refused one; "". */
struct str message_group(const struct json *element);
void message_deinit(struct message *message);
/* Binary values are base64 in JSON. */
bool message_attribute_is_binary(const struct message_attribute *attribute);
const struct message_attribute *message_attribute(const struct message *message, struct str name);
/* A member's text, "" where there is none. */
struct str message_text(const struct json *object, const char *name);
/* Bytes that one attribute counts for. */
size_t message_attribute_bytes(const struct message_attribute *attribute);
/* Takes an attribute off that was added for the queue where the message lay. */
void message_attribute_drop(struct message *message, struct str name);
