/* The story teller's hands: see the header. */
#include "tests/unit/split/rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/cmocka_all.h"

struct world *rig_open_with(const char *const *manifests)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_init(world, 7);
    world->silent = true;
    world->manifests = manifests;
    world->target_count = 2; /* app-1 does not exist */
    sim_target_init(world, 0);
    sim_target_init(world, 1);
    sim_target_exist(world, &world->targets[0], true);
    inputs_write(world);
    return world;
}

struct world *rig_open(size_t queues)
{
    struct world *world = rig_open_with(NULL);
    world->targets[0].queue_count = world->targets[0].declared_count = queues;
    inputs_write(world);
    return world;
}

void rig_close(struct world *world)
{
    assert_string_equal(world->failure, "");
    world_deinit(world);
    free(world);
}

void rig_run(struct world *world, int64_t ms)
{
    for (int64_t end = world->now_ms + ms; world->now_ms < end;)
        world_step(world, 200);
}

static struct resource_key key_of(enum kind kind, const char *name)
{
    struct resource_key key = {.kind = kind, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return key;
}

void rig_session(struct world *world, const char *name, const char *target, const char *queues, const char *more)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(8192);
    struct json *document = NULL;
    struct json_error error;
    assert_int_equal(
        buf_printf(&text,
                   "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{"
                   "\"namespace\":\"default\",\"name\":\"%s\"},\"spec\":{\"target\":{\"kind\":"
                   "\"Deployment\",\"name\":\"%s\"%s},\"owner\":{\"username\":\"dev\"},\"key\":\"key-%s\","
                   "\"queues\":[%s]}}",
                   name, target, more, name, queues),
        0);
    assert_int_equal(json_parse(buf_str(&text), &limits, &document, &error), 0);
    assert_int_equal(store_create(world->store, document), 0);
}

const struct json *rig_status(struct world *world, const char *name)
{
    struct resource_key key = key_of(KIND_SPLIT_SESSION, name);
    return json_get(store_get(world->store, &key), "status");
}

const char *rig_phase(struct world *world, const char *name)
{
    struct resource_key key = key_of(KIND_SPLIT_SESSION, name);
    return store_get(world->store, &key) ? json_text(json_get(rig_status(world, name), "phase")) : "gone";
}

static const struct json *ready_of(struct world *world, const char *name)
{
    return json_at(json_get(rig_status(world, name), "conditions"), 0);
}

const char *rig_reason(struct world *world, const char *name)
{
    return json_text(json_get(ready_of(world, name), "reason"));
}

const char *rig_message(struct world *world, const char *name)
{
    return json_text(json_get(ready_of(world, name), "message"));
}

void rig_wait_session(struct world *world, const char *name, const char *phase, int64_t limit_ms)
{
    for (int64_t end = world->now_ms + limit_ms; world->now_ms < end && strcmp(rig_phase(world, name), phase) != 0;)
        world_step(world, 200);
    if (strcmp(rig_phase(world, name), phase) != 0)
        fail_msg("session %s is %s, not %s: %s: %s", name, rig_phase(world, name), phase, rig_reason(world, name),
                 rig_message(world, name));
}

struct splits {
    const char *phase;
    size_t all, fitting;
};

static void count(void *context, const struct resource_key *key, const struct json *document)
{
    struct splits *splits = context;
    (void)key;
    splits->all++;
    splits->fitting += strcmp(json_text(json_path(document, "status", "phase", NULL)), splits->phase) == 0;
}

static bool all_are(struct world *world, const char *phase)
{
    struct splits splits = {.phase = phase};
    store_each(world->store, KIND_QUEUE_SPLIT, NULL, count, &splits);
    return strcmp(phase, "gone") == 0 ? splits.all == 0 : splits.all && splits.all == splits.fitting;
}

void rig_wait_splits(struct world *world, const char *phase, int64_t limit_ms)
{
    for (int64_t end = world->now_ms + limit_ms; world->now_ms < end && !all_are(world, phase);)
        world_step(world, 200);
    if (!all_are(world, phase))
        fail_msg("the splits are not %s", phase);
}

struct by_topic {
    const char *topic;
    const struct json *found;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct by_topic *search = context;
    (void)key;
    if (strcmp(json_text(json_path(document, "spec", "queue", "name", NULL)), search->topic) == 0)
        search->found = document;
}

const struct json *rig_split(struct world *world, const char *topic)
{
    struct by_topic search = {.topic = topic};
    store_each(world->store, KIND_QUEUE_SPLIT, NULL, match, &search);
    return search.found;
}

const char *rig_variable(const struct json *status, const char *name)
{
    const struct json *env = json_get(status, "env");
    for (size_t i = 0; i < json_count(env); i++)
        if (strcmp(json_text(json_get(json_at(env, i), "name")), name) == 0)
            return json_text(json_get(json_at(env, i), "value"));
    return "";
}

struct sim_worker *rig_worker_of(struct world *world, const char *topic)
{
    struct sim_worker *worker =
        sim_worker_find(world, json_text(json_path(rig_split(world, topic), "metadata", "name", NULL)));
    assert_non_null(worker);
    return worker;
}

const char *rig_fallback_of(struct world *world, const char *topic)
{
    const struct json *temps = json_path(rig_split(world, topic), "spec", "temporaries", NULL);
    return json_text(json_get(json_at(temps, 0), "name"));
}

const char *rig_waits_for(struct world *world, const char *topic)
{
    return json_text(json_path(rig_split(world, topic), "status", "waitsFor", NULL));
}

const struct json *rig_condition(const struct json *status, const char *type)
{
    const struct json *list = json_get(status, "conditions");
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_get(json_at(list, i), "type")), type) == 0)
            return json_at(list, i);
    return NULL;
}

void rig_end_session(struct world *world, const char *name)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    assert_int_equal(store_delete(world->store, &key), 0);
}
