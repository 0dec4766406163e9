/* What a simulated worker does to its temps: made, emptied, deleted, and told. */
#include "tests/sim/world.h"

struct sim_temp *sim_temp_of(struct sim_worker *worker, const char *name)
{
    struct sim_report *report = &worker->report;
    for (size_t i = 0; i < report->temp_count; i++)
        if (strcmp(report->temps[i].name, name) == 0)
            return &report->temps[i];
    check(report->temp_count < SIM_TEMPS_MAX);
    struct sim_temp *temp = &report->temps[report->temp_count++];
    *temp = (struct sim_temp){.state = WORKER_TEMP_UNKNOWN};
    check(str_copy(temp->name, sizeof temp->name, str_of(name)) == 0);
    return temp;
}

/* Temps that the table does not name any more are forgotten. */
static void drop_temps(struct sim_worker *worker)
{
    size_t kept = 0;
    for (size_t i = 0; i < worker->report.temp_count; i++)
        for (size_t j = 0; j < worker->table->temp_count; j++)
            if (strcmp(worker->report.temps[i].name, worker->table->temps[j].name) == 0) {
                worker->report.temps[kept++] = worker->report.temps[i];
                break;
            }
    worker->report.temp_count = kept;
}

void sim_temp_tell(struct sim_worker *worker, struct sim_temp *temp, enum worker_temp_state state, uint64_t remaining)
{
    if (temp->state == state && temp->remaining == remaining)
        return;
    temp->state = state;
    temp->remaining = remaining;
    worker->report.version++;
}

bool sim_temp_is_empty(const struct world *world, const struct sim_worker *worker, struct sim_temp *temp, size_t lag,
                       int64_t proof_ms)
{
    if (lag > 0)
        temp->zero_since = 0;
    else if (!temp->zero_since)
        temp->zero_since = world->now_ms;
    return lag == 0 && (!worker->sqs || world->now_ms - temp->zero_since >= proof_ms);
}

struct listed {
    const char *name;
    bool found;
};

static void look_in_record(void *context, const struct resource_key *key, const struct json *document)
{
    struct listed *listed = context;
    const struct json *temps = json_path(document, "spec", "temporaries", NULL);
    (void)key;
    for (size_t i = 0; i < json_count(temps); i++)
        listed->found = listed->found || strcmp(json_text(json_get(json_at(temps, i), "name")), listed->name) == 0;
}

static void create(struct world *world, const struct wanted_temp *wanted)
{
    struct listed listed = {.name = wanted->name};
    store_each(world->store, KIND_QUEUE_SPLIT, NULL, look_in_record, &listed);
    if (!listed.found)
        world_fail(world, "temp %s is made without standing in a record (C-10)", wanted->name);
    struct broker_topic *topic = broker_create(&world->broker, wanted->name);
    if (topic->created > 1)
        world_fail(world, "temp %s is made a second time (C-10)", wanted->name);
    world_trace(world, "temp %s is made", wanted->name);
}

static void present(struct world *world, struct sim_worker *worker, const struct wanted_temp *wanted,
                    struct sim_temp *temp)
{
    bool drains = worker->table->mode == WORKER_MODE_HOLD || worker->table->mode == WORKER_MODE_RELEASE;
    temp->emptied = false;
    if (!broker_exists(&world->broker, wanted->name)) {
        temp->looked = false;
        if (world_chance(world, world->faults.temp_fails)) {
            reason_set(&temp->why, REASON_TEMP_CREATE_FAILED, 0, "topic %.200s: not made", wanted->name);
            sim_temp_tell(worker, temp, WORKER_TEMP_FAILED, 0);
            return;
        }
        create(world, wanted);
        return;
    }
    if (!temp->looked) {
        temp->looked = true;
        return;
    }
    temp->why.code = REASON_NONE;
    if (wanted->role != WORKER_TEMP_FALLBACK || !drains)
        sim_temp_tell(worker, temp, WORKER_TEMP_PRESENT, 0);
}

/* Where the routes in force send a message: the first session whose filter matches, else the fallback. */
const char *sim_route(const struct wanted_table *table, char user)
{
    const char *fallback = "";
    for (size_t i = 0; i < table->session_count; i++)
        if (table->sessions[i].filter_count && table->sessions[i].filters[0].pattern[1] == user)
            return table->sessions[i].temp;
    for (size_t i = 0; i < table->temp_count; i++)
        if (table->temps[i].role == WORKER_TEMP_FALLBACK)
            fallback = table->temps[i].name;
    return fallback;
}

