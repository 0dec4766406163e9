/* What became of a batch: each entry is confirmed, put back, or refused (C-8, Q-4, Q-6, Q-15). */
#include "worker/sqs/sink_send.h"

#include "common/base/log.h"
#include "worker/sqs/answer.h"

#include <stdlib.h>

static void slow_down(struct sink *sink)
{
    static const struct backoff backoff = {.first_ms = 100, .max_ms = 10000};

    pause_grow(&sink->pause, &backoff);
}

static void refused_tell(struct sink *sink, const struct reason *why)
{
    struct reason told;

    (void)reason_set(&told, REASON_DESTINATION_REFUSED, 0, "%.400s", why->text);
    worker_report_condition(sink->engine->runtime, &told, sink->session, true);
    sink->refused = true;
}

static void refused_end(struct sink *sink)
{
    struct reason told = {.code = REASON_DESTINATION_REFUSED};

    if (sink->refused)
        worker_report_condition(sink->engine->runtime, &told, sink->session, false);
    sink->refused = false;
}

/* Leftovers that are handed on were counted when they came the first time, and are the session's all the same. */
static void confirmed_count(struct sink *sink, struct held *held, enum copy_kind kind)
{
    static const enum latency_destination where[] = {
        [COPY_STEAL] = LATENCY_SESSION, [COPY_MIRROR] = LATENCY_MIRROR, [COPY_FALLBACK] = LATENCY_FALLBACK};
    struct tally *tally = &sink->engine->tally;
    struct figures more = {.delivered = kind == COPY_STEAL, .mirrored = kind == COPY_MIRROR};

    if (sink->session[0])
        tally_session(tally, sink->session, &more);
    if (held->source != &sink->engine->source)
        return;
    more.fallback = kind == COPY_FALLBACK;
    held->went = held->went || kind != COPY_MIRROR;
    tally_confirmed(tally, where[kind], &more, mono_until(held->received, sink->last_sent),
                    held->message.sent_wall_ms);
}

void copy_confirm(struct sink *sink, struct copy *copy)
{
    struct held *held = copy->held;

    sink->last_sent = mono_now();
    confirmed_count(sink, held, copy->kind);
    free(copy);
    held_confirm(held);
}

static void given_back_count(struct engine *engine, struct held *held)
{
    const struct figures more = {.given_back = 1};

    if (held->source != &engine->source)
        return;
    held->went = true;
    tally_split(&engine->tally, &more);
}

void copy_give_up(struct copy *copy)
{
    struct held *held = copy->held;
    bool mirror = copy->kind == COPY_MIRROR;

    if (!mirror && copy->tried)
        source_owe(held->source, held, OWED_UNSURE);
    free(copy);
    if (!mirror) {
        given_back_count(held->source->engine, held);
        held_let_go(held);
    }
    held_confirm(held);
}

static void to_fallback(struct sink *sink, struct copy *copy)
{
    struct sink *fallback = engine_fallback(sink->engine);
    struct held *held = copy->held;

    if (!fallback) {
        copy_give_up(copy);
        return;
    }
    free(copy);
    if (sink_add(fallback, held, COPY_FALLBACK))
        engine_no_memory();
}

/* This queue cannot take it: what comes next on the ladder. */
static void pass_on(struct sink *sink, struct copy *copy)
{
    if (copy->kind == COPY_STEAL)
        to_fallback(sink, copy);
    else
        copy_give_up(copy);
}

void copy_overdue(struct sink *sink, struct copy *copy)
{
    struct reason why;

    (void)reason_set(&why, REASON_QUEUE_REFUSED, 0, "queue %s did not take message %.*s in time", sink->name,
                     STR_ARG(copy->held->message.id));
    refused_tell(sink, &why);
    pass_on(sink, copy);
}

void copy_refuse(struct sink *sink, struct copy *copy, const struct reason *why)
{
    refused_tell(sink, why);
    if (copy->kind == COPY_FALLBACK || copy->step == COPY_PLAIN) {
        pass_on(sink, copy);
        return;
    }
    copy->step = COPY_PLAIN;
    copy_put_back(sink, copy);
}

/* SQS tells the sum of the body that it stored. */
static bool arrived_whole(const struct flight *flight, unsigned i, const struct answer_entry *entry)
{
    struct str body = flight->copies[i]->held->message.body_md5;

    return !body.len || !entry->body_md5.len || str_equal(body, entry->body_md5);
}

