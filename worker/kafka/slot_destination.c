/* Where a slot publishes to: the sink, the topics of the order's temps, and which of them refuse. */
#include "worker/kafka/slot_private.h"

#include <stdlib.h>

int slot_sink_ensure(struct slot *slot, struct reason *why)
{
    int result;

    if (sink_is_open(&slot->sink))
        return 0;
    result =
        sink_open(&slot->sink, slot->setup.credentials, slot->transactional_id, slot->setup.health, slot->watch, why);
    if (!result)
        slot->unresolved = false;
    return result;
}

/* What was refused stays so for its time; of a session that is gone the condition goes as well. */
static void refusals_carry(struct slot *slot, struct destination *destinations, const struct worker_table *table)
{
    size_t count = slot->order ? slot->order->table->temp_count : 0;
    struct reason why = {.code = REASON_DESTINATION_REFUSED};

    for (size_t i = 0; i < count; i++) {
        const struct worker_temp *old = &slot->order->table->temps[i];
        size_t now = 0;

        if (!mono_is_set(slot->destinations[i].refused_until))
            continue;
        while (now < table->temp_count && strcmp(table->temps[now].name, old->name) != 0)
            now++;
        if (now < table->temp_count)
            destinations[now].refused_until = slot->destinations[i].refused_until;
        else
            worker_report_condition(slot->setup.runtime, &why, old->session, false);
    }
}

int slot_destinations_fit(struct slot *slot, const struct worker_table *table)
{
    struct destination *destinations = calloc(table->temp_count + 1, sizeof *destinations);
    struct slot_count *counts = calloc(table->session_count + 1, sizeof *counts);
    uint32_t *touched = calloc(table->session_count + 1, sizeof *touched);

    if (!destinations || !counts || !touched || route_scratch_prepare(slot->scratch, table->routes)) {
        free(destinations);
        free(counts);
        free(touched);
        return -ENOMEM;
    }
    refusals_carry(slot, destinations, table);
    free(slot->destinations);
    free(slot->counts);
    free(slot->touched);
    slot->destinations = destinations;
    slot->counts = counts;
    slot->touched = touched;
    slot->touched_count = 0;
    slot->fallback = NULL;
    slot->only = slot->bare = NULL;
    return 0;
}

/* Handles of all destinations that are ready; with a fresh producer when this one knows too many old ones (K-11). */
int slot_destinations_open(struct slot *slot)
{
    const struct worker_table *table = slot->order->table;
    size_t known = sink_topic_count(&slot->sink);
    int result = 0;

    for (size_t i = 0; !result && i < table->temp_count; i++) {
        slot->destinations[i].name = table->temps[i].name;
        if (table->temps[i].role == WORKER_TEMP_FALLBACK && slot->order->ready[i])
            slot->fallback = &slot->destinations[i];
        if (!slot->order->ready[i])
            slot->destinations[i].topic = NULL; /* given up: its messages go to the fallback */
        else if (!slot->destinations[i].topic)
            result = sink_topic(&slot->sink, table->temps[i].name, &slot->destinations[i].topic);
    }
    if (!result && sink_topic_count(&slot->sink) != known)
        sink_prime(&slot->sink);
    return result;
}

void slot_sink_retire(struct slot *slot)
{
    size_t known = sink_topic_count(&slot->sink);

    if (slot->order && sink_is_open(&slot->sink) && known > slot->order->table->temp_count + SINK_TOPICS_STALE_MAX)
        sink_close(&slot->sink);
}
