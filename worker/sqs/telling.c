/* See the header. */
#include "worker/sqs/telling.h"

#include <utlist.h>

void telling_condition(struct engine *engine, const struct reason *why)
{
    struct reason old = {.code = engine->told};

    if (engine->told != REASON_NONE && (!why || why->code != engine->told))
        worker_report_condition(engine->runtime, &old, "", false);
    if (why)
        worker_report_condition(engine->runtime, why, "", true);
    engine->told = why ? why->code : REASON_NONE;
}

void telling_forwarding(struct engine *engine, enum worker_forwarding state, const struct reason *why)
{
    struct reason none = {0};

    worker_report_forwarding(engine->runtime, state, why ? why : &none);
}

/* Every session of the table has a queue that is ready, or one that is told as failed: the others do not wait for that (C-5). */
static bool sessions_settled(const struct engine *engine)
{
    const struct worker_table *table = engine->table;

    for (size_t i = 0; i < table->session_count; i++) {
        const struct temp *temp = temps_find(engine, table->temps[table->sessions[i].temp].name);

        if (!temp_is_ready(temp) && !temp_is_failing(temp))
            return false;
    }
    return true;
}

/* Nothing of an older table is on its way; where nothing may be received any more, nothing is held either. */
static void applied_tell(struct engine *engine)
{
    uint64_t generation = engine->table->generation;

    if (engine->applied == generation || !engine_has_let_go(engine) || !sessions_settled(engine))
        return;
    if (engine->table->mode != WORKER_MODE_FORWARD && !engine_has_finished(engine))
        return;
    engine->applied = generation;
    worker_report_applied(engine->runtime, generation);
}

static void filters_tell(struct engine *engine)
{
    const struct worker_table *table = engine->table;

    for (size_t i = 0; i < table->session_count; i++) {
        struct temp *temp = temps_find(engine, table->temps[table->sessions[i].temp].name);

        filter_health_tell(&temp->health, engine->runtime, &engine->tally, table, i);
    }
}

/* As the ledger has it: of the original, and not yet anywhere. */
static uint64_t in_flight(const struct engine *engine)
{
    const struct held *held;
    uint64_t count = 0;

    DL_FOREACH2(engine->sending, held, sending_next)
    count += held->source == &engine->source && !held->went;
    return count;
}

static struct tally_levels levels_of(const struct engine *engine)
{
    const struct answer_queue *queue = &engine->original.queue;
    const struct held *oldest = engine->source.held;

    return (struct tally_levels){.in_flight = in_flight(engine),
                                 .held = engine->source.held_count,
                                 .lag = queue->counted ? queue->counts.visible : FIGURE_UNKNOWN,
                                 .oldest_wall_ms = oldest ? oldest->message.sent_wall_ms : 0};
}

void telling_turn(struct engine *engine)
{
    struct mono now = mono_now();
    struct tally_levels levels;

    if (!engine->table)
        return;
    applied_tell(engine);
    if (!mono_reached(now, mono_after(engine->figures_at, 1000)))
        return;
    engine->figures_at = now;
    filters_tell(engine);
    levels = levels_of(engine);
    tally_report(&engine->tally, engine->runtime, &levels);
}
