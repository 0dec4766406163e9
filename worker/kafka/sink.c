/* Life of the instance, destinations, producing and delivery reports. */
#define HASH_NONFATAL_OOM 1
#include "worker/kafka/sink_private.h"

#include <stdlib.h>
#include <uthash.h>

#define SERVE_STEP_MS 100
#define CLOSE_MS 3000

struct sink_topic {
    rd_kafka_topic_t *handle;
    UT_hash_handle hh;
    char name[];
};

void sink_fail(struct sink *sink, const struct record *record, const char *topic, rd_kafka_resp_err_t error)
{
    struct sink_topic *known = NULL;

    sink->failed = true;
    HASH_FIND_STR(sink->topics, topic, known);
    if (sink->failure_count == SINK_FAILURES_MAX || !known)
        return;
    sink->failures[sink->failure_count++] = (struct sink_failure){
        .partition = record->partition, .offset = record->offset, .error = error, .topic = known->name};
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct sink *sink = opaque;
    struct record *record = message->_private;

    (void)rk;
    sink->in_flight--;
    sink->in_flight_bytes -= record->bytes;
    if (message->err)
        sink_fail(sink, record, rd_kafka_topic_name(message->rkt), message->err);
    record_unref(record);
}

static int init_outcome(struct sink *sink, rd_kafka_error_t *error, const char *id, struct reason *why)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);

    rd_kafka_poll(sink->rk, 0);
    rd_kafka_error_destroy(error);
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT && atomic_load(&sink->owner.health->last_error))
        code = (rd_kafka_resp_err_t)atomic_load(&sink->owner.health->last_error);
    return errors_reason(code, &(struct errors_context){"begin transactions under", "Write", "transactional id", id},
                         SINK_FAILED, why);
}

int sink_open(struct sink *sink, const struct json *credentials, const char *transactional_id,
              struct client_health *health, struct worker_watch *watch, struct reason *why)
{
    struct client_setup setup = {.role = CLIENT_SINK,
                                 .credentials = credentials,
                                 .transactional_id = transactional_id,
                                 .owner = &sink->owner,
                                 .delivered = delivered};
    rd_kafka_error_t *error;
    int result;

    *sink = (struct sink){.owner = {health}, .watch = watch};
    result = client_new(&setup, &sink->rk, why);
    if (result)
        return result < 0 ? result : SINK_FAILED;
    worker_watch_enter(watch, "take the transactional id over");
    error = rd_kafka_init_transactions(sink->rk, SINK_CALL_MS);
    worker_watch_leave(watch);
    if (!error)
        return 0;
    result = init_outcome(sink, error, transactional_id, why);
    sink_close(sink);
    return result;
}

static void topics_free(struct sink *sink)
{
    struct sink_topic *topic, *next;

    HASH_ITER (hh, sink->topics, topic, next) {
        HASH_DEL(sink->topics, topic);
        rd_kafka_topic_destroy(topic->handle);
        free(topic);
    }
}

void sink_close(struct sink *sink)
{
    struct mono deadline = mono_after(mono_now(), CLOSE_MS);

    if (!sink->rk)
        return;
    worker_watch_enter(sink->watch, "close a producer");
    rd_kafka_purge(sink->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    while (sink->in_flight > 0 && !mono_reached(mono_now(), deadline))
        rd_kafka_poll(sink->rk, SERVE_STEP_MS);
    topics_free(sink);
    rd_kafka_destroy(sink->rk);
    worker_watch_leave(sink->watch);
    *sink = (struct sink){.owner = sink->owner, .watch = sink->watch};
}

int sink_topic(struct sink *sink, const char *name, rd_kafka_topic_t **ret)
{
    struct sink_topic *topic = NULL;
    size_t len = strlen(name);

    HASH_FIND(hh, sink->topics, name, len, topic);
    if (!topic) {
        topic = calloc(1, sizeof *topic + len + 1);
        if (!topic)
            return -ENOMEM;
        memcpy(topic->name, name, len);
        topic->handle = rd_kafka_topic_new(sink->rk, name, NULL);
        if (!topic->handle) {
            free(topic);
            return -ENOMEM;
        }
        HASH_ADD(hh, sink->topics, name, len, topic);
        if (!topic->hh.tbl) {
            rd_kafka_topic_destroy(topic->handle);
            free(topic);
            return -ENOMEM;
        }
    }
    *ret = topic->handle;
    return 0;
}

size_t sink_topic_count(const struct sink *sink) { return HASH_COUNT(sink->topics); }

/* One request for all topics that the handle knows. Failing costs time only: the library asks again by itself. */
void sink_prime(struct sink *sink)
{
    const struct rd_kafka_metadata *metadata = NULL;

    worker_watch_enter(sink->watch, "learn where destinations are");
    if (!rd_kafka_metadata(sink->rk, 0, NULL, &metadata, SINK_CALL_MS))
        rd_kafka_metadata_destroy(metadata);
    worker_watch_leave(sink->watch);
}

void sink_serve(struct sink *sink, int wait_ms) { rd_kafka_poll(sink->rk, wait_ms); }

static rd_kafka_resp_err_t produce_once(struct sink *sink, rd_kafka_topic_t *topic, int32_t partition,
                                        struct record *record, rd_kafka_headers_t *headers)
{
    const rd_kafka_message_t *message = record->message;
    bool copied = message->len <= RECORD_COPY_MAX_BYTES;
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(message, &type);

    return rd_kafka_producev(
        sink->rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_VALUE(message->payload, message->len), RD_KAFKA_V_KEY(message->key, message->key_len),
        RD_KAFKA_V_TIMESTAMP(timestamp > 0 ? timestamp : 0), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_MSGFLAGS(copied ? RD_KAFKA_MSG_F_COPY : 0), RD_KAFKA_V_OPAQUE(record), RD_KAFKA_V_END);
}

int sink_produce(struct sink *sink, rd_kafka_topic_t *topic, int32_t partition, struct record *record,
                 rd_kafka_headers_t *headers)
{
    struct mono deadline = mono_after(mono_now(), SINK_CALL_MS);
    rd_kafka_resp_err_t error;

    record_ref(record);
    while ((error = produce_once(sink, topic, partition, record, headers)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
           !mono_reached(mono_now(), deadline))
        sink_serve(sink, SERVE_STEP_MS);
    if (!error) {
        record->borrowed = record->borrowed || record->message->len > RECORD_COPY_MAX_BYTES;
        sink->in_flight++;
        sink->in_flight_bytes += record->bytes;
        return 0;
    }
    if (headers)
        rd_kafka_headers_destroy(headers);
    sink_fail(sink, record, rd_kafka_topic_name(topic), error);
    record_unref(record);
    return SINK_VOID;
}
