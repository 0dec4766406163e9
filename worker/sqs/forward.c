/* See the header. */
#include "worker/sqs/forward.h"

#include "worker/sqs/telling.h"

/* A session is routed only once its queue was seen, if by another worker: until this one has seen it too, what its session steals
 * would go to the fallback (C-6). One that cannot be had holds up nobody else. */
static bool is_awaited(const struct worker_table *table, size_t index, const struct temp *temp)
{
    if (table->temps[index].role == WORKER_TEMP_FALLBACK || temp->sink.lost)
        return true;
    for (size_t i = 0; i < table->session_count; i++)
        if (table->sessions[i].temp == index)
            return !temp_is_failing(temp);
    return false;
}

/* A queue whose leftovers go before everything that follows them at the original (C-4); NULL: none. */
static const struct temp *order_keeper(const struct engine *engine)
{
    const struct temp *temp = engine->temps;

    while (temp && !leftovers_hold(temp))
        temp = temp->hh.next;
    return temp;
}

/* Also what is held already waits, and what polls on their way still bring. */
void forward_order_turn(struct engine *engine)
{
    bool waits = order_keeper(engine);

    source_wait(&engine->source, waits);
    if (waits && engine->stopping)
        source_let_go_waiting(&engine->source);
}

/* Why nothing may be received now although the table says so; false: it may. */
static bool must_wait(struct engine *engine, struct reason *ret)
{
    const struct worker_table *table = engine->table;
    const struct temp *temp;

    for (size_t i = 0; i < table->temp_count; i++) {
        const struct worker_temp *wanted = &table->temps[i];

        temp = temps_find(engine, wanted->name);
        if (wanted->want != WORKER_TEMP_WANT_PRESENT)
            continue;
        if (temp_is_doubted(temp))
            return reason_set(ret, REASON_TEMP_LOST, 1, "SQS says that there is no queue %s; it is looked for again",
                              wanted->name);
        if (!temp_is_ready(temp) && is_awaited(table, i, temp))
            return reason_set(ret, REASON_TEMP_LOST, 1, "queue %s is not ready yet", wanted->name);
    }
    temp = order_keeper(engine);
    return temp && reason_set(ret, REASON_WAITING_FOR_IN_FLIGHT, 1,
                              "leftovers of %s go first, so that the order of groups stays", temp->name);
}

/* While messages cannot be sent none are received: each receive counts towards the redrive policy. Once nothing waits
 * any more and the pause is over, the next message is the try. */
static bool sink_suffers(const struct sink *sink, struct reason *ret)
{
    if (!sink || !sink->pause.failures ||
        (!sink->waiting && !sink->in_flight && pause_is_over(&sink->pause, mono_now())))
        return false;
    *ret = sink->trouble;
    if (ret->code == REASON_NONE)
        (void)reason_set(ret, REASON_BROKER_BUSY, 0, "messages for queue %s are not accepted now", sink->name);
    return true;
}

static bool suffers(struct engine *engine, struct reason *ret)
{
    if (engine->original.trouble.code != REASON_NONE)
        *ret = engine->original.trouble;
    else if (engine->source.settle_trouble.code != REASON_NONE)
        *ret = engine->source.settle_trouble;
    else if (engine->source.trouble.code != REASON_NONE)
        *ret = engine->source.trouble;
    else
        return sink_suffers(engine_fallback(engine), ret);
    return true;
}

void forward_turn(struct engine *engine)
{
    struct reason why = {0};
    bool wanted = engine->table->mode == WORKER_MODE_FORWARD && engine->original.known && !engine->stopping;

    if (!wanted) {
        engine->source.run = false;
        source_look(&engine->source, engine->table->mode == WORKER_MODE_HOLD && !engine->stopping);
        telling_forwarding(engine, WORKER_FORWARDING_STOPPED, NULL);
        telling_condition(engine, engine->original.trouble.code == REASON_NONE ? NULL : &engine->original.trouble);
        return;
    }
    source_look(&engine->source, false);
    if (must_wait(engine, &why)) {
        engine->source.run = false;
        telling_forwarding(engine, WORKER_FORWARDING_WAITING, &why);
        return;
    }
    if (suffers(engine, &why)) {
        engine->source.run = !sink_suffers(engine_fallback(engine), &why);
        telling_condition(engine, &why);
        telling_forwarding(engine, WORKER_FORWARDING_SUSPENDED, &why);
        return;
    }
    engine->source.run = true;
    telling_condition(engine, NULL);
    telling_forwarding(engine, WORKER_FORWARDING_RUNNING, NULL);
}
