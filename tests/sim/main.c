/* Seeds of worlds with faults. SLUICE_SIM_SEEDS: how many (1000), from SLUICE_SIM_FIRST (1) on; SLUICE_SIM_SEED: one, told
 * step by step. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/sim/world.h"

#define CALM_MS 1800000 /* after the last fault everything must be as before within this time */

static uint64_t number_of(const char *variable, uint64_t fallback)
{
    const char *text = getenv(variable);
    uint64_t number = fallback;
    if (text && str_to_u64(str_of(text), UINT64_MAX, &number) != 0) {
        fprintf(stderr, "%s is not a number\n", variable);
        exit(2);
    }
    return number;
}

static void draw_target(struct world *world, struct sim_target *target)
{
    static const char *const leftovers[] = {"keep", "keep", "return", "discard"};
    target->queue_count = world_chance(world, 600) ? 1 : (size_t)world_between(world, 2, SIM_QUEUES_MAX);
    if (world_chance(world, 400))
        sim_target_form(target, FORM_NAME + (enum sim_form)(world_random(world) % (FORM_COUNT - FORM_NAME)));
    if (target->form == FORM_MAP)
        target->queue_count = SIM_QUEUES_MAX; /* one id stands for all of them */
    target->declared_count = target->queue_count;
    target->ttl_s = world_chance(world, 400) ? (unsigned)world_between(world, 1, 20) : 0;
    target->drain_timeout_s = world_chance(world, 300) ? (int)world_between(world, 0, 20) : -1;
    target->leftovers = leftovers[world_random(world) % 4];
    sim_target_exist(world, target, true);
}

static void draw_world(struct world *world)
{
    const struct sim_faults wild = {.effect_crash = 25,
                                    .effect_error = 25,
                                    .effect_lost = 25,
                                    .worker_crash = 20,
                                    .supervisor_crash = 15,
                                    .guardian_crash = 4,
                                    .broker_away = 8,
                                    .target_fails = 150,
                                    .temp_fails = 20,
                                    .app_stuck = 20,
                                    .disk_full = 8,
                                    .inputs = 15,
                                    .hidden = 250,
                                    .clock_jump = 8,
                                    .slowness = 300};
    world->settings.sqs_splitting = true;
    world->target_count = world_chance(world, 100) ? 2 : 1;
    for (size_t i = 0; i < world->target_count; i++)
        sim_target_init(world, i);
    for (size_t i = 0; i < world->target_count; i++)
        draw_target(world, &world->targets[i]);
    if (world_chance(world, 850))
        world->faults = wild;
    inputs_write(world);
}

static void maybe_start_session(struct world *world)
{
    size_t target = world_random(world) % world->target_count;
    uint8_t all = (uint8_t)((1u << world->targets[target].queue_count) - 1);
    uint8_t queues = (uint8_t)(world_random(world) & all);
    char user = (char)(world_chance(world, 100) ? 0 : 'a' + (int)(world_random(world) % 3));
    if (world->client_count >= 5 || !world_chance(world, 150))
        return;
    struct sim_client *client = sim_client_start(world, target, queues ? queues : all, user);
    check(client);
    client->ends_at = world->now_ms + world_between(world, 0, 60000);
    client->ending = (int)world_between(world, 0, 2);
}

static void change_inputs(struct world *world, struct sim_target *target)
{
    switch (world_random(world) % 5) {
    case 0:
        target->declared_count = (size_t)world_between(world, 0, (int64_t)target->queue_count);
        break;
    case 1:
        target->config_version++;
        break;
    case 2:
        target->config_broken = !target->config_broken;
        break;
    case 3:
        target->ttl_s = (unsigned)world_between(world, 0, 10);
        break;
    default:
        sim_target_exist(world, target, !target->exists);
        break;
    }
    world_trace(world, "inputs of %s change: %zu queues declared, config %u%s", target->name, target->declared_count,
                target->config_version, target->config_broken ? " gone" : "");
    inputs_write(world);
}

static void crash_workers(struct world *world, bool all)
{
    size_t chosen = world->worker_count ? world_random(world) % world->worker_count : 0;
    for (size_t i = 0; i < world->worker_count; i++)
        if (world->workers[i]->running && (all || i == chosen))
            sim_worker_crash(world, world->workers[i]);
}

