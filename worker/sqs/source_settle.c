/* Deletions at the source: a message that was delivered is deleted, in batches, and again when that fails, as long as its
 * receipt is worth anything. What is not deleted comes again, and is deleted then; a duplicate at worst, never a loss (C-1). */
#include "worker/sqs/source_private.h"

#include "common/base/log.h"
#include "worker/sqs/answer.h"
#include "worker/sqs/batch.h"
#include "worker/sqs/request.h"

#include <stdlib.h>
#include <utlist.h>

#define DELETES_MAX 16

struct deletion {
    struct source *source;
    struct held *held[REQUEST_BATCH_MAX];
    unsigned count;
};

void source_owe(struct source *source, const struct held *held, enum owed_kind kind)
{
    struct mono now = mono_now();

    if (owed_note(&source->owed, held->message.id, kind, mono_reached(now, held->until) ? now : held->until))
        engine_no_memory();
}

static void owe(struct source *source, struct held *held)
{
    source_owe(source, held, OWED_DELIVERED);
    held_end(held);
}

static void deleted(struct source *source, struct held *held)
{
    owed_forget(&source->owed, held->message.id);
    held_end(held);
}

/* The last one stays beyond its visibility while more is wanted from this queue: its deletion shows when they work again, and
 * does no harm, for it was delivered. */
static void put_back(struct source *source, struct held *held)
{
    bool last = source->run && !source->settling;

    source_owe(source, held,
               OWED_DELIVERED); /* polls on their way may bring it again while its deletion is still tried */
    if (mono_reached(mono_now(), held->until) && !last) {
        held_end(held);
        return;
    }
    held->since = mono_now();
    DL_APPEND2(source->settling, held, list_prev, list_next);
    source->settling_count++;
}

static void note(struct source *source, const struct sqs_answer *answer)
{
    static const struct backoff backoff = {.first_ms = 200, .max_ms = 10000};

    if (answer->outcome == SQS_DONE) {
        pause_end(&source->settle_pause);
        source->settle_trouble.code = REASON_NONE;
        return;
    }
    pause_grow(&source->settle_pause, &backoff);
    source->settle_trouble = *answer->why;
    log_info("worker.sqs", "delivered messages cannot be deleted now", LF_STR("queue", source->name),
             LF_REASON(answer->why));
}

static void on_deleted(void *context, struct sqs_answer *answer)
{
    struct deletion *deletion CLEANUP(cleanup_freep) = context;
    struct source *source = deletion->source;
    struct answer_entry entries[REQUEST_BATCH_MAX];

    source->deletes--;
    answer_batch_read(answer->document, entries, deletion->count);
    for (unsigned i = 0; i < deletion->count; i++) {
        if (answer->outcome == SQS_DONE && entries[i].sent)
            deleted(source, deletion->held[i]);
        else if (answer->outcome == SQS_DONE && entries[i].sender_fault)
            owe(source, deletion->held[i]); /* a receipt that is worth nothing any more */
        else
            put_back(source, deletion->held[i]);
    }
    note(source, answer);
    engine_wake(source->engine);
}

static int call(struct deletion *deletion)
{
    struct source *source = deletion->source;
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct str receipts[REQUEST_BATCH_MAX];
    struct sqs_request request = {
        .action = SQS_ACTION_DELETE, .queue = source->name, .done = on_deleted, .context = deletion};
    int result;

    for (unsigned i = 0; i < deletion->count; i++)
        receipts[i] = deletion->held[i]->message.receipt;
    result = request_delete(&buf, source->url, receipts, deletion->count);
    request.body = buf_str(&buf);
    return result ? result : sqs_call(source->engine->client, &request, NULL);
}

static void start(struct source *source)
{
    struct deletion *deletion = calloc(1, sizeof *deletion);

    if (!deletion)
        engine_no_memory();
    deletion->source = source;
    while (source->settling && deletion->count < REQUEST_BATCH_MAX) {
        struct held *held = source->settling;

        DL_DELETE2(source->settling, held, list_prev, list_next);
        source->settling_count--;
        deletion->held[deletion->count++] = held;
    }
    if (call(deletion))
        engine_no_memory();
    source->deletes++;
}

static struct batch_queue queue_of(const struct source *source, struct mono now)
{
    return (struct batch_queue){.waiting = source->settling_count,
                                .in_flight = source->deletes,
                                .in_flight_max = DELETES_MAX,
                                .oldest_ms = source->settling ? now.ms - source->settling->since.ms : 0};
}

int64_t source_settle_turn(struct source *source)
{
    struct mono now = mono_now();
    struct batch_queue queue = queue_of(source, now);

    if (!pause_is_over(&source->settle_pause, now))
        return source->settling ? mono_until(now, source->settle_pause.until) : INT64_MAX;
    while (batch_due(&queue)) {
        start(source);
        queue = queue_of(source, now);
    }
    return source->settling && source->deletes < DELETES_MAX ? BATCH_LINGER_MS : INT64_MAX;
}
