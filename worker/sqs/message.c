/* See the header. Fails by refusing a message, or for lack of memory. */
#include "worker/sqs/message.h"

#include "worker/sqs/digest.h"

#include <stdlib.h>

struct delivery {
    unsigned refs;
    const struct json *document; /* packed */
};

int delivery_new_take(const struct json *document, struct delivery **ret)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);

    if (!delivery) {
        json_packed_free(document);
        return -ENOMEM;
    }
    *delivery = (struct delivery){.refs = 1, .document = document};
    *ret = delivery;
    return 0;
}

struct delivery *delivery_ref(struct delivery *delivery)
{
    delivery->refs++;
    return delivery;
}

void delivery_unref(struct delivery *delivery)
{
    if (!delivery || --delivery->refs > 0)
        return;
    json_packed_free(delivery->document);
    free(delivery);
}

const struct json *delivery_document(const struct delivery *delivery) { return delivery->document; }

bool message_attribute_is_binary(const struct message_attribute *attribute)
{
    return str_starts_with(attribute->type, STR("Binary"));
}

size_t message_attribute_bytes(const struct message_attribute *attribute)
{
    size_t value = attribute->value.len;
    size_t padding = 0;

    if (message_attribute_is_binary(attribute)) {
        while (padding < 2 && padding < value && attribute->value.data[value - 1 - padding] == '=')
            padding++;
        value = value / 4 * 3 - (value >= 4 ? padding : 0);
    }
    return attribute->name.len + attribute->type.len + value;
}

const struct message_attribute *message_attribute(const struct message *message, struct str name)
{
    for (size_t i = 0; i < message->attribute_count; i++)
        if (str_equal(message->attributes[i].name, name))
            return &message->attributes[i];
    return NULL;
}

void message_attribute_drop(struct message *message, struct str name)
{
    for (size_t i = 0; i < message->attribute_count; i++) {
        if (!str_equal(message->attributes[i].name, name))
            continue;
        message->bytes -= message_attribute_bytes(&message->attributes[i]);
        message->attributes[i] = message->attributes[--message->attribute_count];
        return;
    }
}

struct str message_text(const struct json *object, const char *name)
{
    struct str text = json_str(json_get(object, name));

    return text.data ? text : STR("");
}

static int attribute_read(const struct json_member *member, struct message *message, struct reason *why)
{
    struct message_attribute *attribute = &message->attributes[message->attribute_count];

    if (message->attribute_count == MESSAGE_ATTRIBUTES_MAX)
        return reason_set(why, REASON_MESSAGE_REFUSED, MESSAGE_REFUSED, "message %.*s has more than %d attributes",
                          STR_ARG(message->id), MESSAGE_ATTRIBUTES_MAX);
    attribute->name = str_of(member->key);
    attribute->type = message_text(member->value, "DataType");
    attribute->value =
        message_text(member->value, message_attribute_is_binary(attribute) ? "BinaryValue" : "StringValue");
    if (!attribute->type.len)
        return reason_set(why, REASON_MESSAGE_REFUSED, MESSAGE_REFUSED,
                          "message %.*s has an attribute without a type", STR_ARG(message->id));
    message->bytes += message_attribute_bytes(attribute);
    message->attribute_count++;
    return 0;
}

static int attributes_read(const struct json *map, struct message *message, struct reason *why)
{
    struct json_member member;
    int result = 0;

    for (json_first(map, &member); !result && member.key; json_next(&member))
        result = attribute_read(&member, message, why);
    return result;
}

struct str message_group(const struct json *element)
{
    return message_text(json_get(element, "Attributes"), "MessageGroupId");
}

/* What SQS itself says of the message. Names that are not known here are not looked at. */
static void system_read(const struct json *map, struct message *message)
{
    uint64_t sent_wall_ms = 0;

    if (!str_to_u64(message_text(map, "SentTimestamp"), INT64_MAX, &sent_wall_ms))
        message->sent_wall_ms = (int64_t)sent_wall_ms;
    message->group = message_text(map, "MessageGroupId");
    message->dedup = message_text(map, "MessageDeduplicationId");
    message->trace = message_text(map, "AWSTraceHeader");
}

static int sums_check(const struct json *element, const struct message *message, struct reason *why)
{
    if (!digest_body_fits(message->body, message_text(element, "MD5OfBody")))
        return reason_set(why, REASON_MESSAGE_DAMAGED, MESSAGE_REFUSED,
                          "the body of message %.*s has another MD5 sum", STR_ARG(message->id));
    return digest_attributes_fit(message->attributes, message->attribute_count,
                                 message_text(element, "MD5OfMessageAttributes"), why);
}

int message_read(const struct json *element, struct delivery *delivery, struct message *ret, struct reason *why)
{
    struct message message = {.id = message_text(element, "MessageId"),
                              .receipt = message_text(element, "ReceiptHandle"),
                              .body = message_text(element, "Body")};
    int result;

    message.bytes = message.body.len;
    message.body_md5 = message_text(element, "MD5OfBody");
    if (!message.id.len || !message.receipt.len)
        return reason_set(why, REASON_MESSAGE_REFUSED, MESSAGE_REFUSED,
                          "a message came without id or receipt handle");
    system_read(json_get(element, "Attributes"), &message);
    result = attributes_read(json_get(element, "MessageAttributes"), &message, why);
    if (!result)
        result = sums_check(element, &message, why);
    if (result)
        return result;
    message.delivery = delivery_ref(delivery);
    *ret = message;
    return 0;
}

void message_deinit(struct message *message)
{
    delivery_unref(message->delivery);
    message->delivery = NULL;
}
