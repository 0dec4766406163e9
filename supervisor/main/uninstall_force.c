/* See uninstall.h: what is done without the operator, split by split. Nothing here needs what another step did. Workloads are
 * uninstall_restore.c's. */
#include <stdio.h>

#include "common/base/log.h"
#include "supervisor/main/uninstall_internal.h"
#include "supervisor/split/record.h"

#define OPERATOR_NAME "mirrord-operator"
#define PODS_GONE_MS 90000 /* their grace is 60 s */
#define LOOK_MS 1000
#define CONFLICTS_MAX 5
#define ARENA_BYTES_MAX (8u << 20)

/* --- The operator, so that nobody acts against us --- */

static bool has_pods(struct uninstall *uninstall)
{
    static const struct kube_resource pods = {"", "v1", "pods"};
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct json *body CLEANUP(json_freep) = NULL;
    const struct kube_path parts = {.resource = pods,
                                    .namespace = uninstall->options->operator_namespace,
                                    .query = "labelSelector=app%3D" OPERATOR_NAME};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {.method = "GET", .path = path.data};
    if (r == 0)
        r = uninstall_ask(uninstall, &spec, &body);
    return r != 0 || json_count(json_get(body, "items")) > 0;
}

static int scale_to_nothing(struct uninstall *uninstall)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct json *body CLEANUP(json_freep) = json_new_object(), *spec_body = NULL;
    const struct kube_path parts = {.resource = kube_resource_of(KIND_DEPLOYMENT),
                                    .namespace = uninstall->options->operator_namespace,
                                    .name = OPERATOR_NAME};
    int r = body ? json_object_at(body, "spec", &spec_body) : -ENOMEM;
    if (r == 0)
        r = json_set_int(spec_body, "replicas", 0);
    if (r == 0)
        r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {
        .method = "PATCH", .path = path.data, .content = KUBE_MERGE_PATCH, .body = body};
    return r ? r : uninstall_ask(uninstall, &spec, NULL);
}

static void stop_operator(struct uninstall *uninstall)
{
    struct mono deadline = mono_after(mono_now(), PODS_GONE_MS);
    int r = scale_to_nothing(uninstall);
    while (r == 0 && has_pods(uninstall) && !mono_reached(mono_now(), deadline))
        uninstall_pause(uninstall, LOOK_MS);
    if (r == 0 && !has_pods(uninstall))
        log_info(COMPONENT, "the operator was stopped");
    else
        log_warn(COMPONENT, "the operator may still run", LF_INT("result", r));
}

/* --- One split --- */

static void tell_left(const struct split_record *record)
{
    for (size_t i = 0; i < record->temp_count; i++)
        log_warn(COMPONENT, "a temporary queue may be left at its broker; delete it when nobody needs its messages",
                 LF_STR("split", record->key.name), LF_STR("queue", record->temps[i].name),
                 LF_STR("group", record->temps[i].group));
}

/* Ours goes from the list as it is now; a change in between is a conflict. */
static int body_of(const struct json *present, struct json **ret)
{
    struct json *bare CLEANUP(json_freep) = NULL, *finalizers CLEANUP(json_freep) = json_new_null();
    struct json *body CLEANUP(json_freep) = json_new_object(), *metadata = NULL;
    const char *version = json_text(json_path(present, "metadata", "resourceVersion", NULL));
    int r = split_record_without_finalizer(present, &bare);
    const struct json *left = json_path(bare, "metadata", "finalizers", NULL);
    if (r == 0 && left)
        r = json_dup(left, &finalizers);
    if (r == 0)
        r = body ? json_object_at(body, "metadata", &metadata) : -ENOMEM;
    if (r == 0)
        r = json_set_text(metadata, "resourceVersion", version);
    if (r == 0)
        r = json_set_take(metadata, "finalizers", TAKE(finalizers));
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

static int take_finalizer(struct uninstall *uninstall, const char *path)
{
    struct json *present CLEANUP(json_freep) = NULL, *body CLEANUP(json_freep) = NULL;
    const struct kube_call_spec get = {.method = "GET", .path = path};
    int r = uninstall_ask(uninstall, &get, &present);
    if (r != 0 || !split_record_has_finalizer(present))
        return r;
    r = body_of(present, &body);
    const struct kube_call_spec patch = {.method = "PATCH", .path = path, .content = KUBE_MERGE_PATCH, .body = body};
    return r ? r : uninstall_ask(uninstall, &patch, NULL);
}

static int release(struct uninstall *uninstall, const struct json *document)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct json *metadata = json_get(document, "metadata");
    const struct kube_path parts = {.resource = kube_resource_of(KIND_QUEUE_SPLIT),
                                    .namespace = json_text(json_get(metadata, "namespace")),
                                    .name = json_text(json_get(metadata, "name"))};
    int r = kube_path_build(&parts, &path);
    if (r < 0)
        return r;
    r = 409;
    for (unsigned i = 0; r == 409 && i < CONFLICTS_MAX; i++)
        r = take_finalizer(uninstall, path.data);
    if (r == 0)
        r = uninstall_delete(uninstall, KIND_QUEUE_SPLIT, document);
    return r == 404 ? 0 : r;
}

static int end_split(struct uninstall *uninstall, const struct json *splits, const struct json *document)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(ARENA_BYTES_MAX);
    struct split_record record;
    struct resource_key key;
    struct reason why;
    const char *text = NULL;
    int r = resource_key_of(document, "default", &key, &text);
    if (r == 0)
        r = split_record_decode(document, &arena, &record, &why);
    if (r == 0)
        r = uninstall_restore(uninstall, &key, document, &record, splits, &arena);
    if (r != 0) {
        log_error(COMPONENT, "a split cannot be ended; its record is kept, restore its workload by it",
                  LF_STR("split", json_text(json_path(document, "metadata", "name", NULL))), LF_INT("result", r));
        return r;
    }
    tell_left(&record);
    return release(uninstall, document);
}

size_t uninstall_force(struct uninstall *uninstall)
{
    struct json *splits CLEANUP(json_freep) = NULL;
    size_t left = 0;
    stop_operator(uninstall);
    if (uninstall_list(uninstall, KIND_QUEUE_SPLIT, &splits) != 0)
        return 1;
    for (size_t i = 0; i < json_count(splits); i++)
        left += end_split(uninstall, splits, json_at(splits, i)) != 0;
    return left;
}