static void inject(struct world *world)
{
    const struct sim_faults *faults = &world->faults;
    struct sim_target *target = &world->targets[world_random(world) % world->target_count];
    if (world_chance(world, faults->worker_crash))
        crash_workers(world, false);
    if (world_chance(world, faults->supervisor_crash))
        world_supervisor_crash(world);
    if (world_chance(world, faults->guardian_crash)) {
        crash_workers(world, true);
        world_supervisor_crash(world);
    }
    if (world_chance(world, world->broker.away ? 250 : faults->broker_away)) {
        world->broker.away = !world->broker.away;
        world_trace(world, "the broker is %s", world->broker.away ? "away" : "back");
    }
    if (world_chance(world, target->app_stuck ? 150 : faults->app_stuck))
        target->app_stuck = !target->app_stuck;
    if (world_chance(world, target->broken ? 150 : faults->app_stuck))
        target->broken = !target->broken;
    if (world_chance(world, world->disk_full ? 200 : faults->disk_full))
        world->disk_full = !world->disk_full;
    if (world_chance(world, faults->inputs))
        change_inputs(world, target);
    if (world_chance(world, faults->clock_jump))
        world->now_ms += world_between(world, 10000, 200000);
}

static void calm_down(struct world *world)
{
    world_trace(world, "no more faults");
    world->faults = (struct sim_faults){.slowness = 100};
    world->broker.away = world->disk_full = false;
    for (size_t i = 0; i < world->target_count; i++) {
        struct sim_target *target = &world->targets[i];
        target->app_stuck = target->broken = target->config_broken = false;
        target->declared_count = target->queue_count;
        target->hidden_until = 0;
        if (!target->exists)
            sim_target_exist(world, target, true);
    }
    inputs_write(world);
}

static void end_sessions(struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++)
        if (!world->clients[i].over) {
            world->clients[i].ending = 0;
            sim_client_end(world, &world->clients[i]);
        }
}

static int64_t draw_ms(struct world *world)
{
    return world_chance(world, 100) ? world_between(world, 2000, 12000) : world_between(world, 20, 1200);
}

static void live(struct world *world)
{
    unsigned steps = (unsigned)world_between(world, 8, 36);
    for (unsigned i = 0; i < steps && !world->failure[0]; i++) {
        maybe_start_session(world);
        inject(world);
        world_step(world, draw_ms(world));
    }
    calm_down(world);
}

/* A session that starts when all faults are over gets Ready, and what it asks for. */
static void prove_service(struct world *world)
{
    int64_t end = world->now_ms + CALM_MS;
    world_step(world, 1000); /* times are in whole seconds: what failed before is older */
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    while (client && !client->ready && !client->over && world->now_ms < end && !world->failure[0])
        world_step(world, draw_ms(world));
    if (client && !client->ready && !world->failure[0])
        world_fail(world, "%s is %s after the last fault: %s: %s", client->name, client->phase, client->reason,
                   client->message);
}

static void run(struct world *world)
{
    draw_world(world);
    live(world);
    end_sessions(world);
    if (world_chance(world, 150))
        prove_service(world);
    end_sessions(world);
    int64_t end = world->now_ms + CALM_MS;
    while (!world_is_clean(world) && world->now_ms < end && !world->failure[0])
        world_step(world, world_between(world, 500, 3000));
    if (!world_is_clean(world))
        world_fail(world, "not everything is undone after the last fault (I-6)");
    for (int i = 0; i < 5; i++)
        world_step(world, 1000);
    if (!world_is_clean(world))
        world_fail(world, "what was undone comes back");
    if (world->failure[0] == '\0')
        world_check_messages(world);
    if (world->failure[0] == '\0' && world_still(world) > 0)
        world_fail(world, "a pass in a world that stands still changes something");
}

static bool is_pod_gone(void *context, const char *identity)
{
    (void)context, (void)identity;
    return false;
}

static bool run_seed(uint64_t seed, bool verbose, char failure[512], unsigned long *passes)
{
    struct world *world = calloc(1, sizeof *world);
    check(world);
    world_init(world, seed);
    world->verbose = verbose;
    if (seed % 2) /* as in a cluster; a pod of another leader there never was */
        world->effects.pods = (struct pod_effects){.self = "sim_1", .gone = is_pod_gone};
    run(world);
    memcpy(failure, world->failure, 512);
    *passes += world->passes;
    world_deinit(world);
    free(world);
    return failure[0] == '\0';
}

int main(void)
{
    char failure[512];
    uint64_t seeds = number_of("SLUICE_SIM_SEEDS", 1000), one = number_of("SLUICE_SIM_SEED", 0);
    uint64_t first = number_of("SLUICE_SIM_FIRST", 1);
    unsigned long passes = 0;
    if (one)
        first = one, seeds = 1;
    clock_t began = clock();
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        if (run_seed(seed, one != 0, failure, &passes))
            continue;
        printf("seed %" PRIu64 ": %s\nreplay with SLUICE_SIM_SEED=%" PRIu64 "; the events:\n", seed, failure, seed);
        fflush(stdout);
        if (!one)
            (void)run_seed(seed, true, failure, &passes);
        return 1;
    }
    printf("%" PRIu64 " seeds, %lu passes, %.1f s\n", seeds, passes, (double)(clock() - began) / CLOCKS_PER_SEC);
    return 0;
}
