/* How a message is sent to a queue: what is added, and under which identity (Q-5, C-16). Pure. */
#include "worker/sqs/sink_private.h"

#include "common/base/secret.h"

static struct message_attribute stamp_attribute(struct str name, struct str value)
{
    return (struct message_attribute){.name = name, .type = STR("String"), .value = value};
}

/* Never one that has it already, never past ten. */
static bool has_room(const struct message *message, struct str name, size_t added)
{
    return message->attribute_count + added < MESSAGE_ATTRIBUTES_MAX && !message_attribute(message, name);
}

static bool takes_stamp(const struct sink *sink, const struct copy *copy)
{
    return copy->kind != COPY_FALLBACK && copy->step == COPY_WHOLE && sink->stamp[0] &&
           has_room(&copy->held->message, STR(REQUEST_STAMP), 0);
}

static bool takes_dedup_stamp(const struct sink *sink, const struct copy *copy)
{
    return copy->kind != COPY_FALLBACK && copy->step == COPY_WHOLE && sink->fifo && copy->held->message.dedup.len &&
           has_room(&copy->held->message, STR(REQUEST_DEDUP_STAMP), takes_stamp(sink, copy));
}

/* Of the original and the message in it, so that sending it twice is sending it once, and two messages with one body stay
 * two. What comes from a temporary queue has such an id already. */
static void dedup_make(const struct sink *sink, const struct held *held, char dedup[DEDUP_SIZE])
{
    const struct source *original = &sink->engine->source;
    struct buf identity CLEANUP(buf_deinit) = BUF_INIT(4096);

    if (held->source != original && held->message.dedup.len == DEDUP_SIZE - 1) {
        memcpy(dedup, held->message.dedup.data, DEDUP_SIZE - 1);
        dedup[DEDUP_SIZE - 1] = '\0';
        return;
    }
    if (buf_printf(&identity, "%s %.*s", held->source->url, STR_ARG(held->message.id)))
        engine_no_memory();
    sha256_hex(buf_str(&identity), dedup);
}

void entry_make(const struct sink *sink, const struct copy *copy, char dedup[DEDUP_SIZE], struct request_entry *ret)
{
    dedup[0] = '\0';
    if (sink->fifo)
        dedup_make(sink, copy->held, dedup);
    *ret = (struct request_entry){.message = &copy->held->message,
                                  .stamp = takes_stamp(sink, copy) ? sink->stamp : "",
                                  .dedup_stamp = takes_dedup_stamp(sink, copy) ? copy->held->message.dedup : STR(""),
                                  .dedup = dedup};
}

size_t entry_bytes(const struct sink *sink, const struct copy *copy)
{
    const struct message *message = &copy->held->message;
    struct message_attribute stamp = stamp_attribute(STR(REQUEST_STAMP), str_of(sink->stamp));
    struct message_attribute dedup = stamp_attribute(STR(REQUEST_DEDUP_STAMP), message->dedup);

    return message->bytes + (takes_stamp(sink, copy) ? message_attribute_bytes(&stamp) : 0) +
           (takes_dedup_stamp(sink, copy) ? message_attribute_bytes(&dedup) : 0);
}
