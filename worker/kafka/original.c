/* See the header. */
#include "worker/kafka/original.h"

#include "worker/kafka/bounds.h"
#include "worker/kafka/foreign.h"
#include "worker/kafka/gate.h"
#include "worker/kafka/temp_shape.h"
#include <stdlib.h>

/* Without it nothing can begin; but what is there of the split can be handed on, drained and deleted (K-12). */
static bool original_is_optional(enum worker_mode mode) { return mode == WORKER_MODE_FORWARD || order_drains(mode); }

int original_gone(const struct converge *converge, struct reason *why)
{
    int result = original_is_optional(converge->table->mode) ? 0 : ADMIN_FAILED;

    return reason_set(why, REASON_TOPIC_NOT_FOUND, result, "the original topic %s is gone", converge->spec.topic);
}

int original_identify(struct converge *converge, struct reason *why)
{
    const struct kafka_spec *spec = &converge->spec;
    int result;

    if (converge->identified)
        return 0;
    result = admin_cluster(&converge->admin, converge->cluster, sizeof converge->cluster, why);
    if (result)
        return result;
    if (spec->cluster[0] && strcmp(spec->cluster, converge->cluster) != 0)
        return reason_set(
            why, REASON_CLUSTER_DIFFERS, ADMIN_FAILED,
            "the client properties lead to cluster %s, but the split was made on cluster %s; nothing was "
            "touched",
            converge->cluster, spec->cluster);
    result = admin_topic_look(&converge->admin, spec->topic, &converge->source, why);
    converge->gone = result == ADMIN_ABSENT && original_is_optional(converge->table->mode);
    if (result && !converge->gone)
        return ADMIN_FAILED;
    converge->identified = true;
    return 0;
}

/* A name that nobody has: only asked about, never made. */
static int create_check(struct converge *converge, struct reason *why)
{
    struct admin_topic shape = {.partitions = 1, .replicas = ADMIN_REPLICAS_DEFAULT};
    int result = admin_topic_create(&converge->admin, converge->spec.transactional_id, &shape, NULL, 0, true, why);

    /* A policy may still take the real ones; only the missing right is certain. */
    return result && why->code != REASON_TOPIC_REFUSED ? ADMIN_FAILED : 0;
}

static int transactions_check(struct converge *converge, struct reason *why)
{
    CLEANUP(cleanup_freep) struct sink *sink = calloc(1, sizeof *sink);
    char id[SPEC_TRANSACTIONAL_ID_SIZE];
    int result;

    if (!sink)
        return -ENOMEM;
    spec_transactional_id(&converge->spec, 'c', id);
    result = sink_open(sink, converge->credentials, id, &converge->health, converge->watch, why);
    if (!result)
        sink_close(sink);
    return result > 0 ? ADMIN_FAILED : result;
}

/* Reading nothing from an end of the log shows whether it may be read. */
static int read_check(struct converge *converge, struct reason *why)
{
    struct admin_range one = {.first = 0, .stride = 1, .end = 1};
    int64_t end = 0;
    rd_kafka_message_t *message = NULL;
    int result = reader_ends(&converge->reader, converge->spec.topic, one, &end, why);

    if (!result)
        result = reader_start(&converge->reader, converge->spec.topic, 0, end, why);
    if (result)
        return result < 0 ? result : ADMIN_FAILED;
    result = reader_next(&converge->reader, &message, why);
    reader_stop(&converge->reader);
    if (result == 0)
        rd_kafka_message_destroy(message);
    return result == READER_FAILED ? ADMIN_FAILED : 0;
}

int original_check(struct converge *converge, struct reason *why)
{
    const struct kafka_spec *spec = &converge->spec;
    struct admin_range range = {.first = 0, .stride = 1, .end = converge->source.partitions};
    CLEANUP(cleanup_freep) int64_t *offsets = calloc(converge->source.partitions + 1, sizeof *offsets);
    struct group_view view;
    int result;

    if (!offsets)
        return -ENOMEM;
    result = group_look(&converge->admin, spec->group, spec->topic, &view, why);
    if (!result)
        result = admin_committed_now(&converge->admin, spec->group, spec->topic, range, offsets, why);
    if (!result)
        result = create_check(converge, why);
    if (!result)
        result = read_check(converge, why);
    if (!result)
        result = transactions_check(converge, why);
    return result;
}

static const struct worker_position *recorded_of(const struct worker_table *table, uint32_t partition)
{
    for (size_t i = 0; i < table->position_count; i++)
        if (table->positions[i].partition == partition)
            return &table->positions[i];
    return NULL;
}

