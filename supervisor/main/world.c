/* See world.h. Fails as store, fleet and services fail. */
#include "supervisor/main/world.h"

#include "common/base/log.h"
#include "supervisor/apply/target_of.h"

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
    int r = store_create(context, document_take);
    return r == STORE_EXISTS ? 0 : written(r, "create"); /* the name is the identity: found is as good as made */
}

static int document_update(void *context, struct json *document_take)
{
    int r = store_update(context, document_take);
    return r == STORE_NOT_FOUND ? 0 : written(r, "update");
}

static int document_status(void *context, struct json *document_take)
{
    int r = store_update_status(context, document_take);
    return r == STORE_NOT_FOUND ? 0 : written(r, "status");
}

static int document_delete(void *context, const struct resource_key *key)
{
    int r = store_delete(context, key);
    return r == STORE_NOT_FOUND ? 0 : written(r, "delete");
}

static int worker_start(void *context, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    return fleet_start(context, worker, spec_take, credentials_take);
}

static int worker_table(void *context, const char *worker, const struct wanted_table *table)
{
    return fleet_table(context, worker, table);
}

static int worker_stop(void *context, const char *worker) { return fleet_stop(context, worker); }

static int target_set(void *context, const struct target_wanted *wanted)
{
    return local_services_set(context, wanted);
}

static int observe_worker(void *context, const char *worker, struct arena *arena, struct worker_view *ret)
{
    return fleet_observe(context, worker, arena, ret);
}

static void observe_target(void *context, const struct resource_key *key, bool concerned, struct target_observed *ret)
{
    (void)concerned; /* the folder is read as a whole */
    local_services_observe(context, key, ret);
}

static int workload_set(void *context, const struct target_wanted *wanted)
{
    return kube_targets_set(context, wanted);
}

static void observe_workload(void *context, const struct resource_key *key, bool concerned,
                             struct target_observed *ret)
{
    kube_targets_observe(context, key, concerned, ret);
}

struct document_effects world_of_store(struct store *store)
{
    return (struct document_effects){store, document_create, document_update, document_status, document_delete};
}

struct worker_effects world_of_fleet(struct fleet *fleet)
{
    return (struct worker_effects){fleet, worker_start, worker_table, worker_stop, observe_worker};
}

struct target_effects world_of_services(struct local_services *services)
{
    return (struct target_effects){services, target_set, observe_target};
}

struct target_effects world_of_targets(struct kube_targets *targets)
{
    return (struct target_effects){targets, workload_set, observe_workload};
}

struct search {
    const char *name;
    enum target_home home;
    struct resource_key target;
    bool found, recorded;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct search *search = context;
    if (search->found || strcmp(key->name, search->name) != 0)
        return;
    search->recorded = true;
    search->found = target_of_document(search->home, document, key, &search->target) == 0;
}

int world_target_of(const struct store *store, enum target_home home, const char *worker, struct resource_key *ret)
{
    struct search search = {.name = worker, .home = home};
    store_each(store, KIND_QUEUE_SPLIT, NULL, match, &search);
    if (search.found)
        *ret = search.target;
    return search.found ? 0 : search.recorded ? WORLD_NO_TARGET : WORLD_NO_RECORD;
}
