/* Messages as anybody may send them (S-10): an answer to ReceiveMessage, or with 'n' in front the body of one message, perhaps an envelope of
 * SNS. What is accepted goes on as it came (C-9), and a filter that looks into envelopes sees of a body that is none what it would see
 * without looking. */
#include "common/base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "worker/sqs/envelope.h"
#include "worker/sqs/request.h"

#include <stdlib.h>
#include <string.h>

static const struct json_limits limits = {.bytes_max = 64u << 10, .depth_max = 16, .values_max = 4096};
static struct envelope plain, deep;

static void check_view(const struct envelope *envelope)
{
    check(envelope->count <= ENVELOPE_HEADERS_MAX && envelope->list_count <= MESSAGE_ATTRIBUTES_MAX);
    for (size_t i = 0; i < envelope->count; i++)
        check(envelope->headers[i].name.data && (envelope->headers[i].value.data || !envelope->headers[i].value.len));
}

static void view(const struct message *message)
{
    check(envelope_open(message, false, &plain) == 0 && envelope_open(message, true, &deep) == 0);
    check_view(&plain);
    check_view(&deep);
    check(deep.body || deep.count == plain.count);
    for (size_t i = 0; !deep.body && i < plain.count; i++)
        check(str_equal(plain.headers[i].name, deep.headers[i].name) &&
              str_equal(plain.headers[i].value, deep.headers[i].value));
    envelope_deinit(&plain);
    envelope_deinit(&deep);
}

static struct str value_of(const struct json *attribute)
{
    const struct json *text = json_get(attribute, "StringValue");

    return json_str(text ? text : json_get(attribute, "BinaryValue"));
}

/* Names are NUL-terminated here: of two that differ behind one, SQS could know only one. */
static void check_sent(const struct message *message, const struct json *entry)
{
    const struct json *attributes = json_get(entry, "MessageAttributes");

    check(str_equal(json_str(json_get(entry, "MessageBody")), message->body));
    check(json_count(attributes) == message->attribute_count);
    for (size_t i = 0; i < message->attribute_count; i++) {
        const struct message_attribute *attribute = &message->attributes[i];
        const struct json *sent = json_get(attributes, attribute->name.data);

        check(str_equal(json_str(json_get(sent, "DataType")), attribute->type));
        check(str_equal(value_of(sent), attribute->value));
    }
}

static void send(const struct message *message)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct json *read CLEANUP(json_freep) = NULL;
    struct json_limits own = {.bytes_max = REQUEST_BYTES_MAX, .depth_max = 16, .values_max = 4096};
    const struct request_entry entry = {.message = message, .stamp = "", .dedup_stamp = STR(""), .dedup = ""};
    struct json_error error;

    check(request_send_begin(&buf, "http://q") == 0 && request_send_add(&buf, 0, &entry) == 0 &&
          request_send_end(&buf) == 0);
    check(json_parse(buf_str(&buf), &own, &read, &error) == 0);
    check_sent(message, json_at(json_get(read, "Entries"), 0));
}

static void use(struct message *message)
{
    size_t bytes = message->body.len;

    check(message->attribute_count <= MESSAGE_ATTRIBUTES_MAX);
    view(message);
    send(message);
    while (message->attribute_count)
        message_attribute_drop(message, message->attributes[0].name);
    check(message->bytes == bytes);
}

static void read_answer(struct str text)
{
    const struct json *document = NULL;
    struct delivery *delivery;
    struct json_error error;
    const struct json *list;

    if (json_parse_packed(text, &limits, &document, &error) != 0)
        return;
    check(delivery_new_take(document, &delivery) == 0);
    list = json_get(delivery_document(delivery), "Messages");
    for (size_t i = 0; i < json_count(list); i++) {
        struct message message;
        struct reason why = {.code = REASON_NONE};
        int result = message_read(json_at(list, i), delivery, &message, &why);

        check(result == 0 || (result == MESSAGE_REFUSED && why.text[0]));
        if (result)
            continue;
        use(&message);
        message_deinit(&message);
    }
    delivery_unref(delivery);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct message message = {.body = {(const char *)data + 1, size - 1}};

    if (size > 0 && data[0] == 'n')
        view(&message);
    else
        read_answer(text);
    return 0;
}
