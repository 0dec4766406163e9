/* A workload with two instances that restart one after the other, and the driver that makes its environment so. */
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>

struct sim_target *sim_target_find(struct world *world, const struct resource_key *key)
{
    for (size_t i = 0; i < world->target_count; i++)
        if (resource_key_equal(&world->targets[i].key, key))
            return &world->targets[i];
    return NULL;
}

static void original_env(const struct sim_target *target, struct sim_instance *instance)
{
    memcpy(instance->topics, target->originals, sizeof instance->topics);
}

void sim_target_init(struct world *world, size_t index)
{
    struct sim_target *target = &world->targets[index];
    *target = (struct sim_target){.key = {.kind = KIND_LOCAL_SERVICE}, .queue_count = 1, .drain_timeout_s = -1};
    target->leftovers = "keep";
    snprintf(target->name, sizeof target->name, "app-%zu", index);
    snprintf(target->group, sizeof target->group, "group-%zu", index);
    check(str_copy(target->key.namespace, sizeof target->key.namespace, STR("default")) == 0);
    check(str_copy(target->key.name, sizeof target->key.name, str_of(target->name)) == 0);
    for (size_t i = 0; i < SIM_QUEUES_MAX; i++) {
        snprintf(target->originals[i], sizeof target->originals[i], "orders-%zu-%zu", index, i);
        broker_create(&world->broker, target->originals[i])->original = true;
    }
}

void sim_target_form(struct sim_target *target, enum sim_form form)
{
    target->form = form;
    if (form != FORM_TOPIC)
        target->group[0] = '\0'; /* all consumers of a queue are one group */
}

static void wanted_free(struct sim_target *target)
{
    for (size_t i = 0; i < target->wanted_count; i++) {
        free((void *)(uintptr_t)target->wanted[i].container);
        free((void *)(uintptr_t)target->wanted[i].variable);
        free((void *)(uintptr_t)target->wanted[i].value);
    }
    free(target->wanted);
    target->wanted = NULL;
    target->wanted_count = 0;
}

void sim_target_deinit(struct sim_target *target)
{
    wanted_free(target);
    target_memory_deinit(&target->memory);
}

void sim_target_forget(struct sim_target *target)
{
    target_memory_deinit(&target->memory);
    target->memory = (struct target_memory){.sessions = NULL};
    target->wake = (struct mono){0};
    target->known = false;
    target->failed = false;
    target->progress = 0;
    wanted_free(target);
}

void sim_target_exist(struct world *world, struct sim_target *target, bool exists)
{
    target->exists = exists;
    target->known = false;
    wanted_free(target);
    for (size_t i = 0; i < SIM_INSTANCES; i++) {
        target->instances[i] = (struct sim_instance){.alive = exists};
        original_env(target, &target->instances[i]);
    }
    for (size_t i = 0; i < world->client_count; i++) /* nobody keeps the promise of Ready for a target that is gone */
        if (&world->targets[world->clients[i].target] == target)
            world->clients[i].ready_at = INT64_MAX;
    target->told_count = 0; /* a new one has no entries */
    target->told_hash[0] = '\0';
    world_trace(world, "target %s %s", target->name, exists ? "is there" : "is gone");
}

static char *copied(const char *text)
{
    char *copy = NULL;
    check(str_dup(str_of(text), &copy) == 0);
    return copy;
}

/* Entries come and go all at once: one rollout to begin, one to end (W-3). */
static void check_rollouts(struct world *world, struct sim_target *target, const struct target_wanted *wanted,
                           const char *hash)
{
    if (target->told_count && wanted->entry_count && strcmp(target->told_hash, hash) != 0)
        world_fail(world, "target %s gets other entries while it has some (W-3)", target->name);
    target->patches += !target->told_count && wanted->entry_count;
    target->told_count = wanted->entry_count;
    memcpy(target->told_hash, hash, sizeof target->told_hash);
}

static void check_entries(struct world *world, const struct sim_target *target, const struct target_wanted *wanted)
{
    char variable[32], name[BROKER_NAME_SIZE];
    for (size_t i = 0; i < wanted->entry_count; i++)
        for (size_t q = 0; q < target->queue_count; q++) {
            sim_variable_of(target, q, variable);
            if (strcmp(variable, wanted->entries[i].variable) != 0)
                continue;
            sim_name_in(target, wanted->entries[i].value, q, name);
            if (!broker_exists(&world->broker, name))
                world_fail(world, "target %s is pointed to %s, which is not there (C-2)", wanted->key.name, name);
        }
}

int sim_target_set(struct world *world, const struct target_wanted *wanted)
{
    struct sim_target *target = sim_target_find(world, &wanted->key);
    char hash[65];
    check(target);
    target_entries_hash(wanted->entries, wanted->entry_count, hash);
    if (!target->exists || (target->known && strcmp(hash, target->wanted_hash) == 0))
        return 0;
    check_rollouts(world, target, wanted, hash);
    check_entries(world, target, wanted);
    wanted_free(target);
    target->wanted = calloc(wanted->entry_count + 1, sizeof *target->wanted);
    check(target->wanted);
    for (size_t i = 0; i < wanted->entry_count; i++)
        target->wanted[target->wanted_count++] =
            (struct target_entry){copied(wanted->entries[i].container), copied(wanted->entries[i].variable),
                                  copied(wanted->entries[i].value), NULL};
    memcpy(target->wanted_hash, hash, sizeof hash);
    target->known = true;
    target->failed = false;
    target->next_at = world->now_ms + world_between(world, 10, 500);
    world->changed = true;
    world_trace(world, "target %s is set to %zu entries", target->name, wanted->entry_count);
    return 0;
}

