/* The emptying of a temporary queue: its leftovers are received and handed on until it is proven empty (C-4, C-3, Q-8).
 *
 * What a local process holds comes free when its visibility ends; until then it is waited for. Without the right to receive from
 * temporary queues a session's leftovers cannot be handed on: they are counted, told, and lost with the queue. */
#include "worker/sqs/pump.h"
#include "worker/sqs/temp_private.h"

#include <stdio.h>

#define WAIT_S 1 /* a look has seen messages, and the queue is not empty for us before the poll is over */

enum fate { FATE_MOVE, FATE_KEEP, FATE_DISCARD };

static bool is_session(const struct temp *temp) { return temp->wanted->role == WORKER_TEMP_SESSION; }

/* Why leftovers cannot be moved; NULL: nothing is known against it. */
static const struct reason *obstacle(const struct temp *temp)
{
    const struct engine *engine = temp->sink.engine;

    if (temp->source.engine && temp->source.trouble.code == REASON_BROKER_AUTHORIZATION)
        return &temp->source.trouble;
    if (temp->source.engine && temp->source.settle_trouble.code == REASON_BROKER_AUTHORIZATION)
        return &temp->source.settle_trouble;
    if (!is_session(temp) && engine->back.trouble.code == REASON_BROKER_AUTHORIZATION)
        return &engine->back.trouble;
    return NULL;
}

static enum fate fate_of(const struct temp *temp)
{
    if (is_session(temp))
        return obstacle(temp) ? FATE_DISCARD : FATE_MOVE;
    switch (temp->sink.engine->spec.leftovers) {
    case SPEC_LEFTOVERS_RETURN:
        return obstacle(temp) ? FATE_KEEP : FATE_MOVE;
    case SPEC_LEFTOVERS_DISCARD:
        return FATE_DISCARD;
    case SPEC_LEFTOVERS_KEEP:
        return FATE_KEEP;
    }
    return FATE_KEEP;
}

static void right_tell(struct temp *temp)
{
    const struct reason *why = obstacle(temp);
    struct reason told;

    if (!why || temp->right_told)
        return;
    temp->right_told = true;
    (void)reason_set(&told, is_session(temp) ? REASON_OPTIONAL_RIGHT_MISSING : REASON_RETURN_NOT_ALLOWED, 0,
                     "leftovers cannot be handed on: %.400s", why->text);
    worker_report_condition(temp->sink.engine->runtime, &told, "", true);
}

static void discarded_tell(struct temp *temp)
{
    const struct reason *why = obstacle(temp);
    unsigned long long count = proof_sum(&temp->counts);
    struct reason told;

    (void)reason_set(&told, REASON_LEFTOVERS_DISCARDED, 0, "%llu messages left in %s are lost%s%.300s", count,
                     temp->name, why ? ": " : ", as the setting says", why ? why->text : "");
    worker_report_event(temp->sink.engine->runtime, &told, temp->sink.session);
}

static void waiting_tell(struct temp *temp)
{
    unsigned long long sum = proof_sum(&temp->counts), held = temp->counts.invisible;
    struct reason why;

    if (fate_of(temp) == FATE_KEEP)
        (void)reason_set(&why, REASON_LEFTOVERS_KEPT, 0, "%llu messages in %s are not consumed", sum, temp->name);
    else if (held)
        (void)reason_set(
            &why, REASON_WAITING_FOR_IN_FLIGHT, 0,
            "%llu messages of %s are held by whoever received them; they come free when their visibility "
            "ends, after %u s unless it is extended",
            held, temp->name, temp->sink.engine->original.queue.visibility_s);
    else
        (void)reason_set(&why, REASON_WAITING_FOR_IN_FLIGHT, 0, "%llu messages of %s; its counts must stay at zero",
                         sum, temp->name);
    temp_tell(temp, WORKER_TEMP_WAITING, &why);
}

static void source_begin(struct temp *temp)
{
    struct engine *engine = temp->sink.engine;
    struct source_setup setup = {.engine = engine,
                                 .route = pump_hand_on,
                                 .name = temp->name,
                                 .url = temp->sink.url,
                                 .fifo = temp->sink.fifo,
                                 .visibility_s = engine->spec.visibility_s,
                                 .wait_s = WAIT_S};

    if (!temp->source.engine)
        source_init(&temp->source, &setup);
    temp->source.run = temp->counts.visible + temp->counts.delayed > 0;
}

bool leftovers_hold(const struct temp *temp)
{
    return temp->sink.fifo && temp->wanted && temp->wanted->want == WORKER_TEMP_WANT_EMPTIED && is_session(temp) &&
           !temp->emptied && !temp->broken;
}

/* FIFO: what follows at the original waits for the leftovers, but not for ever: as long as who received them may hold them (C-4). */
static void order_turn(struct temp *temp)
{
    struct engine *engine = temp->sink.engine;
    struct mono now = mono_now();
    struct reason why;

    if (!leftovers_hold(temp))
        return;
    if (!mono_is_set(temp->hold_until))
        temp->hold_until = mono_after(now, (int64_t)engine->original.queue.visibility_s * 1000);
    if (!mono_reached(now, temp->hold_until))
        return;
    temp->broken = true;
    (void)reason_set(&why, REASON_ORDER_BROKEN, 0,
                     "%llu messages left in %s come after later ones of their groups in %s, from now until they are "
                     "handed on",
                     (unsigned long long)proof_sum(&temp->counts), temp->name, engine->spec.name);
    worker_report_event(engine->runtime, &why, temp->sink.session);
}

/* FIFO: which of two queues had the earlier message of a group is written nowhere, so what comes of both may change places (C-4). */
static void beside_turn(struct temp *temp)
{
    struct engine *engine = temp->sink.engine;
    struct reason why;

    if (!leftovers_hold(temp) || !temp->proof.seen)
        return;
    for (struct temp *other = engine->temps; other; other = other->hh.next) {
        if (other == temp || !leftovers_hold(other) || !other->proof.seen ||
            (temp->beside_told && other->beside_told))
            continue;
        temp->beside_told = other->beside_told = true;
        (void)reason_set(
            &why, REASON_ORDER_BROKEN, 0,
            "messages left in %s and in %s are handed on at the same time: where both had some of one group, "
            "those may change places",
            temp->name, other->name);
        worker_report_event(engine->runtime, &why, temp->sink.session);
    }
}

static bool is_proven(const struct temp *temp)
{
    const struct engine *engine = temp->sink.engine;
    bool idle = !temp->source.engine || source_is_idle(&temp->source);

    return idle && sink_is_idle(&temp->sink) &&
           proof_holds(&temp->proof, temp->sink.fifo, engine->spec.delete_proof_s, mono_now());
}

void leftovers_turn(struct temp *temp)
{
    struct engine *engine = temp->sink.engine;

    if (!engine_has_let_go(engine))
        return;
    if (is_proven(temp)) {
        temp->emptied = true;
        return;
    }
    order_turn(temp);
    beside_turn(temp);
    right_tell(temp);
    if (fate_of(temp) == FATE_DISCARD && temp->proof.seen) {
        discarded_tell(temp);
        temp->emptied = true;
        return;
    }
    if (fate_of(temp) == FATE_MOVE)
        source_begin(temp);
    else
        temp->source.run = false;
    waiting_tell(temp);
    if (mono_reached(mono_now(), mono_after(temp->looked_at, TEMP_LOOK_SOON_MS)))
        temp_look(temp);
}
