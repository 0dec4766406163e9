/* Effects and observations of standalone mode. Fails as store, fleet and services fail. */
#include "supervisor/main/world.h"

#include "common/base/log.h"
#include "supervisor/apply/view_build.h"

struct world {
    struct store *store;
    struct fleet *fleet;
    struct local_services *services;
    struct effects effects;
    struct observer observer;
};

/* A write that met a newer document is no failure of ours: the plan is made again from what is there now. */
static int written(int result, const char *what)
{
    if (result <= 0)
        return result;
    log_debug("supervisor.split", "a write met another state; the plan is made again", LF_STR("write", what),
              LF_INT("outcome", result));
    return result == STORE_REFUSED ? -EINVAL : -EAGAIN;
}

static int document_create(void *context, struct json *document_take)
{
    struct world *world = context;
    int r = store_create(world->store, document_take);
    return r == STORE_EXISTS ? 0 : written(r, "create"); /* the name is the identity: found is as good as made */
}

static int document_update(void *context, struct json *document_take)
{
    struct world *world = context;
    int r = store_update(world->store, document_take);
    return r == STORE_NOT_FOUND ? 0 : written(r, "update");
}

static int document_status(void *context, struct json *document_take)
{
    struct world *world = context;
    int r = store_update_status(world->store, document_take);
    return r == STORE_NOT_FOUND ? 0 : written(r, "status");
}

static int document_delete(void *context, const struct resource_key *key)
{
    struct world *world = context;
    int r = store_delete(world->store, key);
    return r == STORE_NOT_FOUND ? 0 : written(r, "delete");
}

static int worker_start(void *context, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    struct world *world = context;
    return fleet_start(world->fleet, worker, spec_take, credentials_take);
}

static int worker_table(void *context, const char *worker, const struct wanted_table *table)
{
    struct world *world = context;
    return fleet_table(world->fleet, worker, table);
}

static int worker_stop(void *context, const char *worker)
{
    struct world *world = context;
    return fleet_stop(world->fleet, worker);
}

static int target_set(void *context, const struct target_wanted *wanted)
{
    struct world *world = context;
    return local_services_set(world->services, wanted);
}

static int observe_worker(void *context, const char *worker, struct arena *arena, struct worker_view *ret)
{
    struct world *world = context;
    return fleet_observe(world->fleet, worker, arena, ret);
}

static void observe_target(void *context, const struct resource_key *key, struct target_observed *ret)
{
    struct world *world = context;
    local_services_observe(world->services, key, ret);
}

int world_new(struct store *store, struct fleet *fleet, struct local_services *services, struct world **ret)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        return -ENOMEM;
    *world = (struct world){
        .store = store,
        .fleet = fleet,
        .services = services,
        .effects = {world, document_create, document_update, document_status, document_delete, worker_start,
                    worker_table, worker_stop, target_set},
        .observer = {world, observe_worker, observe_target},
    };
    *ret = world;
    return 0;
}

void world_free(struct world *world) { free(world); }

const struct effects *world_effects(const struct world *world) { return &world->effects; }

const struct observer *world_observer(const struct world *world) { return &world->observer; }

struct search {
    const char *name;
    struct resource_key target;
    bool found, recorded;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct search *search = context;
    if (search->found || strcmp(key->name, search->name) != 0)
        return;
    search->recorded = true;
    search->found = view_target_of(document, key, &search->target) == 0;
}

int world_target_of(const struct world *world, const char *worker, struct resource_key *ret)
{
    struct search search = {.name = worker};
    store_each(world->store, KIND_QUEUE_SPLIT, NULL, match, &search);
    if (search.found)
        *ret = search.target;
    return search.found ? 0 : search.recorded ? WORLD_NO_TARGET : WORLD_NO_RECORD;
}
