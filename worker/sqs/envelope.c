/* See the header. Fails only for lack of memory. */
#include "worker/sqs/envelope.h"

#include "common/base/base64.h"

static const struct json_limits body_limits = {
    .bytes_max = ENVELOPE_BODY_BYTES_MAX, .depth_max = 16, .values_max = 4096};

static void header_add(struct envelope *envelope, struct str name, struct str value)
{
    if (envelope->count < ENVELOPE_HEADERS_MAX)
        envelope->headers[envelope->count++] = (struct route_header){.name = name, .value = value};
}

/* Each text of a list is a value of that name; what is no list of texts is one value as it stands. */
static int list_add(struct envelope *envelope, struct str name, struct str value)
{
    struct json *list CLEANUP(json_freep) = NULL;
    struct json_error error;
    int result =
        envelope->list_count < MESSAGE_ATTRIBUTES_MAX ? json_parse(value, &body_limits, &list, &error) : JSON_REFUSED;

    if (result < 0)
        return result;
    if (result > 0 || json_type(list) != JSON_ARRAY) {
        header_add(envelope, name, value);
        return 0;
    }
    for (size_t i = 0; i < json_count(list); i++)
        if (json_type(json_at(list, i)) == JSON_STRING)
            header_add(envelope, name, json_str(json_at(list, i)));
    envelope->lists[envelope->list_count++] = TAKE(list);
    return 0;
}

/* What is not base64 is one value as it stands. */
static int binary_add(struct envelope *envelope, struct str name, struct str value)
{
    struct buf *bytes;
    int result;

    if (envelope->binary_count == MESSAGE_ATTRIBUTES_MAX)
        return 0; /* SQS has no more on a message */
    bytes = &envelope->binaries[envelope->binary_count++];
    *bytes = BUF_INIT(ENVELOPE_BODY_BYTES_MAX);
    result = base64_decode(value, bytes);
    if (result == -ENOMEM)
        return result;
    header_add(envelope, name, result ? value : buf_str(bytes));
    return 0;
}

static int value_add(struct envelope *envelope, struct str name, struct str type, struct str value)
{
    if (str_equal(type, STR("String.Array")))
        return list_add(envelope, name, value);
    if (str_starts_with(type, STR("Binary")))
        return binary_add(envelope, name, value);
    header_add(envelope, name, value);
    return 0;
}

static bool is_text(const struct json *object, const char *name)
{
    return json_type(json_get(object, name)) == JSON_STRING;
}

static bool is_notification(const struct json *body)
{
    return json_type(body) == JSON_OBJECT && strcmp(json_text(json_get(body, "Type")), "Notification") == 0 &&
           str_starts_with(json_str(json_get(body, "TopicArn")), STR("arn:")) && is_text(body, "MessageId") &&
           is_text(body, "Message") && is_text(body, "Timestamp");
}

static int notification_view(struct envelope *envelope)
{
    const struct json *attributes = json_get(envelope->body, "MessageAttributes");
    struct json_member member;
    int result = 0;

    for (json_first(attributes, &member); !result && member.key; json_next(&member)) {
        struct str value = json_str(json_get(member.value, "Value"));

        if (value.data)
            result =
                value_add(envelope, str_of(member.key), str_of(json_text(json_get(member.value, "Type"))), value);
    }
    return result;
}

/* 0: it is one, and was viewed. JSON_REFUSED: it is not. */
static int notification_open(const struct message *message, struct envelope *envelope)
{
    struct json_error error;
    int result;

    if (!message->body.len || message->body.data[0] != '{')
        return JSON_REFUSED;
    result = json_parse(message->body, &body_limits, &envelope->body, &error);
    if (!result && !is_notification(envelope->body))
        result = JSON_REFUSED;
    return result ? result : notification_view(envelope);
}

static int attributes_view(const struct message *message, struct envelope *envelope)
{
    int result = 0;

    for (size_t i = 0; !result && i < message->attribute_count; i++) {
        const struct message_attribute *attribute = &message->attributes[i];

        result = value_add(envelope, attribute->name, attribute->type, attribute->value);
    }
    return result;
}

int envelope_open(const struct message *message, bool sns, struct envelope *ret)
{
    int result;

    ret->body = NULL;
    ret->list_count = ret->binary_count = ret->count = 0;
    result = sns ? notification_open(message, ret) : JSON_REFUSED;
    if (result == JSON_REFUSED)
        result = attributes_view(message, ret);
    if (result)
        envelope_deinit(ret);
    return result;
}

void envelope_deinit(struct envelope *envelope)
{
    json_free(TAKE(envelope->body));
    for (size_t i = 0; i < envelope->list_count; i++)
        json_free(envelope->lists[i]);
    for (size_t i = 0; i < envelope->binary_count; i++)
        buf_deinit(&envelope->binaries[i]);
    envelope->list_count = envelope->binary_count = 0;
}
