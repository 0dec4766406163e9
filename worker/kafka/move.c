/* See the header. One transaction at a time, on the converge thread. */
#include "worker/kafka/move.h"

#include "worker/kafka/leftovers.h"

#define MOVE_RECORDS_MAX 1000
#define MOVE_BYTES_MAX (16u << 20)

struct move {
    struct converge *converge;
    struct temp *temp;
    uint32_t partition;
    bool back;
    int64_t next; /* position of the temp's group after what is in the transaction */
    uint64_t records;
    size_t bytes;
};

static const char *session_topic(const struct move *move, const rd_kafka_message_t *message, uint32_t *ret_session)
{
    struct converge *converge = move->converge;
    const struct worker_table *table = converge->table;
    struct route_header headers[64];
    struct route_decision decision;
    size_t count = record_view(message, headers, sizeof headers / sizeof *headers);

    route_decide(table->routes, converge->scratch, headers, count, mono_now(), &decision);
    if (!decision.stolen || !converge->order->ready[table->sessions[decision.steal.destination].temp])
        return NULL;
    *ret_session = decision.steal.destination;
    return table->temps[table->sessions[decision.steal.destination].temp].name;
}

/* Mirrors had their copy when the message came the first time. */
static int record_move(struct move *move, struct record *record)
{
    struct converge *converge = move->converge;
    const struct worker_temp *fallback = worker_table_fallback(converge->table);
    const char *topic = converge->spec.topic;
    const char *stamp = "";
    rd_kafka_headers_t *headers;
    rd_kafka_topic_t *handle;
    uint32_t session;
    int result;

    if (!move->back) {
        topic = session_topic(move, record->message, &session);
        stamp = topic ? converge->table->sessions[session].stamp : "";
        topic = topic ? topic : fallback->name;
    }
    result = sink_topic(&converge->mover.sink, topic, &handle);
    if (result)
        return result;
    headers = record_headers(record->message, RECORD_HEADERS_DETACH, "");
    record_headers_unstamp(headers, move->temp->stamp);
    headers = record_headers_stamp(headers, stamp);
    return sink_produce(&converge->mover.sink, handle, record->message->partition, record, headers);
}

static int message_move(struct move *move, rd_kafka_message_t *message)
{
    struct record *record;
    int result;

    move->next = message->offset + 1;
    move->bytes += message->len;
    move->records++;
    result = record_new_take(message, &record);
    if (result)
        return result;
    result = record_move(move, record);
    record_done(record);
    return result;
}

static int commit(struct move *move)
{
    struct sink_offsets offsets = {.group = move->temp->wanted->group};
    struct worker_figures more = {.returned = move->records};
    int result;

    offsets.list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets.list, move->temp->name, (int32_t)move->partition)->offset = move->next;
    result = sink_commit(&move->converge->mover.sink, &offsets);
    rd_kafka_topic_partition_list_destroy(offsets.list);
    if (result)
        return result;
    move->temp->emptying.moved += move->records;
    tally_split(&move->converge->tally, &more);
    if (move->temp->wanted->session[0])
        tally_session(&move->converge->tally, move->temp->wanted->session, &more);
    return 0;
}

/* Fills and commits one transaction. *ret_end: the partition's end was reached. */
static int transaction_move(struct move *move, bool *ret_end, int *ret_read, struct reason *why)
{
    rd_kafka_message_t *message = NULL;
    int result = sink_begin(&move->converge->mover.sink, NULL);

    move->records = 0;
    move->bytes = 0;
    *ret_read = 0;
    while (!result && move->records < MOVE_RECORDS_MAX && move->bytes < MOVE_BYTES_MAX) {
        *ret_read = reader_next(&move->converge->reader, &message, why);
        if (*ret_read)
            break;
        result = message_move(move, message);
    }
    *ret_end = *ret_read == READER_END;
    if (!result && move->records > 0)
        return commit(move);
    return result ? result : sink_abort(&move->converge->mover.sink);
}

int move_partition(struct converge *converge, struct temp *temp, uint32_t partition, bool back, struct reason *why)
{
    struct leftover *leftover = &temp->emptying.leftovers[partition];
    struct move move = {
        .converge = converge, .temp = temp, .partition = partition, .back = back, .next = leftover->from};
    bool end = false;
    int read = 0;
    int result = mover_ready(&converge->mover, why);

    if (!result && !back)
        result = route_scratch_prepare(converge->scratch, converge->table->routes);
    if (!result && !back && !worker_table_fallback(converge->table))
        return reason_set(why, REASON_TEMP_LOST, ADMIN_FAILED, "there is no fallback to move leftovers to");
    if (!result)
        result = reader_start(&converge->reader, temp->name, partition, leftover->from, why);
    if (result)
        return result < 0 ? result : ADMIN_FAILED;
    do
        result = transaction_move(&move, &end, &read, why);
    while (!end && read == 0 && !result && !converge_portion_is_over(converge));
    reader_stop(&converge->reader);
    if (end && !result)
        leftover_see(leftover, move.next, 0);
    result = mover_settle(&converge->mover, result, "move leftovers for", temp->wanted->group, why);
    if (result)
        return result < 0 ? result : ADMIN_FAILED;
    return read == READER_FAILED ? ADMIN_FAILED : 0;
}
