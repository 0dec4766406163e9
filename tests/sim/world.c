/* The clock, and the passes of the supervisor. */
#include "tests/sim/world.h"

#include <stdio.h>

#include "supervisor/apply/apply.h"

#define PASSES_MAX 80 /* until a world in which nothing else happens must be quiet */
#define START_MS 1000000
#define WALL_MS 1700000000000
#define VIEW_BYTES_MAX (64u << 20)

static struct world *present; /* for the wall clock of the store */

int64_t __wrap_wall_now_ms(void);
int64_t __wrap_wall_now_ms(void) { return WALL_MS + (present ? present->now_ms - START_MS : 0); }

uint64_t world_random(struct world *world)
{
    /* SplitMix64 */
    uint64_t z = (world->random += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

bool world_chance(struct world *world, unsigned per_mille)
{
    return per_mille && world_random(world) % 1000 < per_mille;
}

int64_t world_between(struct world *world, int64_t first, int64_t last)
{
    return first + (int64_t)(world_random(world) % (uint64_t)(last - first + 1));
}

void world_trace(struct world *world, const char *format, ...)
{
    va_list arguments;
    if (!world->verbose)
        return;
    fprintf(stderr, "%8lld  ", (long long)(world->now_ms - START_MS));
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;
    if (world->failure[0])
        return;
    va_start(arguments, format);
    vsnprintf(world->failure, sizeof world->failure, format, arguments);
    va_end(arguments);
    world_trace(world, "MUST NOT HAPPEN: %s", world->failure);
}

void world_mark_all(struct world *world)
{
    for (size_t i = 0; i < world->target_count; i++)
        world->targets[i].dirty = true;
}

static char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

static void on_change(void *context, enum store_change change, const struct resource_key *key,
                      const struct json *document)
{
    (void)change;
    (void)key;
    (void)document;
    world_mark_all(context);
}

void world_init(struct world *world, uint64_t seed)
{
    struct reason why;
    *world = (struct world){.seed = seed, .random = seed * 0x2545f4914f6cdd1d + 1, .now_ms = START_MS};
    present = world;
    world->settings_arena = ARENA_INIT(1u << 20);
    check(settings_read(no_variable, &world->settings_arena, &world->settings, &why) == 0);
    check(store_new(-1, &world->store, &why) == 0);
    store_group_by(world->store, target_of_local_document);
    check(store_watch_new(world->store, on_change, world, &world->watch) == 0);
    world_connect(world);
}

void world_deinit(struct world *world)
{
    sim_workers_deinit(world);
    for (size_t i = 0; i < world->target_count; i++)
        sim_target_deinit(&world->targets[i]);
    store_watch_free(world->watch);
    store_free(world->store);
    broker_deinit(&world->broker);
    arena_deinit(&world->settings_arena);
    present = NULL;
}

void world_supervisor_crash(struct world *world)
{
    world->crashed = false;
    world->back_at = world->now_ms + world_between(world, 100, 3000);
    world_trace(world, "the supervisor crashes");
    sim_workers_forget(world);
    for (size_t i = 0; i < world->target_count; i++)
        sim_target_forget(&world->targets[i]);
    for (size_t i = 0; i < world->target_count; i++)
        if (world_chance(world, world->faults.hidden))
            inputs_hide(world, &world->targets[i], world_between(world, 1000, 60000));
    world_mark_all(world);
}

/* One pass; < 0: it was not carried out. */
static int pass(struct world *world, struct sim_target *target)
{
    const struct view_source source = {TARGETS_LOCAL, world->store,  &world->effects,      &world->settings,
                                       "mirrord",     world->lag_ms, &world->patient_until};
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(VIEW_BYTES_MAX);
    struct target_view view;
    struct plan plan;
    enum action_type failed = ACTION_TARGET_SET;
    world->passes++;
    target->dirty = false;
    plan_init(&plan);
    int r = view_build(&source, &target->key, (struct mono){world->now_ms}, __wrap_wall_now_ms(), world_random(world),
                       &arena, &view);
    if (r == 0)
        r = reconcile(&view, &target->memory, &plan);
    check(r == 0);
    target->wake = plan.wake;
    r = apply_plan(&plan, &world->effects, &failed);
    plan_deinit(&plan);
    return r;
}

/* Passes until nothing is changed any more: in a world that stands still that must come soon. */
static unsigned work_on(struct world *world, struct sim_target *target)
{
    unsigned changes = 0;
    for (unsigned i = 0; i < PASSES_MAX && !world->failure[0]; i++) {
        world->changed = false;
        int r = pass(world, target);
        sim_clients_look(world);
        if (world->crashed) {
            world_supervisor_crash(world);
            return changes;
        }
        if (r < 0) {
            target->rest_until = world->now_ms + world_between(world, 100, 400);
            target->dirty = true;
            return changes;
        }
        changes += world->changed;
        bool again = mono_is_set(target->wake) && target->wake.ms <= world->now_ms;
        if (!world->changed && !again) {
            target->dirty = false; /* the last pass saw everything */
            return changes;
        }
    }
    world_fail(world, "target %s is not quiet after %d passes", target->name, PASSES_MAX);
    return changes;
}

unsigned world_still(struct world *world)
{
    unsigned changes = 0;
    for (size_t i = 0; i < world->target_count; i++)
        changes += work_on(world, &world->targets[i]);
    return changes;
}

static void supervise(struct world *world)
{
    for (size_t i = 0; i < world->target_count && world->now_ms >= world->back_at; i++) {
        struct sim_target *target = &world->targets[i];
        bool due = target->dirty || (mono_is_set(target->wake) && target->wake.ms <= world->now_ms);
        if (due && world->now_ms >= target->rest_until)
            (void)work_on(world, target);
    }
}

static void produce(struct world *world, struct sim_target *target)
{
    for (size_t q = 0; q < target->queue_count; q++)
        if (!world->silent && world_chance(world, 500))
            broker_produce(&world->broker, broker_find(&world->broker, target->originals[q]),
                           (char)('a' + world_random(world) % 4), world->now_ms);
}

void world_step(struct world *world, int64_t ms)
{
    world->now_ms += ms;
    inputs_turn(world);
    for (size_t i = 0; i < world->target_count; i++) {
        produce(world, &world->targets[i]);
        sim_target_turn(world, &world->targets[i]);
    }
    sim_workers_turn(world);
    sim_clients_turn(world);
    supervise(world);
}
