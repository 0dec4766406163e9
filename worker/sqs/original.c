/* See the header. */
#include "worker/sqs/engine_private.h"

#include "worker/sqs/pump.h"
#include "worker/sqs/request.h"

static void fail(struct engine *engine, const struct reason *why)
{
    static const struct backoff backoff = {.first_ms = 200, .max_ms = 10000};
    struct original *original = &engine->original;

    pause_grow(&original->pause, &backoff);
    original->trouble = *why;
}

static void call(struct engine *engine, enum sqs_action action, const struct buf *body, sqs_done_fn *done)
{
    struct sqs_request request = {
        .action = action, .queue = engine->spec.name, .body = buf_str(body), .done = done, .context = engine};

    if (sqs_call(engine->client, &request, &engine->original.call))
        engine_no_memory();
}

/* What every answer has in common. false: there is none; told. */
static bool answered(struct engine *engine, const struct sqs_answer *answer)
{
    engine->original.call = NULL;
    engine_wake(engine);
    if (answer->outcome == SQS_DONE)
        return true;
    fail(engine, answer->why);
    return false;
}

static void identity_of(const struct original *original, char identity[SQS_ACCOUNT_SIZE + SQS_REGION_SIZE])
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(SQS_ACCOUNT_SIZE + SQS_REGION_SIZE - 1);

    if (buf_printf(&buf, "%s/%s", original->queue.account, original->queue.region))
        engine_no_memory();
    str_copy_cut(identity, SQS_ACCOUNT_SIZE + SQS_REGION_SIZE, buf_str(&buf));
}

/* The redrive policy moves a message away after so few receives that a failure of ours would cost one. */
static bool is_tight(const struct original *original)
{
    return original->queue.receive_count_max > 0 && original->queue.receive_count_max < 3;
}

static void redrive_note(struct engine *engine)
{
    engine->source.redrives = engine->original.queue.receive_count_max > 0;
    engine->source.tight = is_tight(&engine->original);
}

static void known(struct engine *engine)
{
    struct original *original = &engine->original;
    struct source_setup setup = {.engine = engine,
                                 .route = pump_route,
                                 .name = engine->spec.name,
                                 .url = original->url,
                                 .fifo = engine->spec.fifo,
                                 .visibility_s = engine->spec.visibility_s,
                                 .wait_s = REQUEST_WAIT_S};

    pause_end(&original->pause);
    original->trouble.code = REASON_NONE;
    if (original->known)
        return;
    original->known = true;
    source_init(&engine->source, &setup);
    redrive_note(engine);
    str_copy_cut(engine->back.url, sizeof engine->back.url, str_of(original->url));
}

static void on_tags(void *context, struct sqs_answer *answer)
{
    struct engine *engine = context;

    if (!answered(engine, answer))
        return;
    json_packed_free(engine->original.tags);
    engine->original.tags = TAKE(answer->document);
    known(engine);
}

static void tight_tell(struct engine *engine)
{
    struct original *original = &engine->original;
    bool tight = is_tight(original);
    struct reason why;

    redrive_note(engine);
    if (original->tight_told == tight)
        return;
    original->tight_told = tight;
    (void)reason_set(&why, REASON_SOURCE_REDRIVE_TIGHT, 0,
                     "%s sends a message to its dead-letter queue after %u receives, and each that fails counts: one "
                     "batch at a time is received",
                     engine->spec.name, original->queue.receive_count_max);
    worker_report_condition(engine->runtime, &why, "", tight);
}

static void foreign_tell(struct engine *engine, bool foreign)
{
    struct original *original = &engine->original;
    struct reason why;

    if (original->foreign_told == foreign)
        return;
    original->foreign_told = foreign;
    (void)reason_set(&why, REASON_FOREIGN_CONSUMER, 0,
                     "%llu messages of %s are in flight and this worker holds %zu: somebody else receives from it",
                     (unsigned long long)original->queue.counts.invisible, engine->spec.name,
                     engine->source.held_count);
    worker_report_condition(engine->runtime, &why, "", foreign);
}

/* Counts are approximate, and what a dead worker held stays in flight for its visibility: only looks in a row count. */
static void foreign_look(struct engine *engine)
{
    struct original *original = &engine->original;
    bool forwards = engine->table && engine->table->mode == WORKER_MODE_FORWARD && engine->table->original_free;
    bool more = original->queue.counted && original->queue.counts.invisible > engine->source.held_count;

    original->foreign_looks = forwards && more ? original->foreign_looks + 1 : 0;
    foreign_tell(engine, original->foreign_looks >= ORIGINAL_FOREIGN_LOOKS);
}

static void on_attributes(void *context, struct sqs_answer *answer)
{
    struct engine *engine = context;
    struct original *original = &engine->original;
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct reason why;

    original->looked_at = mono_now();
    if (!answered(engine, answer))
        return;
    if (answer_queue_read(answer->document, &original->queue)) {
        (void)reason_set(&why, REASON_BROKER_BUSY, 0, "SQS told nothing of queue %s that can be understood",
                         engine->spec.name);
        fail(engine, &why);
        return;
    }
    json_packed_free(original->attributes);
    original->attributes = TAKE(answer->document);
    tight_tell(engine);
    foreign_look(engine);
    if (original->known) {
        known(engine);
        return;
    }
    if (request_url(&buf, original->url))
        engine_no_memory();
    call(engine, SQS_ACTION_TAGS, &buf, on_tags);
}

static void attributes_ask(struct engine *engine)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);

    if (request_attributes(&buf, engine->original.url))
        engine_no_memory();
    call(engine, SQS_ACTION_ATTRIBUTES, &buf, on_attributes);
}

static void on_found(void *context, struct sqs_answer *answer)
{
    struct engine *engine = context;
    struct reason why;

    if (!answered(engine, answer))
        return;
    if (str_copy(engine->original.url, sizeof engine->original.url,
                 json_str(json_get(answer->document, "QueueUrl"))) ||
        !engine->original.url[0]) {
        (void)reason_set(&why, REASON_BROKER_BUSY, 0, "SQS told no usable URL of queue %s", engine->spec.name);
        fail(engine, &why);
        return;
    }
    attributes_ask(engine);
}

static void find(struct engine *engine)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);

    if (request_find_queue(&buf, engine->spec.name, engine->spec.account))
        engine_no_memory();
    call(engine, SQS_ACTION_FIND, &buf, on_found);
}

void original_turn(struct engine *engine)
{
    struct original *original = &engine->original;
    struct mono now = mono_now();
    char identity[SQS_ACCOUNT_SIZE + SQS_REGION_SIZE];

    if (original->known && !original->checked) {
        identity_of(original, identity);
        worker_report_checked(engine->runtime, identity, 0, WORKER_DELIVERY_AT_LEAST_ONCE);
        original->checked = true;
    }
    if (original->call || !pause_is_over(&original->pause, now))
        return;
    if (!original->url[0])
        find(engine);
    else if (!original->known || mono_reached(now, mono_after(original->looked_at, ORIGINAL_LOOK_MS)))
        attributes_ask(engine);
}

void original_deinit(struct original *original)
{
    sqs_call_cancel(original->call);
    json_packed_free(original->attributes);
    json_packed_free(original->tags);
    *original = (struct original){0};
}