static void wanted_topic(const struct sim_target *target, size_t queue, char ret[BROKER_NAME_SIZE])
{
    char variable[32];
    sim_variable_of(target, queue, variable);
    check(str_copy(ret, BROKER_NAME_SIZE, str_of(target->originals[queue])) == 0);
    for (size_t i = 0; i < target->wanted_count; i++)
        if (strcmp(target->wanted[i].variable, variable) == 0)
            sim_name_in(target, target->wanted[i].value, queue, ret);
}

static bool fits(const struct sim_target *target, const struct sim_instance *instance)
{
    char name[BROKER_NAME_SIZE];
    for (size_t i = 0; i < target->queue_count; i++) {
        wanted_topic(target, i, name);
        if (strcmp(instance->topics[i], name) != 0)
            return false;
    }
    return true;
}

static size_t count_fitting(const struct sim_target *target, bool alive_only)
{
    size_t count = 0;
    for (size_t i = 0; i < SIM_INSTANCES; i++)
        count += fits(target, &target->instances[i]) && (target->instances[i].alive || !alive_only);
    return count;
}

/* The next instance that differs is stopped and started again with the wanted environment. */
static void roll(struct world *world, struct sim_target *target)
{
    for (size_t i = 0; i < SIM_INSTANCES; i++) {
        struct sim_instance *instance = &target->instances[i];
        if (fits(target, instance))
            continue;
        for (size_t q = 0; q < target->queue_count; q++)
            wanted_topic(target, q, instance->topics[q]);
        instance->alive = false;
        instance->back_at = world->now_ms + world_between(world, 100, 4000);
        target->next_at = instance->back_at;
        return;
    }
}

static void driver_turn(struct world *world, struct sim_target *target)
{
    if (!target->known || world->now_ms < target->next_at || count_fitting(target, true) == SIM_INSTANCES)
        return;
    bool fails = target->broken || world_chance(world, world->faults.target_fails);
    target->next_at = world->now_ms + world_between(world, 500, 3000);
    if (fails != target->failed)
        target->dirty = true;
    target->failed = fails;
    if (!fails && count_fitting(target, false) < SIM_INSTANCES) {
        roll(world, target);
        target->progress++;
        target->dirty = true;
    }
}

static void app_consume(struct world *world, struct sim_target *target, size_t queue, struct sim_instance *instance)
{
    struct broker_topic *topic = broker_find(&world->broker, instance->topics[queue]);
    if (!topic || !topic->exists)
        return;
    for (int i = 0; i < 2 && broker_peek(topic, target->group) != BROKER_NONE; i++) {
        uint32_t message = broker_peek(topic, target->group);
        broker_commit(topic, target->group);
        world_consumed_by_app(world, message, target, queue, topic->original);
    }
}

void sim_target_turn(struct world *world, struct sim_target *target)
{
    if (!target->exists)
        return;
    for (size_t i = 0; i < SIM_INSTANCES; i++) {
        struct sim_instance *instance = &target->instances[i];
        if (!instance->alive && world->now_ms >= instance->back_at && !target->broken) {
            instance->alive = true;
            target->progress++;
            target->dirty = true;
        }
        for (size_t q = 0; q < target->queue_count && instance->alive && !target->app_stuck; q++)
            app_consume(world, target, q, instance);
    }
    driver_turn(world, target);
}

void sim_target_observe(struct world *world, const struct resource_key *key, struct target_observed *ret)
{
    struct sim_target *target = sim_target_find(world, key);
    if (!target || !target->exists)
        return;
    if (target->hidden_until) { /* the driver knows it by what it wrote down to restore it */
        *ret = (struct target_observed){.held = target->told_count > 0, .state = TARGET_STATE_UNKNOWN};
        return;
    }
    *ret = (struct target_observed){.exists = true, .state = TARGET_STATE_UNKNOWN, .progress = target->progress};
    if (!target->known)
        return;
    bool ready = count_fitting(target, true) == SIM_INSTANCES;
    memcpy(ret->entries_hash, target->wanted_hash, sizeof ret->entries_hash);
    ret->state = ready ? TARGET_STATE_READY : target->failed ? TARGET_STATE_FAILED : TARGET_STATE_ROLLING;
    ret->patched_ready = (uint32_t)count_fitting(target, true);
    for (size_t i = 0; i < SIM_INSTANCES; i++)
        ret->unpatched_staying += !fits(target, &target->instances[i]) && target->instances[i].alive;
    ret->unpatched_gone = ret->unpatched_staying == 0;
    if (target->failed)
        reason_set(&ret->why, REASON_RESTART_FAILED, 0, "the restart command failed");
    if (!ready)
        snprintf(ret->waits_for, sizeof ret->waits_for, "instances to restart");
}

bool sim_target_uses(const struct world *world, const char *topic)
{
    for (size_t t = 0; t < world->target_count; t++)
        for (size_t i = 0; i < SIM_INSTANCES && world->targets[t].exists; i++)
            for (size_t q = 0; q < world->targets[t].queue_count; q++)
                if (world->targets[t].instances[i].alive &&
                    strcmp(world->targets[t].instances[i].topics[q], topic) == 0)
                    return true;
    return false;
}
