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

static void seen_note(struct temp *temp, const struct answer_queue *queue)
{
    temp->seen = temp->exists = true;
    temp->gone_since = (struct mono){0};
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
        temp_gone_note(temp, answer->why);
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
