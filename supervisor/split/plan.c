/* Building of a plan. Owns documents until they are taken; fails only for lack of memory. */
#include "supervisor/split/plan.h"

void plan_init(struct plan *plan) { *plan = (struct plan){.arena = ARENA_INIT(PLAN_BYTES_MAX)}; }

void plan_deinit(struct plan *plan)
{
    for (struct action *action = plan->first; action; action = action->next) {
        json_free(action->document);
        json_free(action->spec);
        json_free(action->credentials);
    }
    arena_deinit(&plan->arena);
    *plan = (struct plan){.count = 0};
}

static int append(struct plan *plan, enum action_type type, struct action **ret)
{
    void *memory = NULL;
    int r = arena_alloc(&plan->arena, sizeof(struct action), &memory);
    if (r < 0)
        return r;
    struct action *action = memory;
    action->type = type;
    if (plan->last)
        plan->last->next = action;
    else
        plan->first = action;
    plan->last = action;
    plan->count++;
    *ret = action;
    return 0;
}

int plan_document(struct plan *plan, enum action_type type, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct action *action = NULL;
    int r = document ? append(plan, type, &action) : -ENOMEM;
    if (r == 0)
        action->document = TAKE(document);
    return r;
}

int plan_delete(struct plan *plan, const struct resource_key *key)
{
    struct action *action = NULL;
    int r = append(plan, ACTION_DOCUMENT_DELETE, &action);
    if (r == 0)
        action->key = *key;
    return r;
}

int plan_worker_start(struct plan *plan, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    struct action *action = NULL;
    int r = spec && credentials ? append(plan, ACTION_WORKER_START, &action) : -ENOMEM;
    if (r < 0)
        return r;
    action->worker = worker;
    action->spec = TAKE(spec);
    action->credentials = TAKE(credentials);
    return 0;
}

int plan_worker_table(struct plan *plan, const char *worker, const struct wanted_table *table)
{
    struct action *action = NULL;
    int r = append(plan, ACTION_WORKER_TABLE, &action);
    if (r < 0)
        return r;
    action->worker = worker;
    action->table = *table;
    return 0;
}

int plan_worker_stop(struct plan *plan, const char *worker)
{
    struct action *action = NULL;
    int r = append(plan, ACTION_WORKER_STOP, &action);
    if (r == 0)
        action->worker = worker;
    return r;
}

int plan_target(struct plan *plan, const struct target_wanted *wanted)
{
    struct action *action = NULL;
    int r = append(plan, ACTION_TARGET_SET, &action);
    if (r == 0)
        action->target = *wanted;
    return r;
}

void plan_wake(struct plan *plan, struct mono at)
{
    if (!mono_is_set(plan->wake) || at.ms < plan->wake.ms)
        plan->wake = at;
}
