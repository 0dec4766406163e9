/* What a split changed in its namespace, given back without the operator: the workload's environment, and what its autoscalers scale
 * by. From the record and from what stands on the objects themselves. */
#include "common/base/log.h"
#include "supervisor/apply/target_of.h"
#include "supervisor/main/uninstall_internal.h"
#include "supervisor/target/autoscaler.h"
#include "supervisor/target/patch.h"

#define LOOK_MS 1000
#define TRIES_MAX 5

/* The records of one workload: a JSON map may name the queues of several splits, and stands there with all of them exchanged. */
struct restored {
    const struct json *splits;         /* all there are */
    const struct split_record *record; /* the one whose workload is restored */
};

static bool same_target(const struct json *document, const struct split_record *record)
{
    const struct json *target = json_path(document, "spec", "target", NULL);
    return strcmp(json_text(json_path(document, "metadata", "namespace", NULL)), record->key.namespace) == 0 &&
           strcmp(json_text(json_get(target, "kind")), record->target_kind) == 0 &&
           strcmp(json_text(json_get(target, "name")), record->target_name) == 0 &&
           strcmp(json_text(json_path(document, "metadata", "name", NULL)), record->key.name) != 0;
}

/* One that cannot be read is left out: then the value does not fit, and stays as it is. */
static int add_others(const struct restored *restored, struct arena *arena, struct entry_value *value)
{
    int r = split_record_add(restored->record, value);
    for (size_t i = 0; r == 0 && i < json_count(restored->splits); i++) {
        struct split_record other;
        struct reason why;
        if (!same_target(json_at(restored->splits, i), restored->record))
            continue;
        int decoded = split_record_decode(json_at(restored->splits, i), arena, &other, &why);
        if (decoded < 0)
            return decoded;
        if (decoded == 0 && split_record_has_entries(&other))
            r = split_record_add(&other, value);
    }
    return r;
}

/* What the workload was given by the record and its neighbours together. */
static int past_of(const struct restored *restored, struct arena *arena, struct target_entry *past)
{
    const struct split_record *record = restored->record;
    int r = 0;
    split_record_entries(record, past);
    for (size_t i = 0; r == 0 && i < record->entry_count; i++) {
        const struct split_entry *entry = &record->entries[i];
        struct entry_value value = {
            .arena = arena, .container = entry->container, .variable = entry->variable, .base = entry->base};
        if (!entry->at_count)
            continue;
        r = add_others(restored, arena, &value);
        if (r == 0)
            r = entry_value_compose(&value, &past[i].value);
    }
    return r;
}

/* What the workload's own annotation says comes first. Outcomes as uninstall_ask; 404: there is nothing to restore. */
static int restore_workload(struct uninstall *uninstall, const struct resource_key *key,
                            const struct restored *restored, struct arena *arena)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    struct json *document CLEANUP(json_freep) = NULL;
    void *past = NULL;
    struct reason why;
    const struct kube_path parts = {
        .resource = kube_resource_of(key->kind), .namespace = key->namespace, .name = key->name};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec get = {.method = "GET", .path = path.data};
    if (r == 0)
        r = uninstall_ask(uninstall, &get, &document);
    if (r == 0)
        r = arena_alloc_array(arena, restored->record->entry_count + 1, sizeof(struct target_entry), &past);
    if (r == 0)
        r = past_of(restored, arena, past);
    const struct patch_input input = {
        .document = document, .past = past, .past_count = restored->record->entry_count};
    if (r == 0)
        r = patch_build(&input, &patch, &why);
    if (r != 0 || !patch.operations)
        return r;
    const struct kube_call_spec change = {
        .method = "PATCH", .path = path.data, .content = KUBE_JSON_PATCH, .body = patch.operations};
    return uninstall_ask(uninstall, &change, NULL);
}

/* --- Autoscalers, which may stay when the workload is gone --- */

static int restore_scaler(struct uninstall *uninstall, const struct kube_resource *resource, const char *namespace,
                          const struct json *scaler)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct json *operations CLEANUP(json_freep) = NULL;
    struct reason why;
    const struct kube_path parts = {.resource = *resource,
                                    .namespace = namespace,
                                    .name = json_text(json_path(scaler, "metadata", "name", NULL))};
    int r = autoscaler_patch(scaler, NULL, 0, &operations, &why);
    if (r == 0)
        r = kube_path_build(&parts, &path);
    if (r != 0 || !operations)
        return r;
    const struct kube_call_spec change = {
        .method = "PATCH", .path = path.data, .content = KUBE_JSON_PATCH, .body = operations};
    r = uninstall_ask(uninstall, &change, NULL);
    return r == 404 ? 0 : r;
}

static int restore_scalers_of(struct uninstall *uninstall, const struct kube_resource *resource,
                              const struct resource_key *key)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct json *body CLEANUP(json_freep) = NULL;
    const struct kube_path parts = {.resource = *resource, .namespace = key->namespace};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec get = {.method = "GET", .path = path.data};
    if (r == 0)
        r = uninstall_ask(uninstall, &get, &body);
    const struct json *items = json_get(body, "items");
    for (size_t i = 0; r == 0 && i < json_count(items); i++)
        if (autoscaler_is_of(json_at(items, i), key->kind, key->name))
            r = restore_scaler(uninstall, resource, key->namespace, json_at(items, i));
    return r == 404 ? 0 : r; /* the kind is not installed */
}

/* The workload first: nothing else keeps people's application from its queue. */
static int restore_once(struct uninstall *uninstall, const struct resource_key *key, const struct restored *restored,
                        struct arena *arena)
{
    int r = restore_workload(uninstall, key, restored, arena), scalers = 0;
    for (size_t k = 0; (r == 0 || r == 404) && scalers == 0 && k < AUTOSCALER_RESOURCES; k++)
        scalers = restore_scalers_of(uninstall, &autoscaler_resources[k], key);
    return scalers ? scalers : r;
}

int uninstall_restore(struct uninstall *uninstall, const struct resource_key *split, const struct json *document,
                      const struct split_record *record, const struct json *splits, struct arena *arena)
{
    const struct restored restored = {splits, record};
    struct resource_key target;
    char text[RESOURCE_KEY_TEXT_SIZE];
    int r = -EAGAIN;
    if (target_of_document(TARGETS_CLUSTER, document, split, &target) != 0)
        return 0;
    for (unsigned i = 0; r != 0 && r != 404 && i < TRIES_MAX; i++) {
        r = restore_once(uninstall, &target, &restored, arena);
        if (r != 0 && r != 404)
            uninstall_pause(uninstall, LOOK_MS);
    }
    resource_key_text(&target, text);
    if (r == 0)
        log_info(COMPONENT, "a workload has its own environment", LF_STR("target", text));
    return r == 404 ? 0 : r;
}
