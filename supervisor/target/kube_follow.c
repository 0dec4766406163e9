/* Watches of one target, what they bring, and what of it goes into the store; its ConfigMaps are kube_config_maps.c's. What fails for
 * lack of memory is logged and done again with the next news. */
#include "common/base/log.h"
#include "supervisor/target/kube_retired.h"
#include "supervisor/target/kube_target.h"
#include "supervisor/target/patch_origin.h"
#include "supervisor/target/selector.h"
#include <stdlib.h>

#define COMPONENT "supervisor.target"
#define SELECTOR_BYTES_MAX 8192
#define RETRY_MAX_MS 5000 /* sessions wait for it; there are few, and only while a target is split */

static const struct kube_resource pods_resource = {"", "v1", "pods"};
static const struct kube_resource sets_resource = {"apps", "v1", "replicasets"};

static void dirty(void *context)
{
    struct kube_target *target = context;
    loop_work_schedule(target->work);
}

int kube_follow_resource(struct kube_target *target, struct kube_resource resource, const char *name,
                         const char *selector, struct kube_cache **ret)
{
    const struct kube_watch_spec spec = {.resource = resource,
                                         .namespace = target->key.namespace,
                                         .name = name,
                                         .label_selector = selector,
                                         .retry_max_ms = RETRY_MAX_MS};
    return kube_cache_new(target->targets->config.client, &spec, dirty, target, ret);
}

int kube_follow_begin(struct kube_target *target)
{
    return kube_follow_resource(target, kube_resource_of(target->key.kind), target->key.name, NULL,
                                &target->workload);
}

/* --- the document --- */

uint64_t kube_version_of(const struct json *document)
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
    if (same && kube_version_of(document) <= kube_version_of(target->document))
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
        r = kube_follow_resource(target, pods_resource, NULL, target->selector, &target->pods);
    if (r == 0 && target->key.kind != KIND_STATEFUL_SET)
        r = kube_follow_resource(target, sets_resource, NULL, target->selector, &target->sets);
    if (r == 0)
        return;
    log_error(COMPONENT, "the pods of a target cannot be watched; tried again with its next change",
              LF_STR("target", target->text), LF_ERR(r));
    free(TAKE(target->selector));
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
    struct json *undone CLEANUP(json_freep) = NULL, *origins CLEANUP(json_freep) = NULL;
    const struct json *known = store_get(store, &target->key);
    if (!target->document)
        return known ? store_mirror_remove(store, &target->key) : 0;
    int r = kube_known_origins(target, &origins);
    if (r == 0)
        r = patch_undone(target->document, origins, &undone);
    if (r < 0)
        return r;
    json_delete(undone, "status");
    kube_config_maps_follow(target, undone);
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
    kube_config_maps_publish(target);
}

void kube_follow_end(struct kube_target *target)
{
    kube_config_maps_end(target);
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
    return kube_cache_is_synced(target->workload) && kube_config_maps_are_read(target);
}
