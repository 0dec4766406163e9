/* See the header. Anything that fails ends the instance, and is tried again by whoever asked. */
#include "worker/kafka/mover.h"

int mover_ready(struct mover *mover, struct reason *why)
{
    char id[SPEC_TRANSACTIONAL_ID_SIZE];
    int result;

    if (sink_topic_count(&mover->sink) > SINK_TOPICS_STALE_MAX)
        sink_close(&mover->sink); /* K-11 */
    if (sink_is_open(&mover->sink))
        return 0;
    spec_transactional_id(mover->spec, 'm', id);
    result = sink_open(&mover->sink, mover->credentials, id, mover->health, mover->watch, why);
    if (result < 0)
        return result;
    return result ? MOVER_FAILED : 0;
}

int mover_settle(struct mover *mover, int outcome, const char *doing, const char *name, struct reason *why)
{
    if (outcome <= 0)
        return outcome;
    if (outcome == SINK_FENCED) {
        (void)reason_set(why, REASON_WORKER_FENCED, 0, "another worker has taken the transactions of %s over",
                         mover->spec->transactional_id);
        worker_die(WORKER_EXIT_FENCED, why);
    }
    (void)errors_reason(mover->sink.last_error ? mover->sink.last_error : RD_KAFKA_RESP_ERR__TIMED_OUT,
                        &(struct errors_context){doing, "Read", "group", name}, 0, why);
    sink_close(&mover->sink);
    return MOVER_FAILED;
}

int mover_position(struct mover *mover, const char *group, const char *topic, const int64_t *offsets, uint32_t count,
                   struct reason *why)
{
    struct sink_offsets positions = {.group = group};
    int result = mover_ready(mover, why);

    if (result)
        return result;
    positions.list = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++)
        if (offsets[i] >= 0)
            rd_kafka_topic_partition_list_add(positions.list, topic, (int32_t)i)->offset = offsets[i];
    if (positions.list->cnt > 0) {
        result = sink_begin(&mover->sink, NULL);
        if (!result)
            result = sink_commit(&mover->sink, &positions);
    }
    rd_kafka_topic_partition_list_destroy(positions.list);
    return mover_settle(mover, result, "commit positions of", group, why);
}

void mover_close(struct mover *mover) { sink_close(&mover->sink); }
