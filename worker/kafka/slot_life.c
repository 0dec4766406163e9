/* The slot as others see it: made, given its order, looked at, ended. Fails only while it is made. */
#include "worker/kafka/slot_private.h"

#include "worker/kafka/sync.h"

#include <stdlib.h>

static int source_open(struct slot *slot, struct reason *why)
{
    struct client_setup setup = {.role = CLIENT_SOURCE,
                                 .credentials = slot->setup.credentials,
                                 .group = slot->setup.spec->group,
                                 .owner = &slot->owner};
    int result = client_new(&setup, &slot->source, why);

    if (result)
        return result;
    slot->source_topic = rd_kafka_topic_new(slot->source, slot->setup.spec->topic, NULL);
    if (!slot->source_topic)
        return reason_set(why, REASON_TOPIC_REFUSED, CLIENT_REFUSED, "%s is no name of a topic",
                          slot->setup.spec->topic);
    slot->queue = rd_kafka_queue_new(slot->source);
    admin_share(&slot->admin, slot->source, slot->setup.health, slot->watch);
    return 0;
}

static const char *const slot_names[SLOT_COUNT] = {"slot-0", "slot-1"};

int slot_new(const struct slot_setup *setup, struct slot **ret, struct reason *why)
{
    struct slot *slot = calloc(1, sizeof *slot);
    int result;

    if (!slot)
        return -ENOMEM;
    slot->setup = *setup;
    slot->owner.health = setup->health;
    slot->unresolved = true;
    slot->status.lag = FIGURE_UNKNOWN;
    sync_init(&slot->mutex, &slot->woken);
    check(setup->number < SLOT_COUNT);
    spec_transactional_id(setup->spec, (char)('0' + setup->number), slot->transactional_id);
    slot->look_gate = worker_look_gate(setup->runtime);
    slot->watch = worker_watch_new(setup->runtime, slot_names[setup->number]);
    result = route_scratch_new(&slot->scratch);
    if (!result)
        result = source_open(slot, why);
    if (!result && pthread_create(&slot->thread, NULL, slot_run, slot))
        result = -ENOMEM;
    if (result) {
        slot_free(slot);
        return result;
    }
    *ret = slot;
    return 0;
}

void slot_order(struct slot *slot, struct order *order)
{
    pthread_mutex_lock(&slot->mutex);
    order_unref(slot->wanted);
    slot->wanted = order_ref(order);
    pthread_cond_signal(&slot->woken);
    pthread_mutex_unlock(&slot->mutex);
    rd_kafka_queue_yield(slot->queue);
}

void slot_stop(struct slot *slot)
{
    pthread_mutex_lock(&slot->mutex);
    slot->ending = true;
    pthread_cond_signal(&slot->woken);
    pthread_mutex_unlock(&slot->mutex);
    rd_kafka_queue_yield(slot->queue);
}

void slot_join(struct slot *slot) { pthread_join(slot->thread, NULL); }

void slot_free(struct slot *slot)
{
    if (!slot)
        return;
    order_unref(slot->wanted);
    order_unref(slot->order);
    overrides_deinit(&slot->overrides);
    route_scratch_free(slot->scratch);
    free(slot->lanes);
    free(slot->committed);
    free(slot->destinations);
    free(slot->counts);
    free(slot->touched);
    pthread_cond_destroy(&slot->woken);
    pthread_mutex_destroy(&slot->mutex);
    free(slot);
}

void slot_look(struct slot *slot, struct slot_status *ret)
{
    pthread_mutex_lock(&slot->mutex);
    *ret = slot->status;
    pthread_mutex_unlock(&slot->mutex);
}

void slot_committed(struct slot *slot, int64_t *ret_lows, int64_t *ret_highs, uint32_t partitions)
{
    pthread_mutex_lock(&slot->mutex);
    for (uint32_t i = 0; i < slot->committed_count; i++) {
        uint32_t partition = i * SLOT_COUNT + slot->setup.number;

        if (partition >= partitions)
            break;
        ret_lows[partition] = slot->committed[i].low;
        ret_highs[partition] = slot->committed[i].high;
    }
    pthread_mutex_unlock(&slot->mutex);
}
