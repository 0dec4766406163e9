/* Watches of one target, what they bring, and what of it goes into the store. What fails for lack of memory is logged and done again
 * with the next news. */
#include "common/base/log.h"
#include "common/model/resource.h"
#include "supervisor/target/kube_target.h"
#include "supervisor/target/patch_origin.h"
#include "supervisor/target/selector.h"
#include <stdlib.h>
#include <utlist.h>

#define COMPONENT "supervisor.target"
#define SELECTOR_BYTES_MAX 8192
#define DECODE_BYTES_MAX (4u << 20)

static const struct kube_resource pods_resource = {"", "v1", "pods"};
static const struct kube_resource sets_resource = {"apps", "v1", "replicasets"};

static void dirty(void *context)
{
    struct kube_target *target = context;
    loop_work_schedule(target->work);
}

static int watch(struct kube_target *target, struct kube_resource resource, const char *name, const char *selector,
                 struct kube_cache **ret)
{
    const struct kube_watch_spec spec = {
        .resource = resource, .namespace = target->key.namespace, .name = name, .label_selector = selector};
    return kube_cache_new(target->targets->config.client, &spec, dirty, target, ret);
}

int kube_follow_begin(struct kube_target *target)
{
    return watch(target, kube_resource_of(target->key.kind), target->key.name, NULL, &target->workload);
}

/* --- the document --- */

static uint64_t version_of(const struct json *document)
{
    uint64_t version = 0;
    struct str text = json_str(json_path(document, "metadata", "resourceVersion", NULL));
    return text.data && str_to_u64(text, UINT64_MAX, &version) == 0 ? version : 0;
}

static const char *uid_of(const struct json *document)
{
    return json_text(json_path(document, "metadata", "uid", NULL));
}

/* Another object of that name: nothing of ours is on it, whatever the earlier one had. */
static void begin_object(struct kube_target *target, const struct json *document)
{
    str_copy_cut(target->uid, sizeof target->uid, str_of(uid_of(document)));
    json_free(TAKE(target->origins));
    target->reverts = target->losses = (struct reverts){.count = 0};
    target->phase = target->phase == KUBE_WRITING ? KUBE_WRITING : KUBE_IDLE;
}

void kube_document_learn(struct kube_target *target, const struct json *document)
{
    bool same = target->document && strcmp(uid_of(document), uid_of(target->document)) == 0;
    const struct json *packed = NULL;
    if (same && version_of(document) <= version_of(target->document))
        return;
    if (json_pack(document, &packed) < 0) {
        log_error(COMPONENT, "out of memory; a change of a target is seen with the next",
                  LF_STR("target", target->text));
        return;
    }
    if (strcmp(target->uid, uid_of(packed)) != 0)
        begin_object(target, packed);
    json_packed_free(target->document);
    target->document = packed;
}

/* Until it is looked at again, it may have left pods that use what is ours. */
static void lose_document(struct kube_target *target)
{
    bool ours = target->wanted_known && (target->wanted.entry_count > 0 || kube_has_past(target));
    target->observed.held = ours && target->pods;
    if (target->phase == KUBE_DONE)
        target->phase = KUBE_ROLLING;
    json_packed_free(TAKE(target->document));
}

static void take_watched(struct kube_target *target)
{
    const struct json *seen = kube_cache_find(target->workload, target->key.name);
    if (seen)
        kube_document_learn(target, seen);
    else if (kube_cache_is_synced(target->workload) && target->document)
        lose_document(target);
}

/* --- pods --- */

static void follow_pods(struct kube_target *target)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(SELECTOR_BYTES_MAX);
    const struct json *selector = json_path(target->document, "spec", "selector", NULL);
    int r = target->document ? selector_write(selector, &text) : SELECTOR_NONE;
    if (r == SELECTOR_NONE || (target->selector && r == 0 && strcmp(target->selector, text.data) == 0))
        return; /* one that is gone leaves the pods that its selector found */
    kube_cache_free(TAKE(target->pods));
    kube_cache_free(TAKE(target->sets));
    free(TAKE(target->selector));
    if (r == 0)
        r = buf_take(&text, &target->selector);
    if (r == 0)
        r = watch(target, pods_resource, NULL, target->selector, &target->pods);
    if (r == 0 && target->key.kind != KIND_STATEFUL_SET)
        r = watch(target, sets_resource, NULL, target->selector, &target->sets);
    if (r == 0)
        return;
    log_error(COMPONENT, "the pods of a target cannot be watched; tried again with its next change",
              LF_STR("target", target->text), LF_ERR(r));
    free(TAKE(target->selector));
}

