/* See the header. The only place that changes a held message's state. */
#include "worker/sqs/held.h"

#include "worker/sqs/engine_private.h"
#include "worker/sqs/lane.h"

#include <stdlib.h>
#include <utlist.h>

int held_new_take(struct source *source, struct message *message, struct mono until, struct held **ret)
{
    struct held *held = calloc(1, sizeof *held);

    if (!held) {
        message_deinit(message);
        return -ENOMEM;
    }
    struct mono now = mono_now();
    *held = (struct held){.message = *message, .source = source, .until = until, .received = now, .since = now};
    message->delivery = NULL;
    DL_APPEND(source->held, held);
    source->held_count++;
    source->held_bytes += held->message.bytes;
    *ret = held;
    return 0;
}

/* A quarter of a short visibility must do: with all of it nothing would ever be sent, and at half of it it is extended. */
int64_t held_left_ms(const struct held *held, struct mono now)
{
    int64_t quarter_ms = (int64_t)held->source->visibility_s * 250;

    return mono_until(mono_after(now, quarter_ms < SOURCE_MARGIN_MS ? quarter_ms : SOURCE_MARGIN_MS), held->until);
}

bool held_is_late(const struct held *held, struct mono now) { return held_left_ms(held, now) <= 0; }

void held_send(struct held *held, unsigned count, uint64_t generation)
{
    check(held->state == HELD_WAITING && count > 0);
    held->state = HELD_SENDING;
    held->copies = count;
    held->generation = generation;
    DL_APPEND2(held->source->engine->sending, held, sending_prev, sending_next);
}

static void lane_pass_on(struct held *held)
{
    struct lane *lane = held->lane ? lane_leave(&held->source->lanes, held) : NULL;

    if (lane)
        source_lane_turn(held->source, lane);
}

/* Behind one that will come again, nothing of its group may go first. */
static void lane_let_go(struct held *held)
{
    struct lane *lane = held->lane;
    struct held *waiting, *next;

    if (!lane)
        return;
    DL_FOREACH_SAFE2(lane->waiting, waiting, next, list_next)
    if (waiting != held) {
        waiting->let_go = true;
        (void)lane_leave(&held->source->lanes, waiting);
        held_end(waiting);
    }
}

static void settle(struct held *held)
{
    struct source *source = held->source;

    if (held->let_go) {
        held_end(held);
        return;
    }
    held->state = HELD_SETTLING;
    held->since = mono_now();
    lane_pass_on(held);
    DL_APPEND2(source->settling, held, list_prev, list_next);
    source->settling_count++;
    engine_wake(source->engine);
}

void held_settle(struct held *held)
{
    check(held->state == HELD_WAITING);
    settle(held);
}

void held_confirm(struct held *held)
{
    check(held->state == HELD_SENDING && held->copies > 0);
    if (--held->copies)
        return;
    DL_DELETE2(held->source->engine->sending, held, sending_prev, sending_next);
    settle(held);
}

void held_let_go(struct held *held)
{
    if (!held->let_go)
        lane_let_go(held);
    held->let_go = true;
    if (held->state == HELD_WAITING)
        held_end(held);
}

void held_end(struct held *held)
{
    struct source *source = held->source;

    lane_pass_on(held);
    DL_DELETE(source->held, held);
    source->held_count--;
    source->held_bytes -= held->message.bytes;
    message_deinit(&held->message);
    engine_wake(source->engine);
    free(held);
}
