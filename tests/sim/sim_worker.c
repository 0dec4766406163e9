/* Worker processes as the supervisor's fleet shows them: started, adopted, stopped, crashed, and what they said. */
#include <inttypes.h>
#include <stdlib.h>

#include "ipc/identity.h"
#include "tests/sim/world.h"

#define LIVED_MS 10000
#define RETRY_MAX_MS 30000

struct sim_worker *sim_worker_find(struct world *world, const char *id)
{
    for (size_t i = 0; i < world->worker_count; i++)
        if (strcmp(world->workers[i]->id, id) == 0)
            return world->workers[i];
    return NULL;
}

static struct sim_worker *get(struct world *world, const char *id)
{
    struct sim_worker *worker = sim_worker_find(world, id);
    if (worker)
        return worker;
    worker = calloc(1, sizeof *worker);
    check(worker && world->worker_count < SIM_WORKERS_MAX);
    check(str_copy(worker->id, sizeof worker->id, str_of(id)) == 0);
    world->workers[world->worker_count++] = worker;
    return worker;
}

static void tables_free(struct sim_worker *worker)
{
    if (worker->active != worker->table)
        wanted_table_free(worker->active);
    worker->active = NULL;
    wanted_table_free(TAKE(worker->table));
    wanted_table_free(TAKE(worker->incoming));
}

void sim_workers_deinit(struct world *world)
{
    for (size_t i = 0; i < world->worker_count; i++) {
        tables_free(world->workers[i]);
        wanted_table_free(world->workers[i]->pushed);
        free(world->workers[i]);
    }
}

size_t sim_workers_running(const struct world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->worker_count; i++)
        count += world->workers[i]->running;
    return count;
}

/* The target whose original it works on has news. */
static void mark(struct world *world, const struct sim_worker *worker)
{
    for (size_t i = 0; i < world->target_count; i++)
        for (size_t q = 0; q < SIM_QUEUES_MAX; q++)
            if (strcmp(world->targets[i].originals[q], worker->topic) == 0)
                world->targets[i].dirty = true;
}

/* What was known of a process that is gone. */
static void unknow(struct sim_worker *worker)
{
    wanted_table_free(TAKE(worker->pushed));
    worker->seen.temp_count = 0;
    worker->seen = (struct sim_report){.version = 0};
}

static void gone(struct world *world, struct sim_worker *worker, bool ordered)
{
    bool lived = worker->said_hello && world->now_ms - worker->started_at >= LIVED_MS;
    int64_t delay = 200;
    tables_free(worker);
    unknow(worker);
    worker->running = false;
    worker->end_at = 0;
    worker->presence = WORKER_NONE;
    worker->failures = ordered ? 0 : lived ? 1 : worker->failures + 1;
    for (unsigned i = 0; i < worker->failures && delay < RETRY_MAX_MS; i++)
        delay *= 2;
    worker->retry_at = world->now_ms + (delay < RETRY_MAX_MS ? delay : RETRY_MAX_MS);
    worker->why.code = REASON_NONE;
    if (!ordered)
        reason_set(&worker->why, REASON_WORKER_CRASHED, 0, "the worker was ended by signal 9 (SIGKILL)");
    mark(world, worker);
}

void sim_worker_crash(struct world *world, struct sim_worker *worker)
{
    world_trace(world, "worker %s crashes", worker->id);
    gone(world, worker, false);
}

void sim_workers_forget(struct world *world)
{
    for (size_t i = 0; i < world->worker_count; i++) {
        struct sim_worker *worker = world->workers[i];
        unknow(worker);
        worker->said_hello = false;
        worker->hello_at = world->back_at + world_between(world, 0, 1500);
        worker->presence = worker->running ? WORKER_STARTING : WORKER_NONE;
        worker->failures = 0;
        worker->retry_at = 0;
        worker->why.code = REASON_NONE;
        /* The fleet ends probes that it finds: nobody remembers what they were for. */
        if (worker->running && strncmp(worker->id, "probe-", 6) == 0) {
            worker->presence = WORKER_STOPPING;
            worker->end_at = worker->end_at ? worker->end_at : world->now_ms + 200;
        }
    }
}

struct record_search {
    const char *name;
    bool found;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct record_search *search = context;
    (void)document;
    search->found = search->found || strcmp(key->name, search->name) == 0;
}

static void check_recorded(struct world *world, const char *id)
{
    struct record_search search = {.name = id};
    store_each(world->store, KIND_QUEUE_SPLIT, NULL, match, &search);
    if (strncmp(id, "split-", 6) == 0 && !search.found)
        world_fail(world, "worker %s is started without a record", id);
}

static void read_spec(struct sim_worker *worker, const struct json *spec)
{
    const char *leftovers = json_text(json_get(spec, "leftovers"));
    worker->sqs = strcmp(json_text(json_get(spec, "type")), "SQS") == 0;
    const struct json *name = worker->sqs ? json_path(spec, "queue", "name", NULL) : json_get(spec, "topic");
    check(str_copy(worker->topic, sizeof worker->topic, json_str(name)) == 0);
    check(str_copy(worker->group, sizeof worker->group, json_str(json_get(spec, "group"))) == 0);
    worker->returns = strcmp(leftovers, "return") == 0;
    worker->discards = strcmp(leftovers, "discard") == 0;
}

