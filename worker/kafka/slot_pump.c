/* Batches in, transactions out. */
#include "worker/kafka/recommit.h"
#include "worker/kafka/slot_private.h"

#include <stdlib.h>

#define SERVE_WAIT_MS 10
#define KICK_QUEUE_MIN 4000 /* messages: below, the library is told to look for more at once */
#define KICK_BATCH_MIN 500  /* but only under load */
#define KICK_INTERVAL_MS 3
#define LAG_LOOK_MS 1000

static struct transaction_state transaction_state(const struct slot *slot)
{
    return (struct transaction_state){.begun = slot->sink.begun,
                                      .received_at = slot->received_at,
                                      .bytes = slot->bytes,
                                      .waiting = rd_kafka_queue_length(slot->queue)};
}

static void offsets_collect(struct slot *slot, rd_kafka_topic_partition_list_t *list)
{
    pthread_mutex_lock(&slot->mutex);
    for (uint32_t i = 0; i < slot->lane_count; i++) {
        const struct lane *lane = &slot->lanes[i];

        if (lane->produced < 0)
            continue;
        rd_kafka_topic_partition_list_add(list, slot->setup.spec->topic, lane->partition)->offset = lane->produced;
        if (slot->committed[i].high < lane->produced)
            slot->committed[i].high = lane->produced;
    }
    pthread_mutex_unlock(&slot->mutex);
}

static void committed_note(struct slot *slot)
{
    pthread_mutex_lock(&slot->mutex);
    for (uint32_t i = 0; i < slot->lane_count; i++)
        if (slot->lanes[i].produced >= 0)
            slot->committed[i].low = slot->committed[i].high = slot->lanes[i].produced;
    slot->status.destination_lost = false;
    pthread_mutex_unlock(&slot->mutex);
}

static void counts_fold(struct slot *slot, int64_t held_ms)
{
    const struct worker_session *sessions = slot->order->table->sessions;

    slot->figures.transactions++;
    tally_close(slot->setup.tally, slot->setup.number, &slot->figures, held_ms);
    slot->figures = (struct figures){0};
    for (size_t i = 0; i < slot->touched_count; i++) {
        struct slot_count *count = &slot->counts[slot->touched[i]];
        struct figures more = {.delivered = count->delivered, .mirrored = count->mirrored};

        tally_session(slot->setup.tally, sessions[slot->touched[i]].uid, &more);
        *count = (struct slot_count){0};
    }
    slot->touched_count = 0;
}

static void lanes_settle(struct slot *slot)
{
    for (uint32_t i = 0; i < slot->lane_count; i++) {
        struct lane *lane = &slot->lanes[i];

        if (lane->produced >= 0 && overrides_count(&slot->overrides))
            overrides_settle(&slot->overrides, lane->partition, lane->produced);
        lane->produced = -1;
    }
}

int slot_commit(struct slot *slot)
{
    struct sink_offsets offsets = {.group = slot->setup.spec->group};
    struct mono begun = slot->sink.begun;
    int result;

    if (!slot->sink.open)
        return 0;
    offsets.list = rd_kafka_topic_partition_list_new((int)slot->lane_count + 1);
    offsets_collect(slot, offsets.list);
    result = sink_commit(&slot->sink, &offsets);
    rd_kafka_topic_partition_list_destroy(offsets.list);
    if (result)
        return result;
    committed_note(slot);
    lanes_settle(slot);
    slot_suspects_settle(slot);
    slot_refusals_settle(slot);
    counts_fold(slot, mono_until(begun, mono_now()));
    slot->bytes = 0;
    slot_succeeded(slot);
    if (mono_is_set(slot->single_until) && mono_reached(mono_now(), slot->single_until))
        slot->single_until = (struct mono){0}, slot->bare = NULL;
    return 0;
}

/* What the library says about a partition instead of a message. */
static int trouble_judge(struct slot *slot, const rd_kafka_message_t *message)
{
    struct lane *lane = slot_lane(slot, message->partition);
    struct errors_context doing = {"read", "Read", "topic", slot->setup.spec->topic};

    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL:
        slot_blocked(slot, message->err, &doing);
        return lane && lane->receiving ? SLOT_LANE_LOST : 0;
    default:
        return 0; /* the library goes on by itself */
    }
}

static int message_take(struct slot *slot, rd_kafka_message_t *message)
{
    struct record *record;
    int result;

    if (message->err) {
        result = trouble_judge(slot, message);
        rd_kafka_message_destroy(message);
        return result;
    }
    result = record_new_take(message, &record);
    if (result)
        return result;
    result = slot_forward(slot, record);
    record_done(record);
    return result;
}

static bool in_flight_full(const struct slot *slot)
{
    return slot->sink.in_flight_bytes >= SLOT_IN_FLIGHT_BYTES_MAX || slot->sink.in_flight >= SLOT_IN_FLIGHT_MAX;
}

