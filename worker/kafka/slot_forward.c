/* One message: decide where it goes, publish every copy, note what the transaction now holds.
 *
 * Nothing is acknowledged here; positions move when the transaction commits (C-1). */
#include "worker/kafka/slot_private.h"

static void count_copy(struct slot *slot, uint32_t session, bool mirror)
{
    struct slot_count *count = &slot->counts[session];

    if (count->delivered == 0 && count->mirrored == 0)
        slot->touched[slot->touched_count++] = session;
    if (mirror)
        count->mirrored++;
    else
        count->delivered++;
}

struct destination *slot_session_destination(struct slot *slot, uint32_t session, struct mono now)
{
    struct destination *destination = &slot->destinations[slot->order->table->sessions[session].temp];

    if (!destination->topic ||
        (mono_is_set(destination->refused_until) && !mono_reached(now, destination->refused_until)))
        return NULL;
    return destination;
}

static int transaction_begin(struct slot *slot, int32_t partition)
{
    struct mono now = mono_now();
    bool settle = mono_is_set(slot->sink.ended) && !mono_reached(now, mono_after(slot->sink.ended, SLOT_SETTLE_MS));
    struct sink_offsets offsets = {.group = slot->setup.spec->group};
    int result;

    if (slot->sink.open)
        return 0;
    slot->only = NULL;
    slot->received_at = now;
    if (!settle)
        return sink_begin(&slot->sink, NULL);
    offsets.list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets.list, slot->setup.spec->topic, partition)->offset =
        slot_lane(slot, partition)->next;
    result = sink_begin(&slot->sink, &offsets);
    rd_kafka_topic_partition_list_destroy(offsets.list);
    return result;
}

/* While the one destination that refuses is looked for, each transaction holds messages of one. */
static int single_keep(struct slot *slot, const struct destination *destination, int32_t partition)
{
    int result = 0;

    if (!mono_is_set(slot->single_until))
        return 0;
    if (slot->only && slot->only != destination)
        result = slot_commit(slot);
    if (!result)
        result = transaction_begin(slot, partition);
    if (!result)
        slot->only = destination; /* else it must stay to be found at fault */
    return result;
}

static int copy_send(struct slot *slot, struct record *record, const struct destination *destination,
                     enum record_headers how, const char *stamp)
{
    rd_kafka_message_t *message = record->message;
    rd_kafka_headers_t *headers = record_headers(message, how, stamp);

    return sink_produce(&slot->sink, destination->topic, message->partition, record, headers);
}

/* Nobody else may lose a message, or wait, because a mirror's queue does not take its copy. */
static bool mirrors_left_out(const struct slot *slot, const struct record *record)
{
    return slot->bare || (overrides_count(&slot->overrides) &&
                          overrides_unmirrored(&slot->overrides, record->partition, record->offset));
}

static int mirrors_send(struct slot *slot, struct record *record, const struct route_decision *decision, bool stamped,
                        struct mono now)
{
    int result = 0;

    if (decision->mirror_count && mirrors_left_out(slot, record))
        return 0;
    for (size_t i = 0; !result && i < decision->mirror_count; i++) {
        uint32_t session = decision->mirrors[i].destination;
        struct destination *destination = slot_session_destination(slot, session, now);

        if (!destination)
            continue;
        destination->suspect = mono_is_set(slot->single_until);
        result = copy_send(slot, record, destination, RECORD_HEADERS_COPY,
                           stamped ? slot->order->table->sessions[session].stamp : "");
        if (!result) {
            count_copy(slot, session, true);
            slot->figures.mirrored++;
        }
    }
    return result;
}

static int copies_send(struct slot *slot, struct record *record, const struct route_decision *decision,
                       enum override_step step)
{
    struct mono now = mono_now();
    bool stamped = step < OVERRIDE_WITHOUT_STAMP;
    bool routed = step < OVERRIDE_FALLBACK;
    struct destination *destination = NULL;
    uint32_t session = decision->steal.destination;
    int result;

    if (routed && decision->stolen)
        destination = slot_session_destination(slot, session, now);
    result = single_keep(slot, destination ? destination : slot->fallback, record->message->partition);
    if (!result && routed)
        result = mirrors_send(slot, record, decision, stamped, now);
    if (result)
        return result;
    if (!destination) {
        slot->figures.fallback++;
        return copy_send(slot, record, slot->fallback, RECORD_HEADERS_DETACH, "");
    }
    slot->figures.delivered++;
    count_copy(slot, session, false);
    return copy_send(slot, record, destination, RECORD_HEADERS_DETACH,
                     stamped ? slot->order->table->sessions[session].stamp : "");
}

static int record_route(struct slot *slot, struct record *record, enum override_step step)
{
    struct route_decision decision = {0};
    size_t count = 0;

    if (slot->order->table->session_count) {
        count = record_view(record->message, slot->headers, RECORD_HEADERS_MAX);
        route_decide(slot->order->table->routes, slot->scratch, slot->headers, count, slot->received_at, &decision);
    }
    if (look_is_on(slot->look_gate))
        slot_show(slot, record, count, &decision, step < OVERRIDE_FALLBACK);
    if (!slot->figures.received++)
        slot->oldest_wall_ms = rd_kafka_message_timestamp(record->message, NULL);
    slot->figures.filter_errors += decision.unevaluated;
    if (decision.stolen || decision.mirror_count)
        slot->figures.matched++;
    else
        slot->figures.unmatched++;
    return copies_send(slot, record, &decision, step);
}

/* A record that was refused before is committed by itself, so that it can void only itself (K-16). */
static int record_alone(struct slot *slot, struct record *record, enum override_step step)
{
    struct lane *lane = slot_lane(slot, record->message->partition);
    int result = slot_commit(slot);

    /* One that the fallback refused as well is tried there again each time its partition's waiting is over. */
    if (!result)
        result = transaction_begin(slot, lane->partition);
    if (!result)
        result = record_route(slot, record, step == OVERRIDE_REFUSED ? OVERRIDE_FALLBACK : step);
    if (result)
        return result;
    lane->next = lane->produced = record->message->offset + 1;
    return slot_commit(slot);
}

int slot_forward(struct slot *slot, struct record *record)
{
    const rd_kafka_message_t *message = record->message;
    struct lane *lane = slot_lane(slot, message->partition);
    enum override_step step;
    int result;

    /* What was fetched before a stop can still be in the queue. */
    if (!lane || !lane->receiving || message->offset < lane->next)
        return 0;
    step = overrides_find(&slot->overrides, message->partition, message->offset);
    if (step != OVERRIDE_NONE)
        return record_alone(slot, record, step);
    result = transaction_begin(slot, message->partition);
    if (!result)
        result = record_route(slot, record, OVERRIDE_NONE);
    if (result)
        return result;
    lane->next = lane->produced = message->offset + 1;
    slot->bytes += message->len;
    return 0;
}