/* Whoever leads next must find the pod of every worker that may live (CASE-5). A probe forwards nothing. */
static void check_pod_recorded(struct world *world, const char *id)
{
    struct resource_key key = {.kind = KIND_QUEUE_SPLIT, .namespace = "default"};
    const char *self = world->effects.pods.self;
    check(str_copy(key.name, sizeof key.name, str_of(id)) == 0);
    const struct json *document = store_get(world->store, &key);
    if (self && document && !workers_name_pod(json_get(document, "status"), self))
        world_fail(world, "worker %s is started before its pod is written down", id);
}

int sim_worker_start(struct world *world, const char *id, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    struct sim_worker *worker = get(world, id);
    if (worker->presence != WORKER_NONE)
        return 0;
    check_recorded(world, id);
    check_pod_recorded(world, id);
    if (world->now_ms < worker->retry_at)
        world_fail(world, "worker %s is started within its backoff", id);
    read_spec(worker, spec);
    check(ipc_spec_hash(spec, credentials, worker->spec_hash) == 0);
    worker->report = (struct sim_report){.version = 1};
    worker->begun = false;
    worker->running = true;
    worker->said_hello = false;
    worker->presence = WORKER_STARTING;
    worker->incarnation++;
    worker->generation = 0;
    worker->started_at = world->now_ms;
    worker->hello_at = world->now_ms + world_between(world, 20, 400);
    world->changed = true;
    world_trace(world, "worker %s starts: %s", id, worker->topic);
    return 0;
}

/* A route into a queue that goes away would lose messages: a worker refuses such a table (C-5). */
static void check_routes(struct world *world, const char *id, const struct wanted_table *table)
{
    for (size_t i = 0; i < table->session_count; i++) {
        bool there = false;
        for (size_t j = 0; j < table->temp_count; j++)
            there = there || (strcmp(table->temps[j].name, table->sessions[i].temp) == 0 &&
                              table->temps[j].want == WORKER_TEMP_WANT_PRESENT);
        if (!there)
            world_fail(world, "worker %s is told to route to %s, which is not wanted (C-5)", id,
                       table->sessions[i].temp);
    }
}

int sim_worker_table(struct world *world, const char *id, const struct wanted_table *table)
{
    struct sim_worker *worker = sim_worker_find(world, id);
    struct wanted_table next = *table;
    if (!worker || worker->presence == WORKER_NONE || worker->presence == WORKER_STOPPING)
        return 0;
    check_routes(world, id, table);
    next.generation = ++worker->generation;
    wanted_table_free(TAKE(worker->pushed));
    wanted_table_free(TAKE(worker->incoming));
    check(wanted_table_dup(&next, &worker->pushed) == 0 && wanted_table_dup(&next, &worker->incoming) == 0);
    worker->incoming_at = world->now_ms;
    world->changed = true;
    world_trace(world, "worker %s is given table %" PRIu64 " mode %d, %zu temps, %zu sessions", id, next.generation,
                (int)next.mode, next.temp_count, next.session_count);
    return 0;
}

int sim_worker_stop(struct world *world, const char *id)
{
    struct sim_worker *worker = sim_worker_find(world, id);
    if (!worker || worker->presence == WORKER_NONE || worker->presence == WORKER_STOPPING)
        return 0;
    worker->presence = WORKER_STOPPING;
    worker->end_at = world->now_ms + world_between(world, 50, 2000);
    world->changed = true;
    world_trace(world, "worker %s is stopped", id);
    return 0;
}

/* What is told reaches the supervisor, sometimes late. */
static void tell(struct world *world, struct sim_worker *worker)
{
    if (!worker->said_hello && world->now_ms >= worker->hello_at && world->now_ms >= world->back_at) {
        worker->said_hello = true;
        worker->presence = worker->presence == WORKER_STARTING ? WORKER_LIVE : worker->presence;
        worker->why.code = REASON_NONE;
        mark(world, worker);
    }
    if (!worker->said_hello || worker->seen.version == worker->report.version ||
        world_chance(world, world->faults.slowness))
        return;
    worker->seen = worker->report;
    mark(world, worker);
}

static void turn(struct world *world, struct sim_worker *worker)
{
    if (worker->end_at && world->now_ms >= worker->end_at) {
        gone(world, worker, true);
        return;
    }
    if (worker->said_hello && worker->incoming && !worker->end_at && !world_chance(world, world->faults.slowness)) {
        if (worker->active != worker->table) /* else it stays in force until the new one is */
            wanted_table_free(worker->table);
        worker->table = TAKE(worker->incoming);
        for (size_t i = 0; i < worker->report.temp_count; i++)
            worker->report.temps[i].looked = false;
    }
    for (int i = 0; i < 4 && worker->running && worker->table && !worker->end_at; i++) {
        sim_converge(world, worker);
        tell(world, worker);
    }
    tell(world, worker);
}

void sim_workers_turn(struct world *world)
{
    for (size_t i = 0; i < world->worker_count; i++)
        if (world->workers[i]->running)
            turn(world, world->workers[i]);
}
