/* One step of a simulated worker: what the Kafka worker does to make its table true, as far as others can see it.
 *
 * Routes are removed before temps are touched, what is there is only told when it was seen, a proof of emptiness counts
 * messages; everything is read again from the cluster after a crash. */
#include <stdlib.h>

#include "tests/sim/world.h"

#define FORWARD_MAX 3 /* messages a step */

static void forwarding_tell(struct sim_worker *worker, enum worker_forwarding forwarding)
{
    worker->report.version += worker->report.forwarding != forwarding;
    worker->report.forwarding = forwarding;
}

static const struct wanted_temp *fallback_of(const struct wanted_table *table)
{
    for (size_t i = 0; i < table->temp_count; i++)
        if (table->temps[i].role == WORKER_TEMP_FALLBACK)
            return &table->temps[i];
    return NULL;
}

static void drain_tell(struct world *world, struct sim_worker *worker)
{
    const struct wanted_temp *fallback = fallback_of(worker->table);
    struct broker_topic *topic = fallback ? broker_find(&world->broker, fallback->name) : NULL;
    if (!topic || !topic->exists || fallback->want != WORKER_TEMP_WANT_PRESENT || worker->active != worker->table)
        return;
    size_t lag = broker_lag(topic, fallback->group);
    struct sim_temp *temp = sim_temp_of(worker, fallback->name);
    bool empty = sim_temp_is_empty(world, worker, temp, lag, SIM_DRAIN_PROOF_MS);
    sim_temp_tell(worker, temp, empty ? WORKER_TEMP_EMPTY : WORKER_TEMP_PRESENT, lag);
}

static void forward(struct world *world, struct sim_worker *worker)
{
    struct broker_topic *original = broker_find(&world->broker, worker->topic);
    for (int i = 0; i < FORWARD_MAX; i++) {
        uint32_t message = broker_peek(original, worker->group);
        if (message == BROKER_NONE)
            return;
        struct broker_topic *to =
            broker_find(&world->broker, sim_route(worker->active, world->broker.messages[message].user));
        if (!to || !to->exists)
            return;
        broker_move(original, worker->group, to);
    }
}

/* Forwarding begins when nobody else can consume the original (K-9). */
static void forward_mode(struct world *world, struct sim_worker *worker)
{
    const struct wanted_temp *fallback = fallback_of(worker->table);
    bool open = worker->begun || worker->table->original_free || !sim_target_uses(world, worker->topic);
    if (!open || !fallback || !broker_exists(&world->broker, fallback->name)) {
        forwarding_tell(worker, WORKER_FORWARDING_WAITING);
        return;
    }
    worker->begun = true;
    sim_temp_of(worker, fallback->name)->zero_since = 0; /* what is sent from now on may be told late */
    forwarding_tell(worker, WORKER_FORWARDING_RUNNING);
}

static void mode_step(struct world *world, struct sim_worker *worker)
{
    switch (worker->table->mode) {
    case WORKER_MODE_CHECK:
        forwarding_tell(worker, WORKER_FORWARDING_STOPPED);
        return;
    case WORKER_MODE_PREPARE:
        forwarding_tell(worker, WORKER_FORWARDING_STOPPED);
        worker->report.version += !worker->report.positions_known;
        worker->report.positions_known = true;
        return;
    case WORKER_MODE_FORWARD:
        forward_mode(world, worker);
        return;
    case WORKER_MODE_HOLD:
    case WORKER_MODE_RELEASE:
        forwarding_tell(worker, WORKER_FORWARDING_STOPPED);
        drain_tell(world, worker);
        return;
    }
}

/* The slots take a table over when nothing is in flight by the one before. */
static void settle(struct world *world, struct sim_worker *worker)
{
    if (worker->active == worker->table || world_chance(world, world->faults.slowness))
        return;
    wanted_table_free(worker->active);
    worker->active = worker->table;
    if (worker->table->mode == WORKER_MODE_HOLD || worker->table->mode == WORKER_MODE_RELEASE)
        worker->begun = false;
}

static void applied_step(struct world *world, struct sim_worker *worker)
{
    const struct wanted_table *table = worker->table;
    if (worker->active != table || worker->report.applied == table->generation)
        return;
    for (size_t i = 0; i < table->session_count; i++)
        if (!broker_exists(&world->broker, table->sessions[i].temp))
            return;
    worker->report.applied = table->generation;
    worker->report.version++;
}

static void condition_tell(struct world *world, struct sim_worker *worker)
{
    bool told = worker->report.condition.code != REASON_NONE;
    worker->report.version += told != world->broker.away;
    worker->report.condition.code = REASON_NONE;
    if (world->broker.away)
        reason_set(&worker->report.condition, REASON_BROKER_UNREACHABLE, 0, "no broker answers");
}

void sim_converge(struct world *world, struct sim_worker *worker)
{
    condition_tell(world, worker);
    if (world->broker.away || world_chance(world, world->faults.slowness))
        return;
    worker->report.version += !worker->report.checked;
    worker->report.checked = true;
    check(str_copy(worker->cluster, sizeof worker->cluster,
                   worker->sqs ? STR("000000000000/elasticmq") : STR("cluster-one")) == 0);
    settle(world, worker);
    if (worker->table->mode != WORKER_MODE_CHECK)
        sim_temps_turn(world, worker);
    mode_step(world, worker);
    if (worker->active && worker->active->mode == WORKER_MODE_FORWARD && worker->begun)
        forward(world, worker);
    applied_step(world, worker);
}
