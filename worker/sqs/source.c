/* See the header. Polls and what they bring; deletions are source_settle.c, extensions source_extend.c. */
#include "worker/sqs/source_private.h"

#include "common/base/log.h"
#include "common/base/secret.h"
#include "worker/sqs/request.h"

#include <stdlib.h>
#include <utlist.h>

#define REFUSED_TELL_MS 60000
#define LOOK_VISIBILITY_S 10u /* enough to delete what is found, and what is not ours to take comes free soon */
#define LOOK_WAIT_S 1u
#define LOOK_LAST_POLL_MS 30000 /* for a poll that was on its way when the look began */
#define REPEAT_MS 8000          /* a poll that begins later would not end before its call does */

struct poll {
    struct source *source;
    struct sqs_call *call;
    struct mono started;
    unsigned asked;
    bool looks;                            /* for what was delivered, and takes nothing else */
    uint32_t visibility_s;                 /* as asked for */
    struct str refused[REQUEST_BATCH_MAX]; /* groups of what was refused of its answer */
    size_t refused_count;
    struct poll *prev, *next;
};

void source_init(struct source *source, const struct source_setup *setup)
{
    *source = (struct source){.engine = setup->engine,
                              .route = setup->route,
                              .fifo = setup->fifo,
                              .visibility_s = setup->visibility_s,
                              .wait_s = setup->wait_s,
                              .may_extend = true};
    str_copy_cut(source->name, sizeof source->name, str_of(setup->name));
    str_copy_cut(source->url, sizeof source->url, str_of(setup->url));
}

void source_deinit(struct source *source)
{
    struct poll *poll, *next;
    struct held *held, *following;

    DL_FOREACH_SAFE(source->polling, poll, next)
    {
        sqs_call_cancel(poll->call);
        free(poll);
    }
    DL_FOREACH_SAFE(source->held, held, following)
    {
        message_deinit(&held->message);
        free(held);
    }
    lanes_free(&source->lanes);
    owed_deinit(&source->owed);
    *source = (struct source){0};
}

bool source_is_idle(const struct source *source)
{
    return !source->polls && !source->held_count && !source->deletes && !source->extending && !source_looks(source);
}

bool source_looks(const struct source *source)
{
    struct mono now = mono_now();

    return source->look && !source->run && !source->tight && !source->held_count &&
           !mono_reached(now, source->look_until) && owed_awaits(&source->owed, now);
}

/* What is found may not be deletable either, and nobody is to wait for that for ever: what a last poll brought comes again after its
 * visibility, and is waited for like everything. */
void source_look(struct source *source, bool look)
{
    int64_t most_ms = (int64_t)source->visibility_s * 1000 + LOOK_LAST_POLL_MS + OWED_WAIT_MS;

    if (look && !source->look)
        source->look_until = mono_after(mono_now(), most_ms);
    source->look = look;
}

/* Not ours to take now. Each receive is one try less for the application, if there is a redrive policy: one is all that a look costs. */
static void leave(struct source *source, struct message *message)
{
    if (source->redrives)
        source->look_until = mono_now();
    message_deinit(message);
}

void source_lane_turn(struct source *source, struct lane *lane)
{
    struct held *held = source->waits ? NULL : lane_next(lane);

    if (held)
        source->route(source->engine, held);
}

void source_wait(struct source *source, bool waits)
{
    struct lane *lane, *next;
    bool ends = source->waits && !waits;

    source->waits = waits;
    if (!ends)
        return; /* in every turn but one */
    HASH_ITER (hh, source->lanes, lane, next)
        source_lane_turn(source, lane);
}

static void take(struct source *source, struct message *message, struct mono until)
{
    struct held *held;

    if (held_new_take(source, message, until, &held))
        engine_no_memory();
    if (!source->fifo) {
        source->route(source->engine, held);
        return;
    }
    if (lane_join(&source->lanes, held))
        engine_no_memory();
    source_lane_turn(source, held->lane);
}

static void take_owed(struct source *source, struct message *message, struct mono until)
{
    struct held *held;

    if (held_new_take(source, message, until, &held))
        engine_no_memory();
    held_settle(held);
}

/* It becomes visible again, and its redrive policy has the last word. */
static void refuse(struct source *source, const struct reason *why)
{
    struct mono now = mono_now();

    if (mono_is_set(source->refused_at) && !mono_reached(now, mono_after(source->refused_at, REFUSED_TELL_MS)))
        return;
    source->refused_at = now;
    worker_report_event(source->engine->runtime, why, "");
}

static void mean_note(struct source *source, size_t bytes)
{
    source->mean_bytes = source->mean_bytes ? (source->mean_bytes * 7 + bytes) / 8 : bytes;
}

/* The visibility counts from when SQS gave the message away: not before the poll began, and at the latest when the answer's first byte
 * was sent. That byte came after this process last looked at its sockets, unless the process was frozen meanwhile; then what it finds is
 * late (C-12). The seconds that a message may take to come are within the margin. */
static struct mono given_at(const struct poll *poll, int64_t coming_ms)
{
    struct mono alive_at = poll->source->engine->alive_at;
    struct mono first = mono_after(mono_now(), -coming_ms);
    struct mono latest = first.ms < alive_at.ms ? first : alive_at;

    return poll->started.ms > latest.ms ? poll->started : latest;
}

/* FIFO: nothing of its group goes before one that was refused. */
static bool follows_refused(const struct poll *poll, struct str group)
{
    for (size_t i = 0; poll->source->fifo && i < poll->refused_count; i++)
        if (str_equal(poll->refused[i], group))
            return true;
    return false;
}

