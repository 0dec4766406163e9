/* See the header. */
#include "worker/sqs/pump.h"

#include "worker/sqs/request.h"

struct temp *engine_session_temp(struct engine *engine, uint32_t session)
{
    const struct worker_table *table = engine->table;

    return temps_find(engine, table->temps[table->sessions[session].temp].name);
}

/* What SQS says is not there may be there again in the next moment: until that is known, what is sent there waits. */
static bool takes(const struct temp *temp) { return temp_is_ready(temp); }

static void add(struct sink *sink, struct held *held, enum copy_kind kind)
{
    if (sink_add(sink, held, kind))
        engine_no_memory();
}

static unsigned mirrors_count(struct engine *engine, const struct route_decision *decision)
{
    unsigned count = 0;

    for (size_t i = 0; i < decision->mirror_count; i++)
        count += takes(engine_session_temp(engine, decision->mirrors[i].destination));
    return count;
}

static void mirrors_send(struct engine *engine, struct held *held, const struct route_decision *decision)
{
    for (size_t i = 0; i < decision->mirror_count; i++) {
        struct temp *temp = engine_session_temp(engine, decision->mirrors[i].destination);

        if (takes(temp))
            add(&temp->sink, held, COPY_MIRROR);
    }
}

/* NULL: nobody takes it. */
static struct sink *session_sink(struct engine *engine, const struct route_decision *decision)
{
    struct temp *temp = decision->stolen ? engine_session_temp(engine, decision->steal.destination) : NULL;

    return temp && takes(temp) ? &temp->sink : NULL;
}

/* For people who look at what passes. */
static void look(struct engine *engine, const struct held *held, const struct route_decision *decision)
{
    char id[128];
    const struct look_subject subject = {.position = id,
                                         .headers = engine->envelope.headers,
                                         .header_count = engine->envelope.count,
                                         .table = engine->table,
                                         .scratch = engine->scratch,
                                         .decision = decision,
                                         .ready = session_sink(engine, decision) != NULL};

    str_copy_cut(id, sizeof id, held->message.id);
    worker_look(engine->runtime, &subject);
}

/* shown: to people who look, if there are any. */
static int decide(struct engine *engine, const struct held *held, bool shown, struct route_decision *ret)
{
    int result = envelope_open(&held->message, engine->spec.sns, &engine->envelope);

    if (result)
        return result;
    route_decide(engine->table->routes, engine->scratch, engine->envelope.headers, engine->envelope.count, mono_now(),
                 ret);
    if (shown && look_is_on(engine->look_gate))
        look(engine, held, ret);
    envelope_deinit(&engine->envelope);
    return 0;
}

void pump_route(struct engine *engine, struct held *held)
{
    struct figures more = {.received = 1};
    struct sink *fallback = engine_fallback(engine), *session;
    struct route_decision decision;

    if (!fallback || held_is_late(held, mono_now())) {
        held_let_go(held);
        return;
    }
    if (decide(engine, held, true, &decision))
        engine_no_memory();
    more.matched = decision.stolen || decision.mirror_count;
    more.unmatched = !more.matched;
    more.filter_errors = decision.unevaluated;
    tally_split(&engine->tally, &more);
    held_send(held, 1 + mirrors_count(engine, &decision), engine->table->generation);
    mirrors_send(engine, held, &decision);
    session = session_sink(engine, &decision);
    add(session ? session : fallback, held, session ? COPY_STEAL : COPY_FALLBACK);
}

/* What was added for the queue where it lay is not the next one's concern. */
static void stamps_take_off(struct held *held, const struct temp *from)
{
    const struct message_attribute *stamp = message_attribute(&held->message, STR(REQUEST_STAMP));

    if (stamp && from->sink.stamp[0] && str_equal(stamp->value, str_of(from->sink.stamp)))
        message_attribute_drop(&held->message, STR(REQUEST_STAMP));
    if (from->sink.fifo && from->sink.session[0])
        message_attribute_drop(&held->message, STR(REQUEST_DEDUP_STAMP));
}

static struct sink *next_sink(struct engine *engine, const struct temp *from, const struct held *held,
                              enum copy_kind *ret_kind)
{
    struct route_decision decision;
    struct sink *session;

    *ret_kind = COPY_FALLBACK;
    if (from->wanted && from->wanted->role == WORKER_TEMP_FALLBACK)
        return &engine->back;
    if (decide(engine, held, false, &decision))
        engine_no_memory();
    session = session_sink(engine, &decision);
    if (!session)
        return engine_fallback(engine);
    *ret_kind = COPY_STEAL;
    return session;
}

/* Mirrors had their copy when the message came the first time. */
void pump_hand_on(struct engine *engine, struct held *held)
{
    struct temp *from = temp_of_source(held->source);
    struct figures more = {.returned = 1};
    enum copy_kind kind;
    struct sink *sink;

    stamps_take_off(held, from);
    sink = next_sink(engine, from, held, &kind);
    if (!sink || held_is_late(held, mono_now())) {
        held_let_go(held);
        return;
    }
    tally_split(&engine->tally, &more);
    if (from->sink.session[0])
        tally_session(&engine->tally, from->sink.session, &more);
    from->moved++;
    held_send(held, 1, engine->table->generation);
    add(sink, held, kind);
}
