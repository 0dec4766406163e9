/* See the header. */
#include "worker/kafka/original.h"

#include "worker/kafka/gate.h"
#include "worker/kafka/temp_shape.h"
#include <stdlib.h>

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
    if (result)
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

struct ranges {
    int64_t *committed, *starts, *ends; /* one piece of memory */
};

static int ranges_read(struct converge *converge, struct admin_range range, struct ranges *ret, struct reason *why)
{
    const struct kafka_spec *spec = &converge->spec;
    size_t count = range.end;
    int64_t *offsets = calloc(3 * count + 1, sizeof *offsets);
    int result;

    if (!offsets)
        return -ENOMEM;
    *ret = (struct ranges){offsets, offsets + count, offsets + 2 * count};
    result = admin_committed(&converge->admin, spec->group, spec->topic, range, ret->committed, why);
    if (!result)
        result = admin_log_range(&converge->admin, spec->topic, range, ret->starts, ret->ends, why);
    /* A consumer of committed data that begins at the end begins before what is not finished. */
    if (!result && reader_ends(&converge->reader, spec->topic, range, ret->ends, why))
        result = ADMIN_FAILED;
    return result;
}

int original_positions_tell(struct converge *converge, struct reason *why)
{
    uint32_t count = converge->source.partitions;
    struct admin_range range = {.first = 0, .stride = 1, .end = count};
    CLEANUP(cleanup_freep) struct worker_position *positions = calloc(count + 1, sizeof *positions);
    struct ranges ranges = {0};
    size_t told = 0;
    int result;

    if (!positions)
        return -ENOMEM;
    result = ranges_read(converge, range, &ranges, why);
    for (uint32_t p = 0; !result && p < count; p++)
        if (ranges.committed[p] < 0)
            positions[told++] =
                (struct worker_position){.partition = p, .start = ranges.starts[p], .end = ranges.ends[p]};
    free(ranges.committed);
    if (result)
        return result;
    worker_report_positions(converge->runtime, positions, told);
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
static void positions_choose(struct converge *converge, struct admin_range range, struct ranges *ranges)
{
    for (uint32_t p = 0; p < range.end; p++) {
        const struct worker_position *recorded = recorded_of(converge->table, p);
        bool had = p < converge->positioned; /* we have seen one here, so it is not the first start */

        if (p < range.first || ranges->committed[p] >= 0) {
            ranges->committed[p] = -1;
            continue;
        }
        ranges->committed[p] = gate_position(had ? NULL : recorded, converge->spec.earliest, ranges->starts[p]);
        if (had)
            lost_tell(converge, p, ranges->committed[p]);
    }
}

int original_positions_ensure(struct converge *converge, struct reason *why)
{
    bool running = converge->order && converge->order->run;
    struct admin_range range = {.stride = 1, .end = converge->source.partitions};
    struct ranges ranges = {0};
    int result;

    /* While slots run only added partitions are looked at: the offsets of the others are in their transactions. */
    range.first = running ? converge->order->partitions : 0;
    if (range.first >= range.end)
        return 0;
    result = ranges_read(converge, range, &ranges, why);
    if (!result) {
        positions_choose(converge, range, &ranges);
        result = mover_position(&converge->mover, converge->spec.group, converge->spec.topic, ranges.committed,
                                range.end, why);
    }
    free(ranges.committed);
    if (!result)
        converge->positioned = range.end;
    return result;
}
