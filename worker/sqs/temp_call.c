/* Calls about one temporary queue, what they show, and how failures are told. */
#include "worker/sqs/temp_private.h"

#include "worker/sqs/answer.h"

void temp_tell(const struct temp *temp, enum worker_temp_state state, const struct reason *why)
{
    struct reason none = {0};

    worker_report_temp(temp->sink.engine->runtime, temp->name, state, proof_sum(&temp->counts), temp->moved,
                       why ? why : &none);
}

void temp_fail(struct temp *temp, const struct reason *why)
{
    static const struct backoff backoff = {.first_ms = 200, .max_ms = 10000};

    pause_grow(&temp->pause, &backoff);
    temp_tell(temp, WORKER_TEMP_FAILED, why);
}

void temp_call(struct temp *temp, enum sqs_action action, struct str body, sqs_done_fn *done)
{
    struct sqs_request request = {.action = action, .queue = temp->name, .body = body, .done = done, .context = temp};

    if (sqs_call(temp->sink.engine->client, &request, &temp->call))
        engine_no_memory();
}

/* Somebody else has deleted it. */
static void lost_note(struct temp *temp)
{
    struct reason why;

    temp->sink.lost = true;
    temp->free_at = mono_after(mono_now(), TEMP_NAME_FREE_MS);
    (void)reason_set(&why, REASON_TEMP_LOST, 0,
                     "queue %s was deleted by somebody else; it is made again under its name after the 60 s that SQS "
                     "demands; what was sent there in its last minute may be lost",
                     temp->name);
    worker_report_event(temp->sink.engine->runtime, &why, temp->sink.session);
    temp_tell(temp, WORKER_TEMP_FAILED, &why);
}

/* One that we have just made may not be shown everywhere for a while. */
static void gone_note(struct temp *temp, const struct reason *why)
{
    struct mono now = mono_now();

    temp->seen = true;
    if (!temp->exists)
        return;
    if (mono_is_set(temp->created_at) && !mono_reached(now, mono_after(temp->created_at, TEMP_NAME_FREE_MS))) {
        temp_fail(temp, why);
        return;
    }
    temp->exists = false;
    temp->good = 0;
    if (temp->wanted && temp->wanted->want == WORKER_TEMP_WANT_PRESENT && temp->used)
        lost_note(temp);
}

static void seen_note(struct temp *temp, const struct answer_queue *queue)
{
    temp->seen = temp->exists = true;
    pause_end(&temp->pause);
    temp->good++;
    if (temp->good >= 2) {
        temp->used = true;
        temp->sink.lost = false;
    }
    if (!queue->counted)
        return;
    temp->counts = queue->counts;
    proof_note(&temp->proof, &queue->counts, temp->sink.last_sent, mono_now());
    drain_tell(temp);
}

static void on_looked(void *context, struct sqs_answer *answer)
{
    struct temp *temp = context;
    struct answer_queue queue;

    temp->call = NULL;
    temp->looked_at = mono_now();
    engine_wake(temp->sink.engine);
    if (answer->outcome == SQS_GONE) {
        gone_note(temp, answer->why);
        return;
    }
    if (answer->outcome != SQS_DONE) {
        temp_fail(temp, answer->why);
        return;
    }
    if (answer_queue_read(answer->document, &queue)) {
        struct reason why;

        (void)reason_set(&why, REASON_BROKER_BUSY, 0, "SQS told nothing of queue %s that can be understood",
                         temp->name);
        temp_fail(temp, &why);
        return;
    }
    seen_note(temp, &queue);
}

void temp_look(struct temp *temp)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);

    if (request_attributes(&buf, temp->sink.url))
        engine_no_memory();
    temp_call(temp, SQS_ACTION_ATTRIBUTES, buf_str(&buf), on_looked);
}
