/* life_probe URL: the deciding rooms of an operator over an API server, with the simulator's workers in place of processes. Everything
 * that is read or written there goes the way it goes in the program: watches, planning, the writer of documents, the driver of
 * workloads, events. Says "up" once it decides; what must not happen ends it with 1 and a line. Ends with its input. */
#include "common/kube/client.h"
#include "common/loop/loop.h"
#include "supervisor/apply/document_writer.h"
#include "supervisor/apply/event_writer.h"
#include "supervisor/main/controller.h"
#include "supervisor/main/world.h"
#include "supervisor/source/kubernetes.h"
#include "supervisor/source/secrets.h"
#include "supervisor/target/kube_targets.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <unistd.h>

#define TICK_MS 20
#define LAG_MS 500

struct life {
    struct loop *loop;
    struct store *store;
    struct kube_client *client;
    struct kubernetes_source *source;
    struct secrets_source *secrets;
    struct kube_targets *targets;
    struct document_writer *writer;
    struct event_writer *events;
    struct controller *controller;
    struct effects effects;
    struct world world; /* only its workers and their broker */
    uint64_t heard;     /* of the workers, in one number */
    bool running;
};

/* --- What operator_reign.c does beside an election --- */

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    bool *found = context;
    (void)document;
    *found = *found || key->kind == KIND_QUEUE_SPLIT || key->kind == KIND_SPLIT_SESSION;
}

static bool may_look(void *context, const struct resource_key *target)
{
    const struct life *life = context;
    struct target_observed observed = {.exists = false};
    bool concerned = false;
    if (kubernetes_source_trouble(life->source) || !secrets_source_is_read(life->secrets))
        return false;
    store_each_of(life->store, target, match, &concerned);
    if (!concerned)
        return true;
    kube_targets_observe(life->targets, target, true, &observed);
    return !observed.unread;
}

static bool is_writing(void *context, const struct resource_key *target)
{
    const struct life *life = context;
    return document_writer_busy(life->writer, target);
}

static bool may_write(void *context)
{
    (void)context;
    return true;
}

static void on_written(void *context, const struct resource_key *target, enum written written)
{
    struct life *life = context;
    controller_wrote(life->controller, target, written == WRITTEN_ALL);
}

static void on_target_change(void *context, const struct resource_key *target)
{
    struct life *life = context;
    if (life->running)
        controller_mark(life->controller, target);
}

static void look(struct life *life)
{
    if (!life->secrets || !kubernetes_source_is_synced(life->source) || !secrets_source_is_read(life->secrets))
        return;
    if (life->running) {
        controller_mark_all(life->controller);
        return;
    }
    life->running = true;
    controller_run(life->controller);
    puts("up");
    fflush(stdout);
}

static void on_synced(void *context) { look(context); }

static void on_health(void *context, const struct reason *why)
{
    if (!why)
        look(context);
}

static bool is_pod_gone(void *context, const char *identity)
{
    (void)context, (void)identity;
    return false;
}

/* --- The workers --- */

/* As the fleet, they tell of changes only: whoever forgets to look again after a failed write waits for ever. */
static bool workers_have_news(struct life *life)
{
    const struct world *world = &life->world;
    uint64_t heard = 0;
    for (size_t i = 0; i < world->worker_count; i++) {
        const struct sim_worker *worker = world->workers[i];
        heard = heard * 31 + (uint64_t)worker->presence * 7 + worker->seen.version * 5 + worker->incarnation;
    }
    bool news = heard != life->heard;
    life->heard = heard;
    return news;
}

static void on_tick(void *context)
{
    struct life *life = context;
    life->world.now_ms = mono_now().ms;
    sim_workers_turn(&life->world);
    if (life->world.failure[0]) {
        puts(life->world.failure);
        fflush(stdout);
        _exit(1);
    }
    if (workers_have_news(life) && life->running)
        controller_mark_all(life->controller);
}

