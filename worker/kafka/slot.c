/* The slot's thread: takes orders, starts, pumps, ends. */
#include "worker/kafka/slot_private.h"

#include "worker/kafka/sync.h"

void slot_trouble(struct slot *slot, const struct reason *why)
{
    bool changed;

    pthread_mutex_lock(&slot->mutex);
    changed = slot->status.trouble.code != (why ? why->code : REASON_NONE);
    slot->status.trouble = why ? *why : (struct reason){0};
    pthread_mutex_unlock(&slot->mutex);
    if (changed)
        slot->setup.changed(slot->setup.opaque);
}

static bool order_waits(const struct slot *slot)
{
    return slot->wanted && (!slot->order || slot->wanted->number != slot->order->number);
}

void slot_pause(struct slot *slot, uint32_t wait_ms)
{
    struct timespec deadline = sync_deadline(wait_ms);

    pthread_mutex_lock(&slot->mutex);
    while (!slot->ending && !order_waits(slot))
        if (pthread_cond_timedwait(&slot->woken, &slot->mutex, &deadline))
            break;
    pthread_mutex_unlock(&slot->mutex);
}

static struct order *order_take(struct slot *slot)
{
    struct order *order = NULL;

    pthread_mutex_lock(&slot->mutex);
    if (order_waits(slot))
        order = order_ref(slot->wanted);
    pthread_mutex_unlock(&slot->mutex);
    return order;
}

static void order_applied(struct slot *slot)
{
    pthread_mutex_lock(&slot->mutex);
    slot->status.applied = slot->order->number;
    slot->status.destination_lost = false;
    pthread_mutex_unlock(&slot->mutex);
    slot->setup.changed(slot->setup.opaque);
}

/* The library would find added partitions at its next refresh only, which is half a minute away. */
static void partitions_learn(struct slot *slot)
{
    const struct rd_kafka_metadata *metadata = NULL;

    worker_watch_enter(slot->watch, "learn of partitions");
    if (!rd_kafka_metadata(slot->source, 0, slot->source_topic, &metadata, SINK_CALL_MS))
        rd_kafka_metadata_destroy(metadata);
    worker_watch_leave(slot->watch);
    if (sink_is_open(&slot->sink))
        sink_prime(&slot->sink);
}

/* Everything by the order before is committed, or known to be void, when this returns 0 (C-5). */
static int order_apply(struct slot *slot, struct order *order, struct reason *why)
{
    int result = slot_commit(slot);
    bool grown;

    if (!result && ((order->settle && slot->unresolved) || order->release))
        result = slot_sink_ensure(slot, why);
    if (!result)
        result = slot_lanes_fit(slot, order->partitions);
    if (!result)
        result = slot_destinations_fit(slot, order->table);
    if (result)
        return result;
    slot_lanes_bound(slot, order);
    grown = slot->order && slot->order->partitions < order->partitions;
    order_unref(slot->order);
    slot->order = order_ref(order);
    slot->started = false;
    if (grown)
        partitions_learn(slot);
    if (!order->run)
        slot_lanes_forget(slot);
    if (order->release)
        sink_close(&slot->sink);
    slot_sink_retire(slot);
    order_applied(slot);
    return 0;
}

static void receiving_tell(struct slot *slot)
{
    /* To receive again is no sign that what was received can be forwarded now. */
    if (slot->blocked.code == REASON_NONE || slot->attempts < SLOT_TROUBLE_ATTEMPTS)
        slot_trouble(slot, NULL);
    slot->setup.changed(slot->setup.opaque);
}

static bool lanes_positioned(const struct slot *slot)
{
    for (uint32_t i = 0; i < slot->lane_count; i++)
        if (!slot->lanes[i].positioned)
            return false;
    return true;
}

/* Instance, positions, destinations, in this order: the instance first, because taking the id over settles what is
 * committed. */
static int forwarding_start(struct slot *slot, struct reason *why)
{
    int result = slot_sink_ensure(slot, why);

    if (!result && !lanes_positioned(slot))
        result = slot_lanes_position(slot, why);
    if (!result)
        result = slot_destinations_open(slot);
    if (!result && !slot->fallback)
        result = reason_set(why, REASON_TEMP_LOST, SINK_FAILED, "the fallback topic is not ready");
    if (result)
        return result;
    slot_lanes_receive(slot);
    slot->started = true;
    receiving_tell(slot);
    return 0;
}

static bool destinations_complete(const struct slot *slot)
{
    for (size_t i = 0; i < slot->order->table->temp_count; i++)
        if (slot->order->ready[i] && !slot->destinations[i].topic)
            return false;
    return true;
}

static int forwarding_turn(struct slot *slot, struct reason *why)
{
    if (!slot->started || !lanes_positioned(slot) || !destinations_complete(slot))
        return forwarding_start(slot, why);
    slot_lanes_receive(slot);
    return slot_pump(slot);
}

static int slot_turn(struct slot *slot, struct reason *why)
{
    CLEANUP(order_unrefp) struct order *order = order_take(slot);

    if (order)
        return order_apply(slot, order, why);
    if (slot->order && slot->order->run && slot->lane_count)
        return forwarding_turn(slot, why);
    slot_pause(slot, 1000);
    return 0;
}

static bool slot_ending(struct slot *slot)
{
    bool ending;

    pthread_mutex_lock(&slot->mutex);
    ending = slot->ending;
    pthread_mutex_unlock(&slot->mutex);
    return ending;
}

/* What cannot be committed is aborted by whoever takes the id next; nothing is lost. A broker that did not answer the
 * commit is not asked to abort as well: the time for an orderly stop is short. */
static void slot_finish(struct slot *slot)
{
    if (slot_commit(slot) == SINK_VOID && slot->sink.open)
        (void)!sink_abort(&slot->sink);
    slot_lanes_stop(slot);
    sink_close(&slot->sink);
    admin_close(&slot->admin);
    rd_kafka_queue_destroy(slot->queue);
    rd_kafka_topic_destroy(slot->source_topic);
    worker_watch_enter(slot->watch, "close the consumer");
    rd_kafka_destroy(slot->source);
    worker_watch_leave(slot->watch);
}

void *slot_run(void *opaque)
{
    struct slot *slot = opaque;

    while (!slot_ending(slot)) {
        struct reason why = {0};
        int result = slot_turn(slot, &why);

        if (result)
            slot_recover(slot, result, &why);
    }
    slot_finish(slot);
    return NULL;
}