static void hand_on(struct world *world, struct sim_worker *worker, struct broker_topic *topic, const char *group,
                    bool back)
{
    uint32_t message = broker_peek(topic, group);
    const char *name = back ? worker->topic : sim_route(worker->table, world->broker.messages[message].user);
    struct broker_topic *to = broker_find(&world->broker, name);
    if (to && to->exists)
        broker_move(topic, group, to);
}

static void discard(struct world *world, struct broker_topic *topic, const char *group)
{
    while (broker_lag(topic, group) > 0) {
        world->broker.messages[broker_peek(topic, group)].discarded = true;
        broker_commit(topic, group);
    }
}

static void empty_step(struct world *world, struct sim_worker *worker, const struct wanted_temp *wanted,
                       struct sim_temp *temp, struct broker_topic *topic)
{
    size_t lag = broker_lag(topic, wanted->group);
    bool fallback = wanted->role == WORKER_TEMP_FALLBACK;
    bool used = fallback ? sim_target_uses(world, topic->name) : sim_client_uses(world, topic->name);
    if (worker->active != worker->table)
        return;
    if (sim_temp_is_empty(world, worker, temp, lag, SIM_DRAIN_PROOF_MS))
        temp->emptied = true;
    else if (lag == 0)
        sim_temp_tell(worker, temp, WORKER_TEMP_WAITING, 0);
    else if (fallback && worker->discards) {
        discard(world, topic, wanted->group);
        temp->emptied = true;
    } else if (used || (fallback && !worker->returns))
        sim_temp_tell(worker, temp, WORKER_TEMP_WAITING, lag);
    else
        hand_on(world, worker, topic, wanted->group, fallback);
}

static void emptied(struct world *world, struct sim_worker *worker, const struct wanted_temp *wanted,
                    struct sim_temp *temp)
{
    struct broker_topic *topic = broker_find(&world->broker, wanted->name);
    if (topic && topic->exists && !temp->emptied)
        empty_step(world, worker, wanted, temp, topic);
    else
        sim_temp_tell(worker, temp, WORKER_TEMP_EMPTY, 0);
}

static void check_deletion(struct world *world, const struct wanted_temp *wanted, struct broker_topic *topic)
{
    if (broker_lag(topic, wanted->group) > 0)
        world_fail(world, "temp %s is deleted with %zu messages that nobody consumed (I-1)", topic->name,
                   broker_lag(topic, wanted->group));
    if (sim_target_uses(world, topic->name))
        world_fail(world, "temp %s is deleted while an instance uses it (C-3)", topic->name);
}

static void absent(struct world *world, struct sim_worker *worker, const struct wanted_temp *wanted,
                   struct sim_temp *temp)
{
    struct broker_topic *topic = broker_find(&world->broker, wanted->name);
    if (!topic || !topic->exists) {
        bool held = world->groups_held && wanted->role == WORKER_TEMP_SESSION;
        sim_temp_tell(worker, temp, held ? WORKER_TEMP_WAITING : WORKER_TEMP_ABSENT, 0);
        temp->why.code = REASON_NONE;
        return;
    }
    if (world->no_deletion) {
        reason_set(&temp->why, REASON_BROKER_AUTHORIZATION, 0, "the ACL Delete on topic %.200s is missing",
                   topic->name);
        sim_temp_tell(worker, temp, WORKER_TEMP_FAILED, 0);
        return;
    }
    check_deletion(world, wanted, topic);
    if (worker->sqs && wanted->role == WORKER_TEMP_FALLBACK &&
        !sim_temp_is_empty(world, worker, temp, broker_lag(topic, wanted->group), SIM_DELETE_PROOF_MS)) {
        sim_temp_tell(worker, temp, WORKER_TEMP_WAITING, 0);
        return;
    }
    broker_delete(topic);
    world_trace(world, "temp %s is deleted", wanted->name);
}

void sim_temps_turn(struct world *world, struct sim_worker *worker)
{
    drop_temps(worker);
    for (size_t i = 0; i < worker->table->temp_count; i++) {
        const struct wanted_temp *wanted = &worker->table->temps[i];
        struct sim_temp *temp = sim_temp_of(worker, wanted->name);
        switch (wanted->want) {
        case WORKER_TEMP_WANT_PRESENT:
            present(world, worker, wanted, temp);
            break;
        case WORKER_TEMP_WANT_EMPTIED:
            emptied(world, worker, wanted, temp);
            break;
        case WORKER_TEMP_WANT_ABSENT:
            absent(world, worker, wanted, temp);
            break;
        }
    }
}