/* Memory is bounded by what waits for its report: the library's buffers are held that long. */
static int in_flight_bound(struct slot *slot)
{
    struct mono deadline = mono_after(mono_now(), SINK_TRANSACTION_MS);

    sink_serve(&slot->sink, 0);
    if (!in_flight_full(slot) || slot->sink.failed)
        return slot->sink.failed ? SINK_VOID : 0;
    worker_watch_enter(slot->watch, "wait for room in flight");
    while (in_flight_full(slot) && !slot->sink.failed && !mono_reached(mono_now(), deadline))
        sink_serve(&slot->sink, SERVE_WAIT_MS);
    worker_watch_leave(slot->watch);
    if (slot->sink.failed)
        return SINK_VOID;
    return in_flight_full(slot) ? SINK_UNKNOWN : 0;
}

#define BOUND_EVERY 256 /* messages between two looks at what is in flight */

static int batch_forward(struct slot *slot, size_t count)
{
    int result = 0;

    for (size_t i = 0; i < count; i++) {
        if (result) {
            rd_kafka_message_destroy(slot->batch[i]);
            continue;
        }
        result = message_take(slot, slot->batch[i]);
        if (!result && i % BOUND_EVERY == BOUND_EVERY - 1)
            result = in_flight_bound(slot);
    }
    return result;
}

static int wait_ms(const struct slot *slot, struct mono now)
{
    const struct transaction_state state = transaction_state(slot);

    return slot->sink.open ? (int)transaction_wait_ms(&state, now) : SLOT_WAIT_MS;
}

static bool is_due(const struct slot *slot, bool received)
{
    const struct transaction_state state = transaction_state(slot);

    return slot->sink.open && transaction_is_due(&state, mono_now(), received);
}

static size_t batch_receive(struct slot *slot)
{
    rd_kafka_message_t *first;
    ssize_t more;

    first = rd_kafka_consume_queue(slot->queue, wait_ms(slot, mono_now()));
    if (!first) {
        rd_kafka_poll(slot->source, 0);
        return 0;
    }
    slot->batch[0] = first;
    /* Without waiting: a batch call with a time-out would wait for a full batch. */
    more = rd_kafka_consume_batch_queue(slot->queue, 0, slot->batch + 1, SLOT_BATCH_MAX - 1);
    return more > 0 ? (size_t)more + 1 : 1;
}

/* 2.0.2 looks once a second whether a full queue has room again, unless something wakes its broker threads. A question for
 * the ends of the partitions does, one request to each leader; with no time to wait for the answer it cannot block, which
 * rd_kafka_query_watermark_offsets does for as long as a leader is away (librdkafka issue 2588). */
static void brokers_wake(struct slot *slot)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)slot->lane_count + 1);

    for (uint32_t i = 0; i < slot->lane_count; i++)
        if (slot->lanes[i].receiving)
            rd_kafka_topic_partition_list_add(list, slot->setup.spec->topic, slot->lanes[i].partition)->offset =
                RD_KAFKA_OFFSET_END;
    if (list->cnt > 0)
        (void)rd_kafka_offsets_for_times(slot->source, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

static void kick(struct slot *slot, size_t count, struct mono now)
{
    if (count < KICK_BATCH_MIN || !mono_reached(now, slot->kick_at) ||
        rd_kafka_queue_length(slot->queue) > KICK_QUEUE_MIN)
        return;
    slot->kick_at = mono_after(now, KICK_INTERVAL_MS);
    brokers_wake(slot);
}

static int recommit(struct slot *slot, struct mono now)
{
    int result;

    if (!mono_is_set(slot->recommit_at))
        slot->recommit_at = mono_after(now, RECOMMIT_FIRST_MS);
    if (slot->sink.open || !mono_reached(now, slot->recommit_at))
        return 0;
    result = sink_begin(&slot->sink, NULL);
    for (uint32_t i = 0; i < slot->lane_count; i++)
        if (slot->lanes[i].positioned)
            slot->lanes[i].produced = slot->lanes[i].next;
    if (!result)
        result = slot_commit(slot);
    if (!result)
        slot->recommit_at = mono_after(now, RECOMMIT_MS);
    return result;
}

static void lag_note(struct slot *slot, struct mono now)
{
    uint64_t lag;

    if (!mono_reached(now, slot->lag_at))
        return;
    slot->lag_at = mono_after(now, LAG_LOOK_MS);
    lag = slot_lanes_lag(slot);
    pthread_mutex_lock(&slot->mutex);
    slot->status.lag = lag;
    pthread_mutex_unlock(&slot->mutex);
}

int slot_pump(struct slot *slot)
{
    size_t count = batch_receive(slot);
    struct mono now = mono_now();
    int result;

    if (count)
        slot->received_at = now;
    if (slot->attempts && mono_reached(now, mono_after(slot->failed_at, SLOT_TROUBLE_OVER_MS)))
        slot_succeeded(slot);
    kick(slot, count, now);
    result = batch_forward(slot, count);
    if (count)
        tally_open(slot->setup.tally, slot->setup.number,
                   (struct tally_open){slot->figures.received, slot->oldest_wall_ms});
    lag_note(slot, now);
    if (!result && slot->sink.open)
        result = in_flight_bound(slot);
    if (!result && is_due(slot, count > 0))
        result = slot_commit(slot);
    if (!result)
        result = recommit(slot, now);
    return result;
}
