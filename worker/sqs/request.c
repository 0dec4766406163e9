/* See the header. Written text by text, because a tree of values for each message would cost more than the call. */
#include "worker/sqs/request.h"

static int append_member(struct buf *buf, struct str name, struct str value)
{
    int result = buf_append_char(buf, buf->data[buf->len - 1] == '{' ? ' ' : ',');

    if (!result)
        result = json_write_str(name, buf);
    if (!result)
        result = buf_append_char(buf, ':');
    return result ? result : json_write_str(value, buf);
}

static int begin(struct buf *buf, const char *url)
{
    int result;

    buf_clear(buf);
    result = buf_append_char(buf, '{');
    return result ? result : append_member(buf, STR("QueueUrl"), str_of(url));
}

int request_receive(struct buf *buf, const struct request_receive *request)
{
    int result = begin(buf, request->url);

    if (!result && request->attempt)
        result = append_member(buf, STR("ReceiveRequestAttemptId"), str_of(request->attempt));
    /* "All" under its old name as well: emulators and older endpoints know only that. */
    return result ? result
                  : buf_printf(buf,
                               ",\"MaxNumberOfMessages\":%u,\"WaitTimeSeconds\":%u,\"VisibilityTimeout\":%u,"
                               "\"MessageAttributeNames\":[\"All\"],\"AttributeNames\":[\"All\"],"
                               "\"MessageSystemAttributeNames\":[\"All\"]}",
                               request->count, request->wait_s, request->visibility_s);
}

int request_send_begin(struct buf *buf, const char *url)
{
    int result = begin(buf, url);

    return result ? result : buf_append_str(buf, STR(",\"Entries\":["));
}

static int append_attribute(struct buf *buf, const struct message_attribute *attribute)
{
    bool binary = message_attribute_is_binary(attribute);
    int result = buf_append_char(buf, buf->data[buf->len - 1] == '{' ? ' ' : ',');

    if (!result)
        result = json_write_str(attribute->name, buf);
    if (!result)
        result = buf_append_str(buf, STR(":{"));
    if (!result)
        result = append_member(buf, STR("DataType"), attribute->type);
    if (!result)
        result = append_member(buf, binary ? STR("BinaryValue") : STR("StringValue"), attribute->value);
    return result ? result : buf_append_char(buf, '}');
}

static int append_stamp(struct buf *buf, struct str name, struct str value)
{
    struct message_attribute attribute = {.name = name, .type = STR("String"), .value = value};

    return value.len ? append_attribute(buf, &attribute) : 0;
}

static int append_attributes(struct buf *buf, const struct request_entry *entry)
{
    const struct message *message = entry->message;
    int result = buf_append_str(buf, STR(",\"MessageAttributes\":{"));

    for (size_t i = 0; !result && i < message->attribute_count; i++)
        result = append_attribute(buf, &message->attributes[i]);
    if (!result)
        result = append_stamp(buf, STR(REQUEST_STAMP), str_of(entry->stamp));
    if (!result)
        result = append_stamp(buf, STR(REQUEST_DEDUP_STAMP), entry->dedup_stamp);
    return result ? result : buf_append_char(buf, '}');
}

static int append_system(struct buf *buf, const struct message *message)
{
    struct message_attribute trace = {.name = STR("AWSTraceHeader"), .type = STR("String"), .value = message->trace};
    int result = message->trace.len ? buf_append_str(buf, STR(",\"MessageSystemAttributes\":{")) : 0;

    if (result || !message->trace.len)
        return result;
    result = append_attribute(buf, &trace);
    return result ? result : buf_append_char(buf, '}');
}

static int append_identity(struct buf *buf, unsigned number, const struct request_entry *entry)
{
    int result = buf_printf(buf, "%s{\"Id\":\"%u\"", number ? "," : "", number);

    if (!result)
        result = append_member(buf, STR("MessageBody"), entry->message->body);
    if (!result && entry->message->group.len)
        result = append_member(buf, STR("MessageGroupId"), entry->message->group);
    if (!result && entry->dedup[0])
        result = append_member(buf, STR("MessageDeduplicationId"), str_of(entry->dedup));
    return result;
}

int request_send_add(struct buf *buf, unsigned number, const struct request_entry *entry)
{
    bool attributes = entry->message->attribute_count || entry->stamp[0] || entry->dedup_stamp.len;
    int result = append_identity(buf, number, entry);

    if (!result && attributes)
        result = append_attributes(buf, entry);
    if (!result)
        result = append_system(buf, entry->message);
    return result ? result : buf_append_char(buf, '}');
}

int request_send_end(struct buf *buf) { return buf_append_str(buf, STR("]}")); }

/* visibility_s: at most INT64_MAX; negative: without it. */
static int append_receipts(struct buf *buf, const char *url, const struct str *receipts, unsigned count,
                           int64_t visibility_s)
{
    int result = begin(buf, url);

    if (!result)
        result = buf_append_str(buf, STR(",\"Entries\":["));
    for (unsigned i = 0; !result && i < count; i++) {
        result = buf_printf(buf, "%s{\"Id\":\"%u\"", i ? "," : "", i);
        if (!result)
            result = append_member(buf, STR("ReceiptHandle"), receipts[i]);
        if (!result && visibility_s >= 0)
            result = buf_printf(buf, ",\"VisibilityTimeout\":%lld", (long long)visibility_s);
        if (!result)
            result = buf_append_char(buf, '}');
    }
    return result ? result : buf_append_str(buf, STR("]}"));
}

int request_delete(struct buf *buf, const char *url, const struct str *receipts, unsigned count)
{
    return append_receipts(buf, url, receipts, count, -1);
}

int request_visibility(struct buf *buf, const char *url, const struct str *receipts, unsigned count,
                       unsigned visibility_s)
{
    return append_receipts(buf, url, receipts, count, visibility_s);
}

int request_find_queue(struct buf *buf, const char *name, const char *account)
{
    int result;

    buf_clear(buf);
    result = buf_append_char(buf, '{');
    if (!result)
        result = append_member(buf, STR("QueueName"), str_of(name));
    if (!result && account[0])
        result = append_member(buf, STR("QueueOwnerAWSAccountId"), str_of(account));
    return result ? result : buf_append_char(buf, '}');
}

int request_attributes(struct buf *buf, const char *url)
{
    int result = begin(buf, url);

    return result ? result : buf_append_str(buf, STR(",\"AttributeNames\":[\"All\"]}"));
}

int request_url(struct buf *buf, const char *url)
{
    int result = begin(buf, url);

    return result ? result : buf_append_char(buf, '}');
}

static int append_object(struct buf *buf, const char *name, const struct json *object)
{
    int result = json_count(object) ? buf_printf(buf, ",\"%s\":", name) : 0;

    return result || !json_count(object) ? result : json_write(object, JSON_COMPACT, buf);
}

int request_create(struct buf *buf, const char *name, const struct json *attributes, const struct json *tags)
{
    int result;

    buf_clear(buf);
    result = buf_append_char(buf, '{');
    if (!result)
        result = append_member(buf, STR("QueueName"), str_of(name));
    if (!result)
        result = append_object(buf, "Attributes", attributes);
    if (!result)
        result = append_object(buf, "tags", tags); /* in small letters: API reference, CreateQueue */
    return result ? result : buf_append_char(buf, '}');
}