static void open_workers(struct life *life)
{
    struct world *world = &life->world;
    world_init(world, 1);
    store_watch_free(TAKE(world->watch));
    store_free(world->store);
    world->store = life->store;
    world->effects.pods = (struct pod_effects){.self = "operator_1", .gone = is_pod_gone};
    world->now_ms = mono_now().ms;
    broker_create(&world->broker, "orders")->original = true;
    life->effects.workers = world->effects.workers;
    life->effects.pods = world->effects.pods;
}

/* --- Rooms --- */

static void open_outside(struct life *life, struct kube_access *access)
{
    static const char *const all[] = {NULL};
    struct reason why;
    check(loop_new(&life->loop) == 0 && store_new(-1, &life->store, &why) == 0);
    store_group_by(life->store, target_of_cluster_document);
    check(kube_client_new(life->loop, access, &life->client) == 0);
    const struct kube_targets_config targets = {.loop = life->loop,
                                                .client = life->client,
                                                .store = life->store,
                                                .operator_namespace = "mirrord",
                                                .on_change = on_target_change,
                                                .may_write = may_write,
                                                .context = life};
    const struct document_writer_config writer = {.client = life->client,
                                                  .store = life->store,
                                                  .may_write = may_write,
                                                  .on_written = on_written,
                                                  .context = life};
    const struct event_writer_config events = {.client = life->client,
                                               .store = life->store,
                                               .instance = "operator",
                                               .may_write = may_write,
                                               .context = life};
    const struct kubernetes_source_config source = {.client = life->client,
                                                    .store = life->store,
                                                    .operator_namespace = "mirrord",
                                                    .namespaces = all,
                                                    .on_synced = on_synced,
                                                    .on_health = on_health,
                                                    .context = life};
    check(kube_targets_new(&targets, &life->targets) == 0 && document_writer_new(&writer, &life->writer) == 0);
    check(event_writer_new(&events, &life->events) == 0);
    check(kubernetes_source_new(&source, &life->source) == 0);
}

static void open_inside(struct life *life)
{
    static const char *const none[] = {NULL};
    const struct reason known = {.code = REASON_NONE};
    open_workers(life);
    life->effects.documents = document_writer_effects(life->writer);
    life->effects.targets = world_of_targets(life->targets);
    const struct controller_config controller = {.loop = life->loop,
                                                 .source = {.home = TARGETS_CLUSTER,
                                                            .store = life->store,
                                                            .settings = &life->world.settings,
                                                            .operator_namespace = "mirrord",
                                                            .lag_ms = LAG_MS,
                                                            .effects = &life->effects},
                                                 .gate = {may_look, is_writing, life}};
    check(controller_new(&controller, &life->controller) == 0);
    store_doubt_inputs(life->store, &known);
    const struct secrets_source_config secrets = {.client = life->client,
                                                  .store = life->store,
                                                  .operator_namespace = "mirrord",
                                                  .namespaces = none,
                                                  .on_read = on_synced,
                                                  .context = life};
    check(secrets_source_new(&secrets, &life->secrets) == 0);
}

static void life_close(struct life *life)
{
    secrets_source_free(life->secrets);
    kubernetes_source_free(life->source);
    controller_free(life->controller);
    event_writer_free(life->events);
    document_writer_free(life->writer);
    kube_targets_free(life->targets);
    kube_client_free(life->client);
    world_deinit(&life->world); /* and the store */
    loop_free(life->loop);
}

static void on_input(void *context, unsigned events)
{
    (void)events;
    loop_stop(context);
}

int main(int argc, char **argv)
{
    static struct life life;
    struct kube_access access CLEANUP(kube_access_deinit) = kube_access_empty();
    struct loop_fd *input = NULL;
    struct loop_timer *tick = NULL;
    check(argc == 2 && str_dup(str_of(argv[1]), &access.server) == 0);
    open_outside(&life, &access);
    open_inside(&life);
    check(loop_fd_new(life.loop, STDIN_FILENO, LOOP_READABLE, on_input, life.loop, &input) == 0);
    check(loop_timer_new(life.loop, on_tick, &life, &tick) == 0);
    loop_timer_repeat(tick, TICK_MS);
    check(loop_run(life.loop) == 0);
    loop_timer_free(tick);
    loop_fd_free(input);
    life_close(&life);
    return 0;
}