/* --- ConfigMaps --- */

static struct kube_config_map *config_map_of(const struct kube_target *target, const struct resource_key *key)
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
        if (config_map_of(target, key))
            return true;
    return false;
}

static void drop_config_map(struct kube_target *target, struct kube_config_map *map)
{
    struct store *store = target->targets->config.store;
    LL_DELETE(target->config_maps, map);
    kube_cache_free(map->cache);
    if (!is_followed(target->targets, &map->key) && store_mirror_remove(store, &map->key) < 0)
        log_warn(COMPONENT, "out of memory; a config map stays known", LF_STR("name", map->key.name));
    free(map);
}

static int follow_config_map(struct kube_target *target, const char *name)
{
    struct resource_key key = {.kind = KIND_CONFIG_MAP};
    int count = 0;
    if (!name[0] || str_copy(key.name, sizeof key.name, str_of(name)) < 0)
        return 0;
    memcpy(key.namespace, target->key.namespace, sizeof key.namespace);
    struct kube_config_map *map = config_map_of(target, &key);
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
    int r = watch(target, kube_resource_of(KIND_CONFIG_MAP), key.name, NULL, &map->cache);
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
        int r = from->secret ? 0 : follow_config_map(target, from->name);
        first = first ? first : r;
    }
    for (size_t i = 0; i < container->env_count; i++) {
        const struct env_entry *entry = &container->env[i];
        int r = entry->kind == ENV_CONFIG_MAP_KEY ? follow_config_map(target, entry->reference_name) : 0;
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

/* document: as it is without our patch, so that what is patched over stays known. */
static void follow_config_maps(struct kube_target *target, const struct json *document)
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
        drop_config_map(target, map);
}

static void publish_config_maps(struct kube_target *target)
{
    struct store *store = target->targets->config.store;
    struct kube_config_map *map;
    LL_FOREACH (target->config_maps, map) {
        const struct json *seen = kube_cache_find(map->cache, map->key.name), *known = store_get(store, &map->key);
        struct json *copy = NULL;
        int r = 0;
        if (!kube_cache_is_synced(map->cache) || (seen && known && version_of(seen) == version_of(known)))
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

/* --- the store --- */

static bool is_same(const struct json *a, const struct json *b)
{
    return strcmp(uid_of(a), uid_of(b)) == 0 && json_equal(json_get(a, "spec"), json_get(b, "spec"));
}

/* Without status: what its pods do does not change what it names. */
static int publish(struct kube_target *target)
{
    struct store *store = target->targets->config.store;
    struct json *undone CLEANUP(json_freep) = NULL;
    const struct json *known = store_get(store, &target->key);
    if (!target->document)
        return known ? store_mirror_remove(store, &target->key) : 0;
    int r = patch_undone(target->document, target->origins, &undone);
    if (r < 0)
        return r;
    json_delete(undone, "status");
    follow_config_maps(target, undone);
    return known && is_same(known, undone) ? 0 : store_mirror_put(store, TAKE(undone));
}

void kube_follow(struct kube_target *target)
{
    take_watched(target);
    follow_pods(target);
    int r = publish(target);
    if (r != 0)
        log_error(COMPONENT, "a target cannot be taken over; it is not seen as it is", LF_STR("target", target->text),
                  LF_INT("result", r));
    publish_config_maps(target);
}

void kube_follow_end(struct kube_target *target)
{
    struct kube_config_map *map, *next;
    LL_FOREACH_SAFE(target->config_maps, map, next)
    drop_config_map(target, map);
    kube_cache_free(TAKE(target->workload));
    kube_cache_free(TAKE(target->pods));
    kube_cache_free(TAKE(target->sets));
    free(TAKE(target->selector));
    json_packed_free(TAKE(target->document));
    json_free(TAKE(target->origins));
    json_free(TAKE(target->marks));
    if (store_mirror_remove(target->targets->config.store, &target->key) < 0)
        log_warn(COMPONENT, "out of memory; a target stays known", LF_STR("target", target->text));
}

bool kube_is_read(const struct kube_target *target)
{
    struct kube_config_map *map;
    if (!kube_cache_is_synced(target->workload))
        return false;
    LL_FOREACH (target->config_maps, map)
        if (!kube_cache_is_synced(map->cache))
            return false;
    return true;
}