/* Whether SQS did anything with it; what it failed on is put off. */
static bool entry_answered(struct flight *flight, unsigned i, const struct answer_entry *entry)
{
    struct sink *sink = flight->sink;
    struct copy *copy = flight->copies[i];
    struct reason why;

    if (entry->sent && arrived_whole(flight, i, entry)) {
        copy_confirm(sink, copy);
        return true;
    }
    (void)reason_set(&why, REASON_QUEUE_REFUSED, 0, "queue %s refuses message %.*s (%.*s)", sink->name,
                     STR_ARG(copy->held->message.id), entry->code.len > 80 ? 80 : (int)entry->code.len,
                     entry->code.data);
    if (entry->sender_fault) {
        copy_refuse(sink, copy, &why);
        return true;
    }
    copy_put_off(sink, copy);
    return false;
}

/* From the last to the first, because those that are put back go to the front. */
static void entries_answered(struct flight *flight, const struct json *document)
{
    struct sink *sink = flight->sink;
    struct answer_entry entries[REQUEST_BATCH_MAX];
    bool progress = false;

    answer_batch_read(document, entries, flight->count);
    tally_split(&sink->engine->tally, &(struct figures){.transactions = 1});
    for (unsigned i = flight->count; i-- > 0;)
        progress |= entry_answered(flight, i, &entries[i]);
    if (!progress) {
        slow_down(sink);
        return;
    }
    pause_end(&sink->pause);
    sink->trouble.code = REASON_NONE;
    if (sink->entries_max && sink->entries_max < REQUEST_BATCH_MAX)
        sink->entries_max++;
}

static void put_all_back(struct flight *flight)
{
    for (unsigned i = flight->count; i-- > 0;)
        copy_put_back(flight->sink, flight->copies[i]);
}

static void refuse_all(struct flight *flight, const struct reason *why)
{
    for (unsigned i = flight->count; i-- > 0;)
        copy_refuse(flight->sink, flight->copies[i], why);
}

static void halve(struct flight *flight, const struct reason *why)
{
    struct sink *sink = flight->sink;

    if (flight->count == 1) {
        refuse_all(flight, why);
        return;
    }
    sink->entries_max = flight->count / 2;
    put_all_back(flight);
}

void sink_too_long(struct flight *flight)
{
    struct reason why;

    (void)reason_set(&why, REASON_QUEUE_REFUSED, 0, "a message for queue %s is too long to be sent",
                     flight->sink->name);
    flight->sink->in_flight--;
    halve(flight, &why);
    free(flight);
}

/* The right is missing, or the queue is misconfigured: a session's messages go on to the fallback, those of the fallback wait. */
static void denied(struct flight *flight, const struct reason *why)
{
    struct sink *sink = flight->sink;

    sink->trouble = *why;
    if (sink->session[0]) {
        refuse_all(flight, why);
        return;
    }
    refused_tell(sink, why);
    put_all_back(flight);
    slow_down(sink);
}

static void failed(struct flight *flight, const struct sqs_answer *answer)
{
    struct sink *sink = flight->sink;

    log_info("worker.sqs", "a batch was not accepted", LF_STR("queue", sink->name), LF_REASON(answer->why));
    /* What SQS minds may be their sum, or one of them: the others must not wait for it. */
    if (answer->outcome == SQS_TOO_LONG || (answer->outcome == SQS_REFUSED && flight->count > 1)) {
        halve(flight, answer->why);
        return;
    }
    if (answer->outcome == SQS_DENIED || answer->outcome == SQS_REFUSED) {
        denied(flight, answer->why);
        return;
    }
    /* Nobody looks for the original on behalf of what goes back there: that is tried again. */
    sink->lost = sink->lost || (answer->outcome == SQS_GONE && sink != &sink->engine->back);
    sink->trouble = *answer->why;
    for (unsigned i = 0; i < flight->count; i++)
        flight->copies[i]->unsure |= answer->unsure;
    put_all_back(flight);
    slow_down(sink);
}

void sink_answered(void *context, struct sqs_answer *answer)
{
    struct flight *flight CLEANUP(cleanup_freep) = context;
    struct sink *sink = flight->sink;

    sink->in_flight--;
    if (answer->outcome == SQS_DONE)
        entries_answered(flight, answer->document);
    else
        failed(flight, answer);
    if (sink->trouble.code == REASON_NONE && !sink->pause.failures)
        refused_end(sink);
    engine_wake(sink->engine);
}
