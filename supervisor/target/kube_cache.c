/* See kube_cache.h. */
#define HASH_NONFATAL_OOM 1
#include "supervisor/target/kube_cache.h"

#include "common/base/log.h"
#include <stdlib.h>
#include <uthash.h>

#define COMPONENT "supervisor.target"

struct cached {
    char name[NAME_SIZE];
    const struct json *document; /* packed */
    UT_hash_handle hh;
};

struct kube_cache {
    struct kube_watch *watch;
    struct cached *objects;
    bool synced, lost; /* lost: one could not be kept */
    struct reason trouble;
    kube_cache_fn *changed;
    void *context;
};

static struct cached *find(const struct kube_cache *cache, const char *name)
{
    struct cached *object = NULL;
    HASH_FIND_STR(cache->objects, name, object);
    return object;
}

static int keep(struct kube_cache *cache, const char *name, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take, *metadata = NULL;
    const struct json *packed CLEANUP(json_packed_freep) = NULL;
    struct cached *object = find(cache, name);
    if (json_object_at(document, "metadata", &metadata) == 0)
        json_delete(metadata, "managedFields");
    int r = json_pack(document, &packed);
    if (r < 0)
        return r;
    if (!object) {
        object = calloc(1, sizeof *object);
        if (!object || str_copy(object->name, sizeof object->name, str_of(name)) < 0) {
            free(object);
            return -ENOMEM;
        }
        HASH_ADD_STR(cache->objects, name, object);
        if (!object->hh.tbl) {
            free(object);
            return -ENOMEM;
        }
    }
    json_packed_free(object->document);
    object->document = TAKE(packed);
    return 0;
}

static void on_put(void *context, struct json *document_take)
{
    struct kube_cache *cache = context;
    char name[NAME_SIZE];
    str_copy_cut(name, sizeof name, json_str(json_path(document_take, "metadata", "name", NULL)));
    if (keep(cache, name, document_take) < 0) {
        cache->lost = true;
        log_error(COMPONENT, "out of memory; an object is not known, and nothing is decided without it",
                  LF_STR("name", name));
    }
    cache->changed(cache->context);
}

static void on_gone(void *context, const struct kube_object *gone)
{
    struct kube_cache *cache = context;
    struct cached *object = find(cache, gone->name);
    if (!object)
        return;
    HASH_DEL(cache->objects, object);
    json_packed_free(object->document);
    free(object);
    cache->changed(cache->context);
}

static void on_synced(void *context)
{
    struct kube_cache *cache = context;
    cache->synced = true;
    cache->changed(cache->context);
}

static void on_health(void *context, const struct reason *why)
{
    struct kube_cache *cache = context;
    cache->trouble = why ? *why : (struct reason){.code = REASON_NONE};
    cache->changed(cache->context);
}

int kube_cache_new(struct kube_client *client, const struct kube_watch_spec *spec, kube_cache_fn *changed,
                   void *context, struct kube_cache **ret)
{
    struct kube_cache *cache CLEANUP(kube_cache_freep) = calloc(1, sizeof *cache);
    if (!cache)
        return -ENOMEM;
    const struct kube_watch_handlers handlers = {on_put, on_gone, on_synced, on_health, cache};
    cache->changed = changed;
    cache->context = context;
    int r = kube_watch_new(client, spec, &handlers, &cache->watch);
    if (r == 0)
        *ret = TAKE(cache);
    return r;
}

void kube_cache_free(struct kube_cache *cache)
{
    struct cached *object, *next;
    if (!cache)
        return;
    kube_watch_free(cache->watch);
    HASH_ITER (hh, cache->objects, object, next) {
        HASH_DEL(cache->objects, object);
        json_packed_free(object->document);
        free(object);
    }
    free(cache);
}

bool kube_cache_is_synced(const struct kube_cache *cache) { return cache && cache->synced && !cache->lost; }

const struct reason *kube_cache_trouble(const struct kube_cache *cache)
{
    return cache && cache->trouble.text[0] ? &cache->trouble : NULL;
}

const struct json *kube_cache_find(const struct kube_cache *cache, const char *name)
{
    const struct cached *object = cache ? find(cache, name) : NULL;
    return object ? object->document : NULL;
}

size_t kube_cache_count(const struct kube_cache *cache) { return cache ? HASH_COUNT(cache->objects) : 0; }

void kube_cache_list(const struct kube_cache *cache, const struct json **ret)
{
    size_t count = 0;
    for (const struct cached *object = cache ? cache->objects : NULL; object; object = object->hh.next)
        ret[count++] = object->document;
}
