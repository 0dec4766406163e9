/* Visibility of what is held: extended while it is on its way, where the right is there; else let go in time. */
#include "worker/sqs/source_private.h"

#include "worker/sqs/answer.h"
#include "worker/sqs/request.h"

#include <stdlib.h>
#include <utlist.h>

#define LOOK_MS 1000

struct extension {
    struct source *source;
    char ids[REQUEST_BATCH_MAX][129];
    unsigned count;
    struct mono until; /* if it succeeds */
};

/* The messages may have been delivered meanwhile: they are looked for by their ids. */
static struct held *find(const struct source *source, const char *id)
{
    struct held *held;

    DL_FOREACH (source->held, held)
        if (str_equal(held->message.id, str_of(id)))
            return held;
    return NULL;
}

static void right_missing_tell(struct source *source, const struct reason *why)
{
    struct reason told;

    source->may_extend = false;
    (void)reason_set(&told, REASON_OPTIONAL_RIGHT_MISSING, 0,
                     "%.300s; messages are held for %u s at most, then they are received again", why->text,
                     source->visibility_s);
    worker_report_condition(source->engine->runtime, &told, "", true);
}

static void on_extended(void *context, struct sqs_answer *answer)
{
    struct extension *extension CLEANUP(cleanup_freep) = context;
    struct source *source = extension->source;
    struct answer_entry entries[REQUEST_BATCH_MAX];

    source->extending = false;
    engine_wake(source->engine);
    if (answer->outcome == SQS_DENIED)
        right_missing_tell(source, answer->why);
    if (answer->outcome != SQS_DONE)
        return;
    answer_batch_read(answer->document, entries, extension->count);
    for (unsigned i = 0; i < extension->count; i++) {
        struct held *held = entries[i].sent ? find(source, extension->ids[i]) : NULL;

        if (!held)
            continue;
        held->until = extension->until;
        source->looked_at = (struct mono){0}; /* on with those that did not fit into this call */
    }
}

static int call(struct extension *extension, const struct str *receipts)
{
    struct source *source = extension->source;
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct sqs_request request = {
        .action = SQS_ACTION_EXTEND, .queue = source->name, .done = on_extended, .context = extension};
    int result = request_visibility(&buf, source->url, receipts, extension->count, source->visibility_s);

    request.body = buf_str(&buf);
    return result ? result : sqs_call(source->engine->client, &request, NULL);
}

/* What was delivered is known when it comes again: where nothing more is received, nobody waits for deletions that fail for ever. */
static bool is_kept(const struct source *source, const struct held *held)
{
    return !held->let_go && (source->run || held->state != HELD_SETTLING);
}

static void extend(struct source *source, struct mono now)
{
    struct extension *extension CLEANUP(cleanup_freep) = calloc(1, sizeof *extension);
    struct str receipts[REQUEST_BATCH_MAX];
    int64_t half_ms = (int64_t)source->visibility_s * 500;
    struct held *held;

    if (!extension)
        engine_no_memory();
    extension->source = source;
    extension->until = mono_after(now, (int64_t)source->visibility_s * 1000);
    DL_FOREACH (source->held, held) {
        if (extension->count == REQUEST_BATCH_MAX)
            break;
        if (!is_kept(source, held) || mono_until(now, held->until) > half_ms || mono_reached(now, held->until) ||
            str_copy(extension->ids[extension->count], sizeof extension->ids[0], held->message.id))
            continue;
        receipts[extension->count++] = held->message.receipt;
    }
    if (!extension->count)
        return;
    if (call(TAKE(extension), receipts))
        engine_no_memory();
    source->extending = true;
}

/* Gives back those that wait for their group, by letting their visibility end (C-12). */
static void let_go(struct source *source, struct mono now, bool all)
{
    struct held *held, *next;

    DL_FOREACH_SAFE(source->held, held, next)
    if (held->state == HELD_WAITING && (all || held_is_late(held, now))) {
        held_let_go(held);
        next = source->held; /* those behind it in its group went as well */
    }
}

void source_let_go_waiting(struct source *source) { let_go(source, mono_now(), true); }

int64_t source_extend_turn(struct source *source)
{
    struct mono now = mono_now();

    if (!source->held)
        return INT64_MAX;
    if (!mono_reached(now, mono_after(source->looked_at, LOOK_MS)))
        return mono_until(now, mono_after(source->looked_at, LOOK_MS));
    source->looked_at = now;
    if (source->may_extend && !source->extending)
        extend(source, now);
    let_go(source, now, false);
    return LOOK_MS;
}
