/* What follows when a step did not succeed: void, replay with other instructions, a new instance, or the end.
 *
 * The only place that handles outcomes of a slot's steps. Uncertainty is never guessed away: whatever may or may not
 * have been committed is asked of the broker before anything is received again (K-6). */
#include "worker/kafka/slot_private.h"

#include "common/base/log.h"
#include "common/loop/pause.h"

static void wait_longer(struct slot *slot)
{
    static const struct backoff backoff = {.first_ms = 50, .max_ms = SLOT_BACKOFF_MAX_MS};
    int64_t delay_ms = pause_next_ms(&backoff, &slot->attempts);

    slot->failed_at = mono_now();
    if (slot->attempts >= SLOT_TROUBLE_ATTEMPTS && slot->blocked.code != REASON_NONE)
        slot_trouble(slot, &slot->blocked);
    slot_pause(slot, (uint32_t)delay_ms);
}

void slot_blocked(struct slot *slot, rd_kafka_resp_err_t error, const struct errors_context *doing)
{
    (void)errors_reason(error, doing, 0, &slot->blocked);
}

void slot_succeeded(struct slot *slot)
{
    if (!slot->attempts)
        return;
    slot->attempts = 0;
    slot->blocked = (struct reason){0};
    slot_trouble(slot, NULL);
}

static void work_forget(struct slot *slot)
{
    for (size_t i = 0; i < slot->touched_count; i++)
        slot->counts[slot->touched[i]] = (struct slot_count){0};
    slot->touched_count = 0;
    tally_give_back(slot->setup.tally, slot->setup.number, slot->figures.received);
    slot->figures = (struct figures){0};
    slot->bytes = 0;
    slot->only = NULL;
}

static void lost_tell(struct slot *slot)
{
    pthread_mutex_lock(&slot->mutex);
    slot->status.destination_lost = true;
    pthread_mutex_unlock(&slot->mutex);
    slot->setup.changed(slot->setup.opaque);
    sink_prime(&slot->sink); /* it may only be new, or have grown */
}

