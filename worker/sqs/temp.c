/* See the header. Which step is taken, and what is told; the steps are temp_call.c, temp_create.c and leftovers.c. */
#define HASH_NONFATAL_OOM 1
#include "worker/sqs/queue_url.h"
#include "worker/sqs/temp_private.h"

#include <stdlib.h>

struct temp *temps_find(const struct engine *engine, const char *name)
{
    struct temp *temp = NULL;

    HASH_FIND_STR(engine->temps, name, temp);
    return temp;
}

struct temp *temp_of_source(struct source *source)
{
    return (struct temp *)(void *)((char *)source - offsetof(struct temp, source));
}

bool temp_is_ready(const struct temp *temp)
{
    return temp->wanted && temp->wanted->want == WORKER_TEMP_WANT_PRESENT && temp->exists && temp->good >= 2 &&
           !temp->elsewhere;
}

bool temp_is_doubted(const struct temp *temp)
{
    return temp_is_ready(temp) && (temp->sink.lost || mono_is_set(temp->gone_since));
}

static void temp_free(struct temp *temp)
{
    sqs_call_cancel(temp->call);
    sink_deinit(&temp->sink);
    if (temp->source.engine)
        source_deinit(&temp->source);
    json_free(temp->attributes);
    free(temp);
}

static struct temp *temp_add(struct engine *engine, const struct worker_temp *wanted)
{
    struct temp *temp = calloc(1, sizeof *temp);

    if (!temp)
        return NULL;
    sink_init(&temp->sink, engine, wanted->name, wanted->session);
    str_copy_cut(temp->name, sizeof temp->name, str_of(wanted->name));
    HASH_ADD_STR(engine->temps, name, temp);
    if (temp->hh.tbl)
        return temp;
    free(temp);
    return NULL;
}

static void want_note(struct temp *temp, const struct worker_temp *wanted)
{
    bool was_emptied = temp->wanted && temp->wanted->want == WORKER_TEMP_WANT_EMPTIED;

    if (wanted->want == WORKER_TEMP_WANT_EMPTIED && !was_emptied) {
        temp->hold_until = (struct mono){0};
        temp->beside_told = false;
        temp->proof = (struct proof){0};
    }
    if (wanted->want == WORKER_TEMP_WANT_PRESENT) {
        temp->emptied = temp->broken = false;
        temp->source.run = false;
    }
    temp->wanted = wanted;
    memcpy(temp->sink.stamp, wanted->stamp, sizeof temp->sink.stamp);
}

/* Forwarding begins when the fallback was seen, and a session is routed when its queue was, if by another worker. */
static void used_note(struct engine *engine)
{
    const struct worker_table *table = engine->table;
    const struct worker_temp *fallback = worker_table_fallback(table);

    if (table->mode == WORKER_MODE_CHECK || table->mode == WORKER_MODE_PREPARE)
        return;
    if (fallback)
        temps_find(engine, fallback->name)->used = true;
    for (size_t i = 0; i < table->session_count; i++)
        temps_find(engine, table->temps[table->sessions[i].temp].name)->used = true;
}

static void forget_unnamed(struct engine *engine, const struct worker_table *table)
{
    struct temp *temp, *next;

    HASH_ITER (hh, engine->temps, temp, next) {
        bool named = false;

        for (size_t i = 0; i < table->temp_count && !named; i++)
            named = strcmp(table->temps[i].name, temp->name) == 0;
        if (named)
            continue;
        temp->wanted = NULL;
        temp->source.run = false;
        sink_give_up(&temp->sink);
    }
}

int temps_sync(struct engine *engine)
{
    const struct worker_table *table = engine->table;

    for (size_t i = 0; i < table->temp_count; i++) {
        struct temp *temp = temps_find(engine, table->temps[i].name);

        if (!temp)
            temp = temp_add(engine, &table->temps[i]);
        if (!temp)
            return -ENOMEM;
        want_note(temp, &table->temps[i]);
    }
    used_note(engine);
    forget_unnamed(engine, table); /* what waits there may be routed again at once, so all others are there by now */
    return 0;
}

void temps_deinit(struct engine *engine)
{
    struct temp *temp, *next;

    HASH_ITER (hh, engine->temps, temp, next) {
        HASH_DEL(engine->temps, temp);
        temp_free(temp);
    }
}

