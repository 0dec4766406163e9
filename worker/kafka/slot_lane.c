/* The slot's partitions: where they stand and which of them receive.
 *
 * A position that is no longer in the log is not waited for: forwarding goes on at the log's start, and says so (K-12). */
#include "worker/kafka/slot_private.h"

#include "worker/kafka/bounds.h"

#include <stdlib.h>

static uint32_t lanes_of(const struct slot *slot, uint32_t partitions)
{
    uint32_t number = slot->setup.number;

    return partitions > number ? (partitions - number - 1) / SLOT_COUNT + 1 : 0;
}

struct lane *slot_lane(struct slot *slot, int32_t partition)
{
    uint32_t index = (uint32_t)partition / SLOT_COUNT;

    if (partition < 0 || (uint32_t)partition % SLOT_COUNT != slot->setup.number || index >= slot->lane_count)
        return NULL;
    return &slot->lanes[index];
}

static void lane_stop(struct slot *slot, struct lane *lane)
{
    if (!lane->receiving)
        return;
    worker_watch_enter(slot->watch, "stop receiving a partition");
    (void)rd_kafka_consume_stop(slot->source_topic, lane->partition);
    worker_watch_leave(slot->watch);
    lane->receiving = false;
}

static int committed_fit(struct slot *slot, uint32_t count)
{
    struct slot_committed *committed = realloc(slot->committed, (count + 1) * sizeof *committed);

    if (!committed)
        return -ENOMEM;
    for (uint32_t i = slot->committed_count; i < count; i++)
        committed[i] = (struct slot_committed){-1, -1};
    slot->committed = committed;
    slot->committed_count = count;
    return 0;
}

static int lanes_add(struct slot *slot, uint32_t count)
{
    struct lane *lanes = realloc(slot->lanes, count * sizeof *lanes);
    int result;

    if (!lanes)
        return -ENOMEM;
    slot->lanes = lanes;
    for (uint32_t i = slot->lane_count; i < count; i++)
        lanes[i] = (struct lane){.partition = (int32_t)(i * SLOT_COUNT + slot->setup.number), .produced = -1};
    slot->lane_count = count;
    pthread_mutex_lock(&slot->mutex);
    result = committed_fit(slot, count);
    pthread_mutex_unlock(&slot->mutex);
    return result;
}

/* Of a topic that was made again with fewer partitions: nothing of them is left, and no transaction is open. */
static void lanes_drop(struct slot *slot, uint32_t count)
{
    for (uint32_t i = count; i < slot->lane_count; i++)
        lane_stop(slot, &slot->lanes[i]);
    slot->lane_count = count;
    pthread_mutex_lock(&slot->mutex);
    slot->committed_count = count;
    pthread_mutex_unlock(&slot->mutex);
}

int slot_lanes_fit(struct slot *slot, uint32_t partitions)
{
    uint32_t count = lanes_of(slot, partitions);

    if (count > slot->lane_count)
        return lanes_add(slot, count);
    if (count < slot->lane_count)
        lanes_drop(slot, count);
    return 0;
}

static void position_lost(struct slot *slot, const struct lane *lane, int64_t committed, int64_t start, int64_t end)
{
    struct reason why;

    (void)reason_set(&why, REASON_POSITION_LOST, 0,
                     "topic %s, partition %d: position %lld is not in the log (%lld to %lld); going on at its start",
                     slot->setup.spec->topic, lane->partition, (long long)committed, (long long)start,
                     (long long)end);
    worker_report_event(slot->setup.runtime, &why, "");
    worker_report_condition(slot->setup.runtime, &why, "", true);
    pthread_mutex_lock(&slot->mutex);
    slot->status.lost_at = mono_now();
    pthread_mutex_unlock(&slot->mutex);
}

static void lane_position(struct slot *slot, struct lane *lane, int64_t committed, int64_t start, int64_t end)
{
    lane->next = committed;
    lane->produced = -1;
    if (committed < start || committed > end) {
        position_lost(slot, lane, committed, start, end);
        lane->next = start;
        slot->recommit_at = mono_now(); /* so that it is lost only once, though nothing may come */
    }
    lane->positioned = true;
}

/* By the record and by what we committed; what somebody else left is ours from where it is (K-9). */
void slot_lanes_bound(struct slot *slot, const struct order *order)
{
    const struct worker_table *table = order->table;

    pthread_mutex_lock(&slot->mutex);
    for (uint32_t i = 0; order->forgiven != slot->forgiven && i < slot->lane_count; i++)
        slot->committed[i] = (struct slot_committed){0, INT64_MAX};
    for (size_t i = 0; i < table->position_count; i++) {
        const struct lane *lane = slot_lane(slot, (int32_t)table->positions[i].partition);
        struct slot_committed *committed = lane ? &slot->committed[lane - slot->lanes] : NULL;

        if (committed && committed->low < 0)
            *committed = (struct slot_committed){table->positions[i].start, INT64_MAX};
    }
    pthread_mutex_unlock(&slot->mutex);
    slot->forgiven = order->forgiven;
}