/* It was not sent because a neighbour was refused. */
static bool is_purged(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

/* True: replaying at once makes sense; false: wait first. */
static bool failure_judge(struct slot *slot, const struct sink_failure *failure)
{
    struct errors_context doing = {"write to", "Write", "topic", failure->topic};
    struct destination *destination;

    if (!is_purged(failure->error))
        slot_blocked(slot, failure->error, &doing);
    switch (errors_refusal(failure->error)) {
    case ERRORS_REFUSAL_TRANSIENT:
        return false;
    case ERRORS_REFUSAL_RECORD:
        slot_record_refuse(slot, failure);
        return true;
    case ERRORS_REFUSAL_DESTINATION:
        destination = slot_destination_named(slot, failure->topic);
        if (!destination || destination == slot->fallback)
            return false;
        slot_destination_refuse(slot, destination);
        return true;
    case ERRORS_REFUSAL_LOST:
        lost_tell(slot);
        return false;
    }
    return false;
}

static struct errors_context publishing(const struct slot *slot)
{
    return (struct errors_context){"publish under", "Write", "transactional id", slot->transactional_id};
}

/* The coordinator refused a partition without saying of which topic. */
static bool unnamed_judge(struct slot *slot)
{
    rd_kafka_resp_err_t error = sink_transaction_error(&slot->sink);
    struct errors_context doing = publishing(slot);
    struct destination *only = NULL;

    log_info("worker.kafka.slot", "a transaction is void", LF_STR("code", rd_kafka_err2name(error)));
    if (slot->only)
        only = &slot->destinations[slot->only - slot->destinations];
    if (error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        doing = (struct errors_context){"commit positions of", "Read", "group", slot->setup.spec->group};
    else if (only && errors_refusal(error) != ERRORS_REFUSAL_TRANSIENT)
        doing = (struct errors_context){"write to", "Write", "topic", only->name};
    slot_blocked(slot, error, &doing);
    if (errors_refusal(error) == ERRORS_REFUSAL_LOST)
        lost_tell(slot);
    if (errors_refusal(error) != ERRORS_REFUSAL_DESTINATION)
        return false;
    if (mono_is_set(slot->single_until) && only && !slot->bare && slot_any_suspect(slot)) {
        slot->bare = only; /* it, or a mirror: the next transaction for it shows which */
        return true;
    }
    if (mono_is_set(slot->single_until))
        slot_suspects_acquit(slot);
    if (mono_is_set(slot->single_until) && only && only != slot->fallback) {
        slot_destination_refuse(slot, only);
        return true;
    }
    if (mono_is_set(slot->single_until))
        return false; /* the fallback itself */
    slot->single_until = mono_after(mono_now(), SLOT_DESTINATION_RETRY_MS);
    return true;
}

static bool failures_judge(struct slot *slot)
{
    bool understood = false;

    for (size_t i = 0; i < slot->sink.failure_count; i++)
        understood = failure_judge(slot, &slot->sink.failures[i]) || understood;
    /* Neighbours in a refused batch are purged, which looks transient: replay at once if anything was understood. */
    return understood || unnamed_judge(slot);
}

static void instance_give_up(struct slot *slot)
{
    work_forget(slot);
    slot_lanes_forget(slot);
    sink_close(&slot->sink);
    slot->unresolved = true;
    for (size_t i = 0; slot->order && i < slot->order->table->temp_count; i++)
        slot->destinations[i].topic = NULL; /* its handles are gone */
}

static int transaction_void(struct slot *slot)
{
    bool at_once = failures_judge(slot);
    int result = sink_abort(&slot->sink);

    work_forget(slot);
    slot_lanes_forget(slot);
    if (!result && !at_once)
        wait_longer(slot);
    return result;
}

static bool void_by_broker(struct slot *slot)
{
    for (size_t i = 0; i < slot->sink.failure_count; i++) {
        rd_kafka_resp_err_t error = slot->sink.failures[i].error;

        if (!is_purged(error))
            return errors_of_broker(error);
    }
    return errors_of_broker(sink_transaction_error(&slot->sink));
}

/* After what follows positions may be read again from a broker that has only just come back. */
static void failure_count(struct slot *slot, int outcome, const struct reason *why)
{
    if (outcome == SLOT_LANE_LOST || (outcome == SINK_FAILED && why->code != REASON_BROKER_UNREACHABLE) ||
        (outcome == SINK_VOID && !void_by_broker(slot)))
        return;
    pthread_mutex_lock(&slot->mutex);
    slot->status.failures++;
    pthread_mutex_unlock(&slot->mutex);
}

void slot_recover(struct slot *slot, int outcome, const struct reason *why)
{
    struct errors_context doing = publishing(slot);
    struct reason fenced;

    failure_count(slot, outcome, why);
    if (outcome == SINK_UNKNOWN)
        slot_blocked(slot, slot->sink.last_error ? slot->sink.last_error : RD_KAFKA_RESP_ERR__TIMED_OUT, &doing);
    if (outcome == SINK_VOID)
        outcome = transaction_void(slot); /* which knows why; that the abort fails as well says less */
    if (outcome == 0)
        return;
    if (outcome == SINK_FENCED) {
        (void)reason_set(&fenced, REASON_WORKER_FENCED, 0, "another worker has taken the transactional id %s over",
                         slot->transactional_id);
        worker_die(WORKER_EXIT_FENCED, &fenced);
    }
    if (outcome == -ENOMEM) {
        (void)reason_set(&fenced, REASON_WORKER_CRASHED, 0, "out of memory");
        worker_die(WORKER_EXIT_MEMORY, &fenced);
    }
    if (outcome == SINK_FAILED)
        slot_trouble(slot, why);
    if (outcome == SINK_UNKNOWN || (outcome == SLOT_LANE_LOST && sink_abort(&slot->sink)))
        instance_give_up(slot);
    if (outcome == SLOT_LANE_LOST) {
        work_forget(slot);
        slot_lanes_forget(slot);
    }
    wait_longer(slot);
}