/* Counts of the fallback are told while it drains; else a queue is looked at now and then. */
static int64_t look_period_ms(const struct temp *temp)
{
    const struct engine *engine = temp->sink.engine;
    bool drains = temp->wanted->role == WORKER_TEMP_FALLBACK && engine_drains(engine);

    if (temp->good < 2 || drains || temp_is_doubted(temp))
        return TEMP_LOOK_SOON_MS;
    return TEMP_LOOK_MS;
}

static struct temp_facts facts_of(const struct temp *temp, struct mono now)
{
    return (struct temp_facts){.want = temp->wanted->want,
                               .seen = temp->seen,
                               .exists = temp->exists,
                               .emptied = temp->emptied,
                               .due = mono_reached(now, mono_after(temp->looked_at, look_period_ms(temp)))};
}

static void rest_tell(struct temp *temp)
{
    switch (temp->wanted->want) {
    case WORKER_TEMP_WANT_PRESENT:
        if (temp->wanted->role == WORKER_TEMP_FALLBACK && engine_drains(temp->sink.engine))
            return; /* how much is left there is told with each look */
        if (temp_is_ready(temp) && !temp->pause.failures)
            temp_tell(temp, WORKER_TEMP_PRESENT, NULL);
        return;
    case WORKER_TEMP_WANT_EMPTIED:
        temp->emptied = true; /* also one that somebody else has deleted: it holds nothing up */
        temp->counts = (struct proof_counts){0};
        temp_tell(temp, WORKER_TEMP_EMPTY, NULL);
        return;
    case WORKER_TEMP_WANT_ABSENT:
        temp_tell(temp, WORKER_TEMP_ABSENT, NULL);
        return;
    }
}

static void on_deleted(void *context, struct sqs_answer *answer)
{
    struct temp *temp = context;

    temp->call = NULL;
    engine_wake(temp->sink.engine);
    if (answer->outcome == SQS_GONE) {
        temp_gone_note(temp, answer->why);
        return;
    }
    if (answer->outcome != SQS_DONE) {
        temp_fail(temp, answer->why);
        return;
    }
    temp->exists = false;
    pause_end(&temp->pause);
}

/* Nothing may be on its way there any more (C-5). */
static void delete (struct temp *temp)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);

    if (!engine_has_let_go(temp->sink.engine) || !sink_is_idle(&temp->sink) ||
        (temp->source.engine && !source_is_idle(&temp->source)))
        return;
    if (request_url(&buf, temp->sink.url))
        engine_no_memory();
    temp_call(temp, SQS_ACTION_DELETE_QUEUE, buf_str(&buf), on_deleted);
}

static void step_run(struct temp *temp, enum temp_step step)
{
    switch (step) {
    case TEMP_STEP_NONE:
        return;
    case TEMP_STEP_LOOK:
        temp_look(temp);
        return;
    case TEMP_STEP_CREATE:
        temp_create(temp);
        return;
    case TEMP_STEP_EMPTY:
        leftovers_turn(temp);
        return;
    case TEMP_STEP_DELETE:
        delete (temp);
        return;
    }
}

static int64_t temp_turn(struct temp *temp, struct mono now)
{
    struct temp_facts facts = facts_of(temp, now);
    enum temp_step step = temp_step(&facts);
    int64_t sink = sink_turn(&temp->sink);
    int64_t source = temp->source.engine ? source_turn(&temp->source) : INT64_MAX;
    int64_t soonest = sink < source ? sink : source;

    if (!temp->sink.url[0] && queue_url_beside(temp->sink.engine->original.url, temp->name, temp->sink.url))
        return soonest; /* names and URLs were judged before: it cannot be too long */
    if (step == TEMP_STEP_NONE)
        rest_tell(temp);
    if (!temp->call && pause_is_over(&temp->pause, now))
        step_run(temp, step);
    return soonest < TEMP_LOOK_SOON_MS ? soonest : TEMP_LOOK_SOON_MS;
}

static bool is_over(const struct temp *temp)
{
    return !temp->wanted && sink_is_idle(&temp->sink) && !temp->call &&
           (!temp->source.engine || source_is_idle(&temp->source));
}

int64_t temps_turn(struct engine *engine)
{
    struct mono now = mono_now();
    struct temp *temp, *next;
    int64_t soonest = INT64_MAX;

    HASH_ITER (hh, engine->temps, temp, next) {
        int64_t due = INT64_MAX;

        if (is_over(temp)) {
            HASH_DEL(engine->temps, temp); // NOLINT: the analyser takes the list for empty
            temp_free(temp);
            continue;
        }
        if (temp->wanted)
            due = temp_turn(temp, now);
        soonest = due < soonest ? due : soonest;
    }
    return soonest;
}
