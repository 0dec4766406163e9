/* Every effect of the supervisor, with a fault before or after it. */
#include "tests/sim/world.h"

/* The supervisor may die before an effect, or the effect may not be done. */
static int before(struct world *world)
{
    if (!world->crashed && world_chance(world, world->faults.effect_crash))
        world->crashed = true;
    if (world->crashed)
        return -EIO;
    return world_chance(world, world->faults.effect_error) ? -ENOSPC : 0;
}

static int before_write(struct world *world)
{
    int r = before(world);
    return r || !world->disk_full ? r : -ENOSPC;
}

/* Or after it; or its answer is lost. */
static int after(struct world *world, int result)
{
    if (world_chance(world, world->faults.effect_crash))
        world->crashed = true;
    return result || !world_chance(world, world->faults.effect_lost) ? result : -ETIMEDOUT;
}

static int written(struct world *world, uint64_t version, int result)
{
    bool changed = store_version(world->store) != version;
    world->changed = world->changed || changed;
    world->writes += changed;
    if (result == STORE_EXISTS || result == STORE_NOT_FOUND)
        result = 0;
    if (result == STORE_REFUSED)
        world_fail(world, "the store refuses a document");
    return after(world, result > 0 ? -EAGAIN : result);
}

/* Whatever the supervisor wants to write. */
static void look_at_document(struct world *world, const char *what, const struct json *document)
{
    char problem[SIM_PROBLEM_SIZE];
    if (!sim_schema_fits(document, problem))
        world_fail(world, "%s", problem);
    if (world->verbose)
        world_trace(world, "  %s %s %s: %s %s", what, json_text(json_get(document, "kind")),
                    json_text(json_path(document, "metadata", "name", NULL)),
                    json_text(json_path(document, "status", "phase", NULL)),
                    json_text(json_path(document, "status", "waitsFor", NULL)));
}

static int document_create(void *context, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct world *world = context;
    int r = before_write(world);
    uint64_t version = store_version(world->store);
    look_at_document(world, "create", document);
    return r ? r : written(world, version, store_create(world->store, TAKE(document)));
}

static int document_update(void *context, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct world *world = context;
    int r = before_write(world);
    uint64_t version = store_version(world->store);
    look_at_document(world, "update", document);
    return r ? r : written(world, version, store_update(world->store, TAKE(document)));
}

static int document_status(void *context, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct world *world = context;
    int r = before_write(world);
    uint64_t version = store_version(world->store);
    look_at_document(world, "status", document);
    return r ? r : written(world, version, store_update_status(world->store, TAKE(document)));
}

static int document_delete(void *context, const struct resource_key *key)
{
    struct world *world = context;
    int r = before_write(world);
    uint64_t version = store_version(world->store);
    world_trace(world, "  delete %s", key->name);
    return r ? r : written(world, version, store_delete(world->store, key));
}

static int worker_start(void *context, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    int r = before(context);
    return r ? r : after(context, sim_worker_start(context, worker, TAKE(spec), TAKE(credentials)));
}

static int worker_table(void *context, const char *worker, const struct wanted_table *table)
{
    int r = before(context);
    return r ? r : after(context, sim_worker_table(context, worker, table));
}

static int worker_stop(void *context, const char *worker)
{
    int r = before(context);
    return r ? r : after(context, sim_worker_stop(context, worker));
}

static int target_set(void *context, const struct target_wanted *wanted)
{
    int r = before(context);
    return r ? r : after(context, sim_target_set(context, wanted));
}

static int observe_worker(void *context, const char *worker, struct arena *arena, struct worker_view *ret)
{
    return sim_worker_observe(context, worker, arena, ret);
}

static void observe_target(void *context, const struct resource_key *key, bool concerned, struct target_observed *ret)
{
    (void)concerned;
    sim_target_observe(context, key, ret);
}

void world_connect(struct world *world)
{
    world->effects =
        (struct effects){.documents = {world, document_create, document_update, document_status, document_delete},
                         .workers = {world, worker_start, worker_table, worker_stop, observe_worker},
                         .targets = {world, target_set, observe_target}};
}
