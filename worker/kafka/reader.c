/* See the header. Uses the partition-wise interface of the library, which needs no group. */
#include "worker/kafka/reader.h"

#include "common/base/mono.h"
#include "worker/kafka/errors.h"

#define READER_STALL_MS 8000
#define READER_WAIT_MS 500
#define READER_STALE_MAX 1000

static int reader_open(struct reader *reader, struct reason *why)
{
    struct client_setup setup = {.role = CLIENT_READER, .credentials = reader->credentials, .owner = &reader->owner};
    int result;

    if (reader->stale > READER_STALE_MAX && !reader->topic)
        reader_close(reader);
    if (reader->rk)
        return 0;
    result = client_new(&setup, &reader->rk, why);
    if (result)
        return result < 0 ? result : READER_FAILED;
    reader->queue = rd_kafka_queue_new(reader->rk);
    return 0;
}

int reader_start(struct reader *reader, const char *topic, uint32_t partition, int64_t from, struct reason *why)
{
    int result = reader_open(reader, why);

    if (result)
        return result;
    reader->topic = rd_kafka_topic_new(reader->rk, topic, NULL);
    reader->partition = (int32_t)partition;
    if (reader->topic && !rd_kafka_consume_start_queue(reader->topic, reader->partition, from, reader->queue))
        return 0;
    if (reader->topic)
        rd_kafka_topic_destroy(reader->topic);
    reader->topic = NULL;
    return errors_reason(rd_kafka_last_error(), &(struct errors_context){"read", "Read", "topic", topic},
                         READER_FAILED, why);
}

/* > 0: an outcome; 0: the library goes on by itself. */
static int notice_judge(struct reader *reader, const rd_kafka_message_t *message, struct reason *why)
{
    const char *topic = rd_kafka_topic_name(reader->topic);

    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return READER_END;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        return 0;
    default:
        return errors_reason(message->err, &(struct errors_context){"read", "Read", "topic", topic}, READER_FAILED,
                             why);
    }
}

/* What an earlier partition left in the queue is not ours. */
static bool is_ours(const struct reader *reader, const rd_kafka_message_t *message)
{
    return message->rkt && message->partition == reader->partition &&
           strcmp(rd_kafka_topic_name(message->rkt), rd_kafka_topic_name(reader->topic)) == 0;
}

int reader_next(struct reader *reader, rd_kafka_message_t **ret, struct reason *why)
{
    struct mono deadline = mono_after(mono_now(), READER_STALL_MS);

    while (!mono_reached(mono_now(), deadline)) {
        rd_kafka_message_t *message;
        int result = 0;

        worker_watch_enter(reader->watch, "read what is left");
        message = rd_kafka_consume_queue(reader->queue, READER_WAIT_MS);
        worker_watch_leave(reader->watch);
        if (!message)
            continue;
        if (!message->err && is_ours(reader, message)) {
            *ret = message;
            return 0;
        }
        if (message->err && is_ours(reader, message))
            result = notice_judge(reader, message, why);
        rd_kafka_message_destroy(message);
        if (result)
            return result;
    }
    return errors_reason(RD_KAFKA_RESP_ERR__TIMED_OUT,
                         &(struct errors_context){"read", "Read", "topic", rd_kafka_topic_name(reader->topic)},
                         READER_FAILED, why);
}

void reader_forget(struct reader *reader) { reader->stale += reader->rk != NULL; }

void reader_stop(struct reader *reader)
{
    if (!reader->topic)
        return;
    worker_watch_enter(reader->watch, "stop reading what is left");
    (void)rd_kafka_consume_stop(reader->topic, reader->partition);
    worker_watch_leave(reader->watch);
    rd_kafka_topic_destroy(reader->topic);
    reader->topic = NULL;
}

void reader_close(struct reader *reader)
{
    if (!reader->rk)
        return;
    reader_stop(reader);
    worker_watch_enter(reader->watch, "close the reader");
    rd_kafka_queue_destroy(reader->queue);
    rd_kafka_destroy(reader->rk);
    worker_watch_leave(reader->watch);
    reader->rk = NULL;
    reader->stale = 0;
}

int reader_count(struct reader *reader, const char *topic, uint32_t partition, int64_t from, int64_t end,
                 uint64_t *ret, struct reason *why)
{
    rd_kafka_message_t *message = NULL;
    uint64_t count = 0;
    int64_t last = from;
    int result = reader_start(reader, topic, partition, from, why);

    if (result)
        return result;
    while (count < READER_COUNT_MAX && !(result = reader_next(reader, &message, why)) && message) {
        last = message->offset;
        count++;
        rd_kafka_message_destroy(message);
    }
    reader_stop(reader);
    if (result != 0 && result != READER_END)
        return result;
    *ret = result == 0 && end > last + 1 ? count + (uint64_t)(end - last - 1) : count;
    return 0;
}

int reader_ends(struct reader *reader, const char *topic, struct admin_range range, int64_t *ret, struct reason *why)
{
    struct admin_topic shape;
    struct admin admin;
    int result = reader_open(reader, why);

    if (result)
        return result;
    admin_share(&admin, reader->rk, reader->owner.health, reader->watch);
    result = admin_topic_look(&admin, topic, &shape, why); /* the handle learns of added partitions */
    if (!result)
        result = admin_log_end(&admin, topic, range, ret, why);
    admin_close(&admin);
    return result ? READER_FAILED : 0;
}
