/* See the header. One transaction at a time, on the converge thread. */
#include "worker/kafka/move_private.h"

#include "worker/kafka/leftovers.h"

#define MOVE_RECORDS_MAX 1000
#define MOVE_BYTES_MAX (16u << 20)

/* Where a message goes. */
struct target {
    const char *topic;
    const char *stamp;
    enum override_step step; /* it was refused before */
};

/* The headers as the message came with: what was added for its session is not the next one's concern. */
static size_t original_view(const struct move *move, const rd_kafka_message_t *message)
{
    struct route_header *headers = move->converge->headers;
    size_t count = record_view(message, headers, RECORD_HEADERS_MAX);
    rd_kafka_headers_t *all = NULL;

    if (rd_kafka_message_headers(message, &all) || !record_headers_stamped(all, move->temp->wanted->stamp))
        return count;
    return count < rd_kafka_header_cnt(all) ? count : count - 1; /* the last one may be beyond what was viewed */
}

/* A session's queue as far as it takes messages now. */
static void session_choose(struct move *move, const rd_kafka_message_t *message, struct target *target)
{
    struct converge *converge = move->converge;
    const struct worker_table *table = converge->table;
    struct route_decision decision;
    size_t count = original_view(move, message);
    const struct worker_session *session;
    const char *topic;

    route_decide(table->routes, converge->scratch, converge->headers, count, mono_now(), &decision);
    if (!decision.stolen)
        return;
    session = &table->sessions[decision.steal.destination];
    topic = table->temps[session->temp].name;
    if (!converge->order->ready[session->temp] ||
        !mono_reached(mono_now(), temps_find(converge, topic)->refused_until))
        return;
    target->topic = topic;
    target->stamp = target->step < OVERRIDE_WITHOUT_STAMP ? session->stamp : "";
}

/* Mirrors had their copy when the message came the first time. */
static void target_choose(struct move *move, const rd_kafka_message_t *message, struct target *target)
{
    struct converge *converge = move->converge;

    target->step = overrides_find(&move->temp->emptying.refused, message->partition, message->offset);
    target->stamp = "";
    target->topic = move->back ? converge->spec.topic : worker_table_fallback(converge->table)->name;
    if (!move->back && target->step < OVERRIDE_FALLBACK)
        session_choose(move, message, target);
}

/* What was refused has a transaction of its own, so that it can void only itself (K-16). */
static bool fits(const struct move *move, const struct target *target)
{
    if (move->records == 0)
        return true;
    return target->step == OVERRIDE_NONE && (!move_is_single(move) || strcmp(move->only, target->topic) == 0);
}

static int record_move(struct move *move, struct record *record, const struct target *target)
{
    struct sink *sink = &move->converge->mover.sink;
    rd_kafka_headers_t *headers;
    rd_kafka_topic_t *handle;
    int result = sink_topic(sink, target->topic, &handle);

    if (result)
        return result;
    headers = record_headers(record->message, RECORD_HEADERS_DETACH, "");
    record_headers_unstamp(headers, move->temp->wanted->stamp);
    headers = record_headers_stamp(headers, target->stamp);
    return sink_produce(sink, handle, record->message->partition, record, headers);
}

static int message_move(struct move *move, rd_kafka_message_t *message, const struct target *target)
{
    struct record *record;
    int result;

    move->next = message->offset + 1;
    move->bytes += message->len;
    move->records++;
    move->only = target->topic;
    move->alone = target->step != OVERRIDE_NONE;
    result = record_new_take(message, &record);
    if (result)
        return result;
    result = record_move(move, record, target);
    record_done(record);
    return result;
}

static int commit(struct move *move)
{
    struct sink_offsets offsets = {.group = move->temp->wanted->group};
    struct figures more = {.returned = move->records};
    int result;

    offsets.list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets.list, move->temp->name, (int32_t)move->partition)->offset = move->next;
    result = sink_commit(&move->converge->mover.sink, &offsets);
    rd_kafka_topic_partition_list_destroy(offsets.list);
    if (result)
        return result;
    overrides_settle(&move->temp->emptying.refused, (int32_t)move->partition, move->next);
    move->temp->emptying.moved += move->records;
    tally_split(&move->converge->tally, &more);
    if (move->temp->wanted->session[0])
        tally_session(&move->converge->tally, move->temp->wanted->session, &more);
    return 0;
}

/* As many messages as one transaction may hold. *ret_read: why there are no more, or 0. */
static int transaction_fill(struct move *move, int *ret_read, struct reason *why)
{
    int result = 0;

    while (!result && !move->alone && move->records < MOVE_RECORDS_MAX && move->bytes < MOVE_BYTES_MAX) {
        struct target target;

        if (!move->pending)
            *ret_read = reader_next(&move->converge->reader, &move->pending, why);
        if (*ret_read)
            return 0;
        target_choose(move, move->pending, &target);
        if (!fits(move, &target))
            return 0;
        result = message_move(move, TAKE(move->pending), &target);
    }
    return result;
}

/* Fills and commits one transaction. */
static int transaction_move(struct move *move, int *ret_read, struct reason *why)
{
    int result = sink_begin(&move->converge->mover.sink, NULL);

    move->records = 0;
    move->bytes = 0;
    move->alone = false;
    move->only = NULL;
    *ret_read = 0;
    if (!result)
        result = transaction_fill(move, ret_read, why);
    if (!result && move->records > 0)
        return commit(move);
    return result ? result : sink_abort(&move->converge->mover.sink);
}

/* A sink that was voided is good for the next transaction. */
static int outcome_settle(struct move *move, int outcome, struct reason *why)
{
    struct mover *mover = &move->converge->mover;
    const char *group = move->temp->wanted->group;
    struct reason ignored;
    int judged;

    if (outcome != SINK_VOID)
        return mover_settle(mover, outcome, "move leftovers for", group, why);
    judged = move_refusal_judge(move, why);
    outcome = sink_abort(&mover->sink);
    /* One of which the broker knows nothing yet cannot be aborted; what was learned of it holds for the next instance. */
    if (outcome)
        outcome = mover_settle(mover, outcome, "move leftovers for", group, &ignored);
    return judged ? judged : outcome < 0 ? outcome : 0;
}

static int portion_move(struct move *move, struct reason *why)
{
    struct converge *converge = move->converge;
    struct leftover *leftover = &move->temp->emptying.leftovers[move->partition];
    int read = 0;
    int result = reader_start(&converge->reader, move->temp->name, move->partition, leftover->from, why);

    if (result)
        return result;
    move->next = leftover->from;
    do
        result = transaction_move(move, &read, why);
    while (!result && read == 0 && !converge_portion_is_over(converge));
    reader_stop(&converge->reader);
    if (move->pending)
        rd_kafka_message_destroy(TAKE(move->pending));
    if (!result && read == READER_END)
        leftover_see(leftover, move->next, 0);
    if (result)
        return outcome_settle(move, result, why);
    return read == READER_FAILED ? ADMIN_FAILED : 0;
}

int move_partition(struct converge *converge, struct temp *temp, uint32_t partition, bool back, struct reason *why)
{
    struct move move = {.converge = converge, .temp = temp, .partition = partition, .back = back};
    int result = mover_ready(&converge->mover, why);

    if (!result && !back)
        result = route_scratch_prepare(converge->scratch, converge->table->routes);
    if (!result && !back && !worker_table_fallback(converge->table))
        return reason_set(why, REASON_TEMP_LOST, ADMIN_FAILED, "there is no fallback to move leftovers to");
    if (!result)
        result = portion_move(&move, why);
    return result > 0 ? ADMIN_FAILED : result;
}
