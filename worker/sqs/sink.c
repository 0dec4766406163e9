/* See the header. What waits and what is sent; answers are sink_answer.c. */
#include "worker/sqs/sink_send.h"

#include "worker/sqs/batch.h"

#include <stdlib.h>
#include <utlist.h>

#define FLIGHTS_MAX 16
#define STEAL_WAIT_LEAST_MS 30000 /* a short visibility is no reason to give a session's message to the application */
#define UNSURE_TIMES 4            /* as long for a copy that may be there already */
#define MIRROR_WAIT_MS 10000      /* the application's copy may be there long since, and its group waits (C-6, Q-4) */

void sink_init(struct sink *sink, struct engine *engine, const char *name, const char *session)
{
    *sink = (struct sink){.engine = engine, .fifo = engine->spec.fifo};
    str_copy_cut(sink->name, sizeof sink->name, str_of(name));
    str_copy_cut(sink->session, sizeof sink->session, str_of(session));
}

void sink_deinit(struct sink *sink)
{
    struct copy *copy, *next;

    DL_CONCAT(sink->waiting, sink->later);
    DL_FOREACH_SAFE(sink->waiting, copy, next)
    free(copy);
    sink->waiting = sink->later = NULL;
}

static void count(struct sink *sink, const struct copy *copy)
{
    sink->waiting_count++;
    sink->waiting_bytes += copy->bytes;
}

int sink_add(struct sink *sink, struct held *held, enum copy_kind kind)
{
    struct copy *copy = calloc(1, sizeof *copy);

    if (!copy)
        return -ENOMEM;
    *copy = (struct copy){.held = held, .kind = kind, .since = mono_now()};
    copy->bytes = entry_bytes(sink, copy);
    DL_APPEND(sink->waiting, copy);
    count(sink, copy);
    engine_wake(sink->engine);
    return 0;
}

void copy_put_back(struct sink *sink, struct copy *copy)
{
    copy->bytes = entry_bytes(sink, copy);
    DL_PREPEND(sink->waiting, copy);
    count(sink, copy);
}

void copy_put_off(struct sink *sink, struct copy *copy)
{
    static const struct backoff backoff = {.first_ms = 50, .max_ms = 5000};

    pause_grow(&copy->pause, &backoff);
    DL_APPEND(sink->later, copy);
}

static void take_off(struct sink *sink, struct copy *copy)
{
    DL_DELETE(sink->waiting, copy);
    sink->waiting_count--;
    sink->waiting_bytes -= copy->bytes;
}

/* Those whose pause is over wait in front again. Milliseconds until the next one's is. */
static int64_t later_look(struct sink *sink, bool all, struct mono now)
{
    struct copy *copy, *next;
    int64_t soonest = INT64_MAX;

    DL_FOREACH_SAFE(sink->later, copy, next)
    {
        if (all || pause_is_over(&copy->pause, now) || held_is_late(copy->held, now)) {
            DL_DELETE(sink->later, copy);
            copy_put_back(sink, copy);
        } else if (mono_until(now, copy->pause.until) < soonest) {
            soonest = mono_until(now, copy->pause.until);
        }
    }
    return soonest;
}

void sink_give_up(struct sink *sink)
{
    (void)later_look(sink, true, mono_now());
    while (sink->waiting) {
        struct copy *copy = sink->waiting;

        take_off(sink, copy);
        copy_give_up(copy);
    }
}

static int64_t steal_wait_ms(const struct sink *sink, const struct copy *copy)
{
    int64_t wait_ms = (int64_t)sink->engine->spec.visibility_s * 750;

    wait_ms = wait_ms > STEAL_WAIT_LEAST_MS ? wait_ms : STEAL_WAIT_LEAST_MS;
    return copy->unsure ? wait_ms * UNSURE_TIMES : wait_ms;
}

/* How long a copy may wait for this queue; what goes to the fallback, or back, has nowhere else to go. What may have arrived should go
 * nowhere else, as long as that does not stop the queue for good (C-13). */
static bool is_overdue(const struct sink *sink, const struct copy *copy, struct mono now)
{
    switch (copy->kind) {
    case COPY_STEAL:
        return sink->pause.failures && mono_reached(now, mono_after(copy->since, steal_wait_ms(sink, copy)));
    case COPY_MIRROR:
        return mono_reached(now, mono_after(copy->since, MIRROR_WAIT_MS));
    case COPY_FALLBACK:
        break;
    }
    return false;
}