/* What is committed and where the log begins and ends, of the partitions of a range. */
static int bounds_read(struct converge *converge, struct admin_range range, struct bounds *bounds, struct reason *why)
{
    const struct kafka_spec *spec = &converge->spec;
    int result;

    bounds_lows(converge, bounds);
    result = admin_committed(&converge->admin, spec->group, spec->topic, range, bounds->seen, why);
    if (!result)
        result = admin_log_range(&converge->admin, spec->topic, range, bounds->starts, bounds->ends, why);
    return result;
}

/* Where a group begins that has no offset is still open (K-3); of one that has, nothing behind it is ours (K-9). */
static struct worker_position position_record(uint32_t partition, const struct bounds *bounds)
{
    int64_t committed = bounds->seen[partition];

    if (committed >= 0)
        return (struct worker_position){.partition = partition, .start = committed, .end = committed};
    return (struct worker_position){
        .partition = partition, .start = bounds->starts[partition], .end = bounds->ends[partition]};
}

int original_positions_tell(struct converge *converge, struct reason *why)
{
    uint32_t count = converge->source.partitions;
    struct admin_range range = {.stride = 1, .end = count};
    CLEANUP(cleanup_freep) struct worker_position *positions = calloc(count + 1, sizeof *positions);
    CLEANUP(bounds_deinit) struct bounds bounds = {0};
    int result = positions ? bounds_new(count, &bounds) : -ENOMEM;

    if (!result)
        result = bounds_read(converge, range, &bounds, why);
    /* A consumer of committed data that begins at the end begins before what is not finished. */
    if (!result && reader_ends(&converge->reader, converge->spec.topic, range, bounds.ends, why))
        result = ADMIN_FAILED;
    if (result)
        return result;
    for (uint32_t p = 0; p < count; p++)
        positions[p] = position_record(p, &bounds);
    worker_report_positions(converge->runtime, positions, count);
    converge->positions_told = true;
    return 0;
}

static void lost_tell(struct converge *converge, uint32_t partition, int64_t position)
{
    struct reason why;

    (void)reason_set(&why, REASON_POSITION_LOST, 0,
                     "topic %s, partition %u: the offset of group %s is gone; going on at %lld, the log's start",
                     converge->spec.topic, partition, converge->spec.group, (long long)position);
    worker_report_event(converge->runtime, &why, "");
    worker_report_condition(converge->runtime, &why, "", true);
}

/* Positions to be committed, in place of those that are there. */
static void positions_choose(struct converge *converge, uint32_t first, struct bounds *bounds)
{
    for (uint32_t p = 0; p < bounds->count; p++) {
        const struct worker_position *recorded = recorded_of(converge->table, p);
        /* We have seen one here, so it is not the first start. */
        bool had = p < converge->positioned || converge->made_again;

        if (p < first || bounds->seen[p] >= 0) {
            bounds->seen[p] = ADMIN_OFFSET_NONE;
            continue;
        }
        bounds->seen[p] = gate_position(had ? NULL : recorded, converge->spec.earliest, bounds->starts[p]);
        if (had)
            lost_tell(converge, p, bounds->seen[p]);
    }
}

static bool any_missing(const struct bounds *bounds, uint32_t first)
{
    for (uint32_t p = first; p < bounds->count; p++)
        if (bounds->seen[p] < 0)
            return true;
    return false;
}

/* Offsets that are missing at a broker that has just come back may only not be loaded yet, as others are not (K-9). */
static int missing_await(struct converge *converge, uint32_t first, struct bounds *bounds, struct reason *why)
{
    uint32_t p = 0;

    bounds_highs(converge, bounds);
    if (!any_missing(bounds, first) || !foreign_doubted(converge->foreign) ||
        bounds_sign(bounds, first, &p) != SUSPICION_SIGN_BEHIND)
        return 0;
    return bounds_behind(&converge->spec, p, bounds->seen[p], bounds->lows[p], ADMIN_FAILED, why);
}

int original_positions_ensure(struct converge *converge, struct reason *why)
{
    bool running = converge->order && converge->order->run;
    struct admin_range range = {.stride = 1, .end = converge->source.partitions};
    CLEANUP(bounds_deinit) struct bounds bounds = {0};
    int result;

    /* While slots run only added partitions are looked at: the offsets of the others are in their transactions. */
    range.first = running ? converge->order->partitions : 0;
    if (range.first >= range.end)
        return 0;
    result = bounds_new(range.end, &bounds);
    if (!result)
        result = bounds_read(converge, range, &bounds, why);
    if (!result)
        result = missing_await(converge, range.first, &bounds, why);
    if (result)
        return result;
    positions_choose(converge, range.first, &bounds);
    result =
        mover_position(&converge->mover, converge->spec.group, converge->spec.topic, bounds.seen, range.end, why);
    if (!result)
        converge->positioned = range.end;
    return result;
}
