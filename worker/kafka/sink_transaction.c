/* Begin, commit and abort, and what their errors mean (K-5, K-6). */
#include "worker/kafka/sink_private.h"

#include "common/base/log.h"

#define SERVE_STEP_MS 20

static bool is_fenced(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
        return true;
    default:
        return false;
    }
}

/* The broker gives the same answer to whom it fenced and to whose transaction it timed out. */
static bool timed_out(const struct sink *sink)
{
    return sink->open && mono_reached(mono_now(), mono_after(sink->begun, SINK_TRANSACTION_MS));
}

static int error_outcome(struct sink *sink, rd_kafka_error_t *error, const char *doing)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    bool abort = rd_kafka_error_txn_requires_abort(error) != 0;
    bool fatal = rd_kafka_error_is_fatal(error) != 0;

    rd_kafka_error_destroy(error);
    sink->last_error = code;
    log_info("worker.kafka.sink", "a transaction's call failed", LF_STR("call", doing),
             LF_STR("code", rd_kafka_err2name(code)), LF_INT("abort", abort), LF_INT("fatal", fatal));
    if (is_fenced(code))
        return timed_out(sink) ? SINK_UNKNOWN : SINK_FENCED;
    /* What a broker could not tell itself is uncertain, though the library would abort and go on (K-6). */
    if (abort && !fatal && code != RD_KAFKA_RESP_ERR_UNKNOWN)
        return SINK_VOID;
    return SINK_UNKNOWN;
}

static int offsets_send(struct sink *sink, const struct sink_offsets *offsets)
{
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new(offsets->group);
    rd_kafka_error_t *error;

    worker_watch_enter(sink->watch, "add positions to a transaction");
    error = rd_kafka_send_offsets_to_transaction(sink->rk, offsets->list, group, SINK_CALL_MS);
    worker_watch_leave(sink->watch);
    rd_kafka_consumer_group_metadata_destroy(group);
    return error ? error_outcome(sink, error, "send_offsets") : 0;
}

int sink_begin(struct sink *sink, const struct sink_offsets *settle)
{
    rd_kafka_error_t *error;

    check(!sink->open);
    sink->failed = false;
    sink->failure_count = 0;
    sink->last_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    error = rd_kafka_begin_transaction(sink->rk);
    if (error)
        return error_outcome(sink, error, "begin");
    sink->open = true;
    sink->begun = mono_now();
    return settle ? offsets_send(sink, settle) : 0;
}

static int flush(struct sink *sink)
{
    struct mono deadline = mono_after(sink->begun, SINK_TRANSACTION_MS);

    worker_watch_enter(sink->watch, "wait for delivery reports");
    while (sink->in_flight > 0 && !sink->failed && !mono_reached(mono_now(), deadline))
        (void)rd_kafka_flush(sink->rk, SERVE_STEP_MS); /* serves reports, and lets nothing linger */
    worker_watch_leave(sink->watch);
    if (sink->failed)
        return SINK_VOID;
    return sink->in_flight > 0 ? SINK_UNKNOWN : 0;
}

int sink_commit(struct sink *sink, const struct sink_offsets *offsets)
{
    rd_kafka_error_t *error;
    int result;

    check(sink->open);
    /* Positions first: the call's round trips pass while records are still on their way. */
    result = offsets_send(sink, offsets);
    if (!result)
        result = flush(sink);
    if (result)
        return result;
    worker_watch_enter(sink->watch, "commit a transaction");
    error = rd_kafka_commit_transaction(sink->rk, SINK_CALL_MS);
    worker_watch_leave(sink->watch);
    if (error)
        return error_outcome(sink, error, "commit");
    sink->open = false;
    sink->ended = mono_now();
    return 0;
}

rd_kafka_resp_err_t sink_transaction_error(struct sink *sink)
{
    rd_kafka_error_t *error;
    rd_kafka_resp_err_t code;

    if (sink->last_error || !sink->open)
        return sink->last_error;
    /* Refused in a transaction that is open, without any effect; in one that has failed, with what it failed by. */
    error = rd_kafka_begin_transaction(sink->rk);
    code = rd_kafka_error_txn_requires_abort(error) ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_error_destroy(error);
    return code;
}

int sink_abort(struct sink *sink)
{
    rd_kafka_error_t *error;
    int result;

    if (!sink->open)
        return 0;
    worker_watch_enter(sink->watch, "abort a transaction");
    error = rd_kafka_abort_transaction(sink->rk, SINK_CALL_MS);
    worker_watch_leave(sink->watch);
    result = error ? error_outcome(sink, error, "abort") : 0;
    if (result)
        return result == SINK_FENCED ? SINK_FENCED : SINK_UNKNOWN;
    sink->open = false;
    sink->ended = mono_now();
    return 0;
}
