/* What a transaction with leftovers that did not come through teaches: as for what is forwarded, a record is tried alone,
 * then without the added header, then for the fallback, and a queue that takes nothing is left out for a while (C-8,
 * K-16). */
#include "worker/kafka/move_private.h"

#define REPORT_WAIT_MS 100
#define REFUSED_AGAIN_MS 30000 /* of a session's queue that refuses everything */

bool move_is_single(const struct move *move)
{
    struct mono until = move->temp->emptying.single_until;

    return mono_is_set(until) && !mono_reached(mono_now(), until);
}

static int topic_blame(rd_kafka_resp_err_t error, const char *topic, struct reason *why)
{
    return errors_reason(error, &(struct errors_context){"move leftovers to", "Write", "topic", topic}, MOVER_FAILED,
                         why);
}

/* error: why, if it is the fallback or the original, which nothing else can stand in for. */
static int topic_refuse(struct move *move, rd_kafka_resp_err_t error, const char *topic, struct reason *why)
{
    struct converge *converge = move->converge;
    struct temp *temp = temps_find(converge, topic);
    struct reason what;

    if (!temp || temp->wanted->role != WORKER_TEMP_SESSION)
        return topic_blame(error, topic, why);
    temp->refused_until = mono_after(mono_now(), REFUSED_AGAIN_MS);
    (void)reason_set(
        &what, REASON_DESTINATION_REFUSED, 0,
        "topic %s takes no messages: the ACL Write on topic %s may be missing; what was left in %s goes to "
        "the fallback for now",
        topic, topic, move->temp->name);
    worker_report_event(converge->runtime, &what, temp->wanted->session);
    return 0;
}

static int record_refuse(struct move *move, const struct sink_failure *failure, struct reason *why)
{
    struct overrides *refused = &move->temp->emptying.refused;
    int result = overrides_raise(refused, failure->partition, failure->offset);

    if (result == -ENOMEM)
        return result;
    if (overrides_find(refused, failure->partition, failure->offset) != OVERRIDE_REFUSED)
        return 0;
    return reason_set(why, REASON_DESTINATION_REFUSED, MOVER_FAILED,
                      "topic %s refuses the message at partition %d, offset %lld of %s; it stays there",
                      failure->topic, failure->partition, (long long)failure->offset, move->temp->name);
}

static int failure_judge(struct move *move, const struct sink_failure *failure, struct reason *why)
{
    switch (errors_refusal(failure->error)) {
    case ERRORS_REFUSAL_TRANSIENT:
    case ERRORS_REFUSAL_LOST:
        return topic_blame(failure->error, failure->topic, why);
    case ERRORS_REFUSAL_RECORD:
        return record_refuse(move, failure, why);
    case ERRORS_REFUSAL_DESTINATION:
        return topic_refuse(move, failure->error, failure->topic, why);
    }
    return 0;
}

/* The coordinator refused a partition without saying of which topic. */
static int unnamed_judge(struct move *move, struct reason *why)
{
    rd_kafka_resp_err_t error = sink_transaction_error(&move->converge->mover.sink);

    if (errors_refusal(error) != ERRORS_REFUSAL_DESTINATION)
        return errors_reason(
            error ? error : RD_KAFKA_RESP_ERR__TIMED_OUT,
            &(struct errors_context){"move leftovers for", "Read", "group", move->temp->wanted->group}, MOVER_FAILED,
            why);
    if (move_is_single(move) && move->only)
        return topic_refuse(move, error, move->only, why);
    move->temp->emptying.single_until = mono_after(mono_now(), REFUSED_AGAIN_MS);
    return 0;
}

/* Neighbours in a refused batch fail as well, which looks transient: whatever was understood goes before that. */
int move_refusal_judge(struct move *move, struct reason *why)
{
    struct sink *sink = &move->converge->mover.sink;
    int worst = 0;
    bool understood = false;

    /* A call may fail by a refusal whose report is still to be served. */
    sink_serve(sink, sink->failure_count ? 0 : REPORT_WAIT_MS);
    for (size_t i = 0; i < sink->failure_count; i++) {
        int result = failure_judge(move, &sink->failures[i], why);

        if (result < 0)
            return result;
        understood = understood || result == 0;
        worst = result ? result : worst;
    }
    if (understood)
        return 0;
    if (!worst || errors_refusal(sink_transaction_error(sink)) == ERRORS_REFUSAL_DESTINATION)
        return unnamed_judge(move, why);
    return worst;
}