/* The next one that may still be sent. Those that are too late for it are let go (C-12); those that waited too long for this queue
 * go on without it. */
static struct copy *first(struct sink *sink, struct mono now)
{
    for (struct copy *copy; (copy = sink->waiting) != NULL;) {
        bool late = held_is_late(copy->held, now);

        if (!late && !is_overdue(sink, copy, now))
            break;
        take_off(sink, copy);
        if (late && copy->kind != COPY_MIRROR)
            copy_give_up(copy);
        else
            copy_overdue(sink, copy);
    }
    return sink->waiting;
}

static struct flight *flight_fill(struct sink *sink, struct mono now)
{
    struct batch batch = {.entries_max = sink->entries_max ? sink->entries_max : REQUEST_BATCH_MAX};
    struct flight *flight = calloc(1, sizeof *flight);

    if (!flight)
        engine_no_memory();
    flight->sink = sink;
    for (struct copy *copy; (copy = first(sink, now)) && batch_takes(&batch, copy->bytes);) {
        take_off(sink, copy);
        batch.entries++;
        batch.bytes += copy->bytes;
        copy->tried = true;
        flight->copies[flight->count++] = copy;
    }
    return flight;
}

/* What is throttled is repeated within its call, but not when its messages may be somebody else's by now (C-12). */
static int64_t repeat_ms(const struct flight *flight, struct mono now)
{
    int64_t least_ms = INT64_MAX;

    for (unsigned i = 0; i < flight->count; i++) {
        const struct copy *copy = flight->copies[i];
        int64_t left_ms = held_left_ms(copy->held, now);

        if (copy->kind == COPY_MIRROR && left_ms > MIRROR_WAIT_MS)
            left_ms = MIRROR_WAIT_MS;
        least_ms = left_ms < least_ms ? left_ms : least_ms;
    }
    return least_ms;
}

static int call(struct flight *flight, struct mono now)
{
    struct sink *sink = flight->sink;
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct sqs_request request = {.action = SQS_ACTION_SEND,
                                  .queue = sink->name,
                                  .repeat_ms = repeat_ms(flight, now),
                                  .done = sink_answered,
                                  .context = flight};
    int result = request_send_begin(&buf, sink->url);

    for (unsigned i = 0; !result && i < flight->count; i++) {
        char dedup[DEDUP_SIZE];
        struct request_entry entry;

        entry_make(sink, flight->copies[i], dedup, &entry);
        result = request_send_add(&buf, i, &entry);
    }
    if (!result)
        result = request_send_end(&buf);
    request.body = buf_str(&buf);
    return result ? result : sqs_call(sink->engine->client, &request, NULL);
}

/* false: nothing was left to send. */
static bool send(struct sink *sink, struct mono now)
{
    struct flight *flight = flight_fill(sink, now);
    int result;

    if (!flight->count) {
        free(flight);
        return false;
    }
    sink->in_flight++;
    result = call(flight, now);
    if (result == -ENOBUFS)
        sink_too_long(flight); /* with its escapes it is more than we write at once */
    else if (result)
        engine_no_memory();
    return true;
}

static struct batch_queue queue_of(const struct sink *sink, struct mono now)
{
    return (struct batch_queue){.waiting = sink->waiting_count,
                                .bytes = sink->waiting_bytes,
                                .in_flight = sink->in_flight,
                                .in_flight_max = sink->pause.failures ? 1 : FLIGHTS_MAX,
                                .oldest_ms = sink->waiting ? now.ms - sink->waiting->since.ms : 0};
}

static int64_t waiting_turn(struct sink *sink, struct mono now)
{
    struct batch_queue queue;

    (void)first(sink, now);
    if (!sink->waiting)
        return INT64_MAX;
    if (!sink->url[0] || sink->lost)
        return 1000; /* looks whether what waits is late */
    if (!pause_is_over(&sink->pause, now))
        return mono_until(now, sink->pause.until);
    for (queue = queue_of(sink, now); batch_due(&queue); queue = queue_of(sink, now))
        if (!send(sink, now))
            break;
    return sink->waiting ? BATCH_LINGER_MS : INT64_MAX;
}

int64_t sink_turn(struct sink *sink)
{
    struct mono now = mono_now();
    int64_t later = later_look(sink, false, now);
    int64_t waiting = waiting_turn(sink, now);

    return later < waiting ? later : waiting;
}
