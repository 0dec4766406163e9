/* What the supervisor sees of a simulated worker. */
#include "tests/sim/world.h"

static const struct sim_temp *temp_seen(const struct sim_report *seen, const char *name)
{
    for (size_t i = 0; i < seen->temp_count; i++)
        if (strcmp(seen->temps[i].name, name) == 0)
            return &seen->temps[i];
    return NULL;
}

static int observe_temps(const struct sim_worker *worker, struct arena *arena, struct worker_view *ret)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, SIM_TEMPS_MAX, sizeof(struct worker_temp_view), &memory);
    struct worker_temp_view *temps = memory;
    for (size_t i = 0; r == 0 && i < worker->pushed->temp_count; i++) {
        const struct sim_temp *temp = temp_seen(&worker->seen, worker->pushed->temps[i].name);
        if (temp)
            temps[ret->temp_count++] =
                (struct worker_temp_view){temp->name, temp->state, temp->remaining, 0, temp->why};
    }
    ret->temps = temps;
    return r;
}

static int observe_reports(const struct world *world, const struct sim_worker *worker, struct arena *arena,
                           struct worker_view *ret)
{
    static const struct wanted_position position = {.partition = 0, .start = 0, .end = 0};
    const struct sim_report *seen = &worker->seen;
    void *memory = NULL;
    int r = worker->pushed ? observe_temps(worker, arena, ret) : 0;
    ret->checked = seen->checked;
    ret->cluster = worker->cluster;
    ret->partitions = 1;
    ret->delivery =
        world->no_transactions || worker->sqs ? WORKER_DELIVERY_AT_LEAST_ONCE : WORKER_DELIVERY_EXACTLY_ONCE;
    ret->positions = &position;
    ret->position_count = seen->positions_known && !worker->sqs;
    ret->positions_complete = seen->positions_known && !worker->sqs;
    ret->forwarding = seen->forwarding;
    ret->generation = seen->applied;
    ret->pushed = worker->pushed;
    ret->pushed_applied = worker->pushed && seen->applied == worker->pushed->generation;
    if (r == 0)
        r = arena_alloc_array(arena, 2, sizeof(struct worker_condition_view), &memory);
    if (r)
        return r;
    struct worker_condition_view *conditions = memory;
    ret->conditions = conditions;
    if (seen->condition.code != REASON_NONE)
        conditions[ret->condition_count++] = (struct worker_condition_view){seen->condition, ""};
    if (worker->trouble.code != REASON_NONE)
        conditions[ret->condition_count++] = (struct worker_condition_view){worker->trouble, worker->trouble_uid};
    return 0;
}

int sim_worker_observe(struct world *world, const char *id, struct arena *arena, struct worker_view *ret)
{
    struct sim_worker *worker = sim_worker_find(world, id);
    if (!worker)
        return 0;
    ret->presence = worker->presence;
    ret->incarnation = worker->incarnation;
    ret->pid = worker->running ? 1000 + (int32_t)worker->incarnation : 0;
    ret->failures = worker->failures;
    ret->retry = (struct mono){worker->retry_at};
    memcpy(ret->spec_hash, worker->spec_hash, sizeof ret->spec_hash);
    if (worker->presence != WORKER_LIVE)
        ret->why = worker->why;
    return worker->presence == WORKER_NONE ? 0 : observe_reports(world, worker, arena, ret);
}
