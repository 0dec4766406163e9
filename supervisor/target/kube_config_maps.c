/* The ConfigMaps that the containers of one target name: watched one by one, and mirrored into the store. At most KUBE_CONFIG_MAPS_MAX;
 * one that is too many, or that there is no memory for, is said once and not known. */
#include "common/base/log.h"
#include "common/model/resource.h"
#include "supervisor/target/kube_target.h"
#include <stdlib.h>
#include <utlist.h>

#define COMPONENT "supervisor.target"
#define DECODE_BYTES_MAX (4u << 20)

static struct kube_config_map *map_of(const struct kube_target *target, const struct resource_key *key)
{
    struct kube_config_map *map;
    LL_FOREACH (target->config_maps, map)
        if (resource_key_equal(&map->key, key))
            return map;
    return NULL;
}

static bool is_followed(const struct kube_targets *targets, const struct resource_key *key)
{
    for (const struct kube_target *target = targets->targets; target; target = target->hh.next)
        if (map_of(target, key))
            return true;
    return false;
}

static void drop(struct kube_target *target, struct kube_config_map *map)
{
    struct store *store = target->targets->config.store;
    LL_DELETE(target->config_maps, map);
    kube_cache_free(map->cache);
    if (!is_followed(target->targets, &map->key) && store_mirror_remove(store, &map->key) < 0)
        log_warn(COMPONENT, "out of memory; a config map stays known", LF_STR("name", map->key.name));
    free(map);
}

static int follow_map(struct kube_target *target, const char *name)
{
    struct resource_key key = {.kind = KIND_CONFIG_MAP};
    int count = 0;
    if (!name[0] || str_copy(key.name, sizeof key.name, str_of(name)) < 0)
        return 0;
    memcpy(key.namespace, target->key.namespace, sizeof key.namespace);
    struct kube_config_map *map = map_of(target, &key);
    if (map) {
        map->named = true;
        return 0;
    }
    LL_COUNT(target->config_maps, map, count);
    if (count >= KUBE_CONFIG_MAPS_MAX)
        return -ENOBUFS;
    map = calloc(1, sizeof *map);
    if (!map)
        return -ENOMEM;
    *map = (struct kube_config_map){.key = key, .named = true};
    int r = kube_follow_resource(target, kube_resource_of(KIND_CONFIG_MAP), key.name, NULL, &map->cache);
    if (r == 0)
        LL_PREPEND(target->config_maps, map);
    else
        free(map);
    return r;
}

/* All of them, as far as there is room; the first trouble is told. */
static int follow_container(struct kube_target *target, const struct container *container)
{
    int first = 0;
    for (size_t i = 0; i < container->env_from_count; i++) {
        const struct env_from *from = &container->env_from[i];
        int r = from->secret ? 0 : follow_map(target, from->name);
        first = first ? first : r;
    }
    for (size_t i = 0; i < container->env_count; i++) {
        const struct env_entry *entry = &container->env[i];
        int r = entry->kind == ENV_CONFIG_MAP_KEY ? follow_map(target, entry->reference_name) : 0;
        first = first ? first : r;
    }
    return first;
}

/* Once, and not with every look. */
static void tell_left_out(struct kube_target *target, int error)
{
    if (error < 0 && !target->maps_left_out)
        log_warn(COMPONENT, "not every config map of a target can be followed; names that need one are not found",
                 LF_STR("target", target->text), LF_ERR(error));
    target->maps_left_out = error < 0;
}

void kube_config_maps_follow(struct kube_target *target, const struct json *document)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(DECODE_BYTES_MAX);
    struct cluster_workload workload = {.container_count = 0};
    struct kube_config_map *map, *next;
    struct reason why;
    LL_FOREACH (target->config_maps, map)
        map->named = false;
    int first = cluster_workload_decode(document, &arena, &workload, &why);
    if (first < 0) {
        tell_left_out(target, first);
        return; /* what is followed stays */
    }
    for (size_t i = 0; i < workload.container_count; i++) {
        int r = follow_container(target, &workload.containers[i]);
        first = first ? first : r;
    }
    tell_left_out(target, first);
    LL_FOREACH_SAFE(target->config_maps, map, next)
    if (!map->named)
        drop(target, map);
}

void kube_config_maps_publish(struct kube_target *target)
{
    struct store *store = target->targets->config.store;
    struct kube_config_map *map;
    LL_FOREACH (target->config_maps, map) {
        const struct json *seen = kube_cache_find(map->cache, map->key.name), *known = store_get(store, &map->key);
        struct json *copy = NULL;
        int r = 0;
        if (!kube_cache_is_synced(map->cache) || (seen && known && kube_version_of(seen) == kube_version_of(known)))
            continue;
        if (seen)
            r = json_dup(seen, &copy);
        if (r == 0)
            r = seen ? store_mirror_put(store, copy) : store_mirror_remove(store, &map->key);
        if (r != 0)
            log_warn(COMPONENT, "a config map cannot be taken over", LF_STR("name", map->key.name),
                     LF_INT("result", r));
    }
}

void kube_config_maps_end(struct kube_target *target)
{
    struct kube_config_map *map, *next;
    LL_FOREACH_SAFE(target->config_maps, map, next)
    drop(target, map);
}

bool kube_config_maps_are_read(const struct kube_target *target)
{
    struct kube_config_map *map;
    LL_FOREACH (target->config_maps, map)
        if (!kube_cache_is_synced(map->cache))
            return false;
    return true;
}