static void element_take(struct poll *poll, const struct json *element, struct delivery *delivery, struct mono until)
{
    struct source *source = poll->source;
    struct message message;
    enum owed_kind owed;
    struct reason why;
    int result = message_read(element, delivery, &message, &why);

    if (result < 0)
        engine_no_memory();
    if (result > 0) {
        refuse(source, &why);
        poll->refused[poll->refused_count++] = message_group(element);
        return;
    }
    mean_note(source, message.bytes);
    owed = owed_find(&source->owed, message.id);
    if (owed == OWED_DELIVERED)
        take_owed(source, &message, until);
    else if (poll->looks && owed == OWED_NOTHING)
        leave(source, &message);
    else if (follows_refused(poll, message.group))
        message_deinit(&message);
    else
        take(source, &message, until);
}

static unsigned receive(struct poll *poll, const struct json *document, struct mono given)
{
    const struct json *list = json_get(document, "Messages");
    struct mono until = mono_after(given, (int64_t)poll->visibility_s * 1000);
    size_t count = json_count(list);
    struct delivery *delivery;

    if (delivery_new_take(document, &delivery))
        engine_no_memory();
    for (size_t i = 0; i < count && i < REQUEST_BATCH_MAX; i++)
        element_take(poll, json_at(list, i), delivery, until);
    delivery_unref(delivery);
    return (unsigned)count;
}

static void fail(struct source *source, const struct sqs_answer *answer)
{
    static const struct backoff backoff = {.first_ms = 200, .max_ms = 10000};

    pause_grow(&source->pause, &backoff);
    source->trouble = *answer->why;
    source->pace.polls = 1;
    log_info("worker.sqs", "nothing can be received now", LF_STR("queue", source->name), LF_REASON(answer->why));
}

static void on_received(void *context, struct sqs_answer *answer)
{
    struct poll *poll CLEANUP(cleanup_freep) = context;
    struct source *source = poll->source;
    unsigned got;

    DL_DELETE(source->polling, poll);
    source->polls--;
    engine_wake(source->engine);
    if (answer->outcome != SQS_DONE) {
        fail(source, answer);
        return;
    }
    pause_end(&source->pause);
    source->trouble.code = REASON_NONE;
    got = receive(poll, TAKE(answer->document), given_at(poll, answer->coming_ms));
    pace_note(&source->pace, poll->asked, got);
}

/* A lost answer is asked for again under the same id, so that its messages are not invisible for nothing. */
static int call(struct poll *poll)
{
    struct source *source = poll->source;
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    char attempt[33];
    struct request_receive receive = {.url = source->url,
                                      .count = poll->asked,
                                      .wait_s = poll->looks ? LOOK_WAIT_S : source->wait_s,
                                      .visibility_s = poll->visibility_s,
                                      .attempt = source->fifo ? attempt : NULL};
    struct sqs_request request = {.action = source->fifo ? SQS_ACTION_RECEIVE_AGAIN : SQS_ACTION_RECEIVE,
                                  .queue = source->name,
                                  .repeat_ms = REPEAT_MS,
                                  .done = on_received,
                                  .context = poll};
    int result;

    random_hex(attempt, 16);
    result = request_receive(&buf, &receive);
    request.body = buf_str(&buf);
    return result ? result : sqs_call(source->engine->client, &request, &poll->call);
}

static void poll_start(struct source *source, unsigned asked)
{
    struct poll *poll = calloc(1, sizeof *poll);
    bool looks = source_looks(source);
    bool shorter = looks && source->visibility_s > LOOK_VISIBILITY_S;

    if (!poll)
        engine_no_memory();
    *poll = (struct poll){.source = source,
                          .started = mono_now(),
                          .asked = asked,
                          .looks = looks,
                          .visibility_s = shorter ? LOOK_VISIBILITY_S : source->visibility_s};
    if (call(poll))
        engine_no_memory();
    DL_APPEND(source->polling, poll);
    source->polls++;
}

/* How many more may be asked for; each poll on its way may bring as many as it asked for, of the size that is usual here. */
static unsigned room(const struct source *source)
{
    size_t mean = source->mean_bytes ? source->mean_bytes : 1;
    size_t coming = (size_t)source->polls * REQUEST_BATCH_MAX;
    size_t bytes = source->held_bytes + coming * mean;
    size_t count = source->held_count + coming;
    size_t by_bytes = bytes < SOURCE_BYTES_MAX ? (SOURCE_BYTES_MAX - bytes) / mean : 0;
    size_t by_count = count < SOURCE_HELD_MAX ? SOURCE_HELD_MAX - count : 0;
    size_t found = by_bytes < by_count ? by_bytes : by_count;

    if (!found && !count)
        return 1; /* one that is larger than everything we hold at once must be able to pass */
    return found < REQUEST_BATCH_MAX ? (unsigned)found : REQUEST_BATCH_MAX;
}

static int64_t polls_turn(struct source *source)
{
    bool troubled =
        source->settle_trouble.code != REASON_NONE; /* what is received then is the try, if nothing else is left */
    bool careful = source->tight || troubled;
    unsigned wanted = careful ? 1 : pace_polls(&source->pace);
    struct mono now = mono_now();

    if ((!source->run && !source_looks(source)) || (careful && source->held_count))
        return INT64_MAX;
    if (troubled && !pause_is_over(&source->settle_pause, now))
        return mono_until(now, source->settle_pause.until);
    if (!pause_is_over(&source->pause, now))
        return mono_until(now, source->pause.until);
    for (unsigned asked; source->polls < wanted && (asked = room(source)) > 0;)
        poll_start(source, troubled ? 1 : asked);
    return INT64_MAX;
}

int64_t source_turn(struct source *source)
{
    int64_t polls = polls_turn(source);
    int64_t settle = source_settle_turn(source);
    int64_t extend = source_extend_turn(source);
    int64_t soonest = polls < settle ? polls : settle;

    return soonest < extend ? soonest : extend;
}