/* Never forwarded from: either it comes right, or the converge thread finds that somebody else has set it. */
static int lanes_behind(struct slot *slot, const int64_t *committed, const int64_t *starts, const int64_t *ends,
                        struct reason *why)
{
    for (uint32_t i = 0; i < slot->lane_count; i++) {
        int32_t p = slot->lanes[i].partition;
        struct suspicion_offset offset = {.low = slot->committed[i].low,
                                          .high = INT64_MAX,
                                          .seen = committed[p],
                                          .log_start = starts[p],
                                          .log_end = ends[p]};

        if (!slot->lanes[i].positioned && suspicion_judge(&offset) == SUSPICION_SIGN_BEHIND)
            return bounds_behind(slot->setup.spec, (uint32_t)p, committed[p], offset.low, SINK_FAILED, why);
    }
    return 0;
}

static int lanes_missing(const struct slot *slot, const int64_t *committed, struct reason *why)
{
    for (uint32_t i = 0; i < slot->lane_count; i++)
        if (committed[slot->lanes[i].partition] < 0)
            return reason_set(why, REASON_POSITION_LOST, SINK_FAILED,
                              "group %s has no offset for topic %s, partition %d", slot->setup.spec->group,
                              slot->setup.spec->topic, slot->lanes[i].partition);
    return 0;
}

static void lanes_take(struct slot *slot, const int64_t *committed, const int64_t *starts, const int64_t *ends)
{
    for (uint32_t i = 0; i < slot->lane_count; i++) {
        int32_t p = slot->lanes[i].partition;

        if (slot->lanes[i].positioned)
            continue;
        lane_position(slot, &slot->lanes[i], committed[p], starts[p], ends[p]);
        pthread_mutex_lock(&slot->mutex);
        slot->committed[i] = (struct slot_committed){committed[p], committed[p]};
        pthread_mutex_unlock(&slot->mutex);
    }
}

/* The end over the sink's handle: an application that reads uncommitted data may have committed past unfinished
 * transactions, which hide the rest of the log from the source's handle. */
static int log_range(struct slot *slot, struct admin_range range, int64_t *starts, int64_t *ends, struct reason *why)
{
    struct admin_topic shape;
    struct admin admin;
    int result;

    admin_share(&admin, slot->sink.rk, slot->setup.health, slot->watch);
    result =
        admin_topic_look(&admin, slot->setup.spec->topic, &shape, why); /* the handle learns of added partitions */
    if (!result)
        result = admin_log_range(&admin, slot->setup.spec->topic, range, starts, ends, why);
    admin_close(&admin);
    return result;
}

int slot_lanes_position(struct slot *slot, struct reason *why)
{
    const struct kafka_spec *spec = slot->setup.spec;
    uint32_t end = slot->lane_count ? (uint32_t)slot->lanes[slot->lane_count - 1].partition + 1 : 0;
    struct admin_range range = {.first = slot->setup.number, .stride = SLOT_COUNT, .end = end};
    CLEANUP(cleanup_freep) int64_t *offsets = malloc((size_t)(end + 1) * 3 * sizeof *offsets);
    int64_t *starts = offsets ? offsets + end : NULL;
    int64_t *ends = offsets ? offsets + 2 * (size_t)end : NULL;

    if (!offsets)
        return -ENOMEM;
    if (admin_committed_own(&slot->admin, spec->group, spec->topic, range, offsets, why) ||
        log_range(slot, range, starts, ends, why) || lanes_behind(slot, offsets, starts, ends, why) ||
        lanes_missing(slot, offsets, why))
        return SINK_FAILED;
    lanes_take(slot, offsets, starts, ends);
    return 0;
}

static void lane_start(struct slot *slot, struct lane *lane)
{
    if (lane->receiving)
        return;
    worker_watch_enter(slot->watch, "start receiving a partition");
    lane->receiving = rd_kafka_consume_start_queue(slot->source_topic, lane->partition, lane->next, slot->queue) == 0;
    worker_watch_leave(slot->watch);
}

void slot_lanes_receive(struct slot *slot)
{
    struct mono now = mono_now();

    for (uint32_t i = 0; i < slot->lane_count; i++) {
        struct lane *lane = &slot->lanes[i];
        bool held = (uint32_t)lane->partition >= slot->order->partitions || slot->order->held[lane->partition];

        if (mono_is_set(lane->retry_at) && mono_reached(now, lane->retry_at))
            lane->retry_at = (struct mono){0};
        if (slot->order->run && lane->positioned && !held && !mono_is_set(lane->retry_at))
            lane_start(slot, lane);
        else
            lane_stop(slot, lane);
    }
}

void slot_lanes_stop(struct slot *slot)
{
    for (uint32_t i = 0; i < slot->lane_count; i++)
        lane_stop(slot, &slot->lanes[i]);
}

void slot_lanes_forget(struct slot *slot)
{
    slot_lanes_stop(slot);
    for (uint32_t i = 0; i < slot->lane_count; i++) {
        slot->lanes[i].positioned = false;
        slot->lanes[i].produced = -1;
    }
}

/* The library keeps the ends that each answer to a fetch brings; asking it costs no request. */
uint64_t slot_lanes_lag(const struct slot *slot)
{
    uint64_t sum = 0;
    bool known = false;

    for (uint32_t i = 0; i < slot->lane_count; i++) {
        const struct lane *lane = &slot->lanes[i];
        int64_t low, high;

        if (!lane->receiving || !lane->positioned ||
            rd_kafka_get_watermark_offsets(slot->source, slot->setup.spec->topic, lane->partition, &low, &high) ||
            high < 0)
            continue;
        known = true;
        sum += high > lane->next ? (uint64_t)(high - lane->next) : 0;
    }
    return known ? sum : FIGURE_UNKNOWN;
}
