/* Old revisions that hold our values: deleted after a restore (W-9). Only those of this workload that no pod uses, by a list of this
 * moment, each with its uid and version as precondition; of a restore that comes no further, also those whose pods are none of them
 * ready (their pods go with them). */
#include "common/base/log.h"
#include "supervisor/target/kube_target.h"
#include <stdio.h>

#define COMPONENT "supervisor.target"
#define MARKS_BYTES_MAX (4u << 20)

static struct kube_resource revisions_of(const struct kube_target *target)
{
    return (struct kube_resource){"apps", "v1",
                                  target->key.kind == KIND_STATEFUL_SET ? "controllerrevisions" : "replicasets"};
}

/* The controller is on its way away from it, at the latest when its last pod is replaced. */
static void wait_for_use(struct kube_target *target)
{
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for,
             "the old revision %.200s to be used no more", target->clean->used);
    kube_timer_start(target, KUBE_CONFIRM_AGAIN_MS);
    kube_change(target, KUBE_ROLLING);
}

/* Pods end now, or none could be given up. */
static void go_on(struct kube_target *target)
{
    kube_clean_free(TAKE(target->clean));
    kube_stuck_later(target);
    kube_change(target, KUBE_ROLLING);
}

static void finish(struct kube_target *target)
{
    if (target->clean->stuck) {
        go_on(target);
        return;
    }
    bool used = target->clean->used[0] != '\0', again = used && target->clean_tries++ < KUBE_CLEAN_TRIES_MAX;
    if (used && !again)
        log_warn(COMPONENT, "an old revision of ours is used still and stays; its names are kept",
                 LF_STR("target", target->text), LF_STR("name", target->clean->used));
    if (again)
        wait_for_use(target);
    kube_clean_free(TAKE(target->clean));
    if (!again)
        kube_done(target);
}

static void delete_next(struct kube_target *target);

/* 409: it changed since it was listed, and may be used again; it is looked at anew, like one that is used. */
static void on_deleted(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    struct kube_clean *clean = target->clean;
    const struct json *revision = json_at(clean->revisions, clean->next - 1);
    bool gone = answer->error == 0 && answer->status == 404, changed = answer->error == 0 && answer->status == 409;
    target->call = NULL;
    if (changed)
        str_copy_cut(clean->used, sizeof clean->used, json_str(json_get(revision, "name")));
    if (gone || changed || kube_clean_may_go_on(target, answer, "an old revision cannot be deleted"))
        delete_next(target);
}

static int preconditions_of(const struct json *revision, struct json **ret)
{
    struct json *body CLEANUP(json_freep) = json_new_object(), *preconditions = NULL;
    int r = body ? json_set_text(body, "propagationPolicy", "Background") : -ENOMEM;
    if (r == 0)
        r = json_object_at(body, "preconditions", &preconditions);
    if (r == 0)
        r = json_set_text(preconditions, "uid", json_text(json_get(revision, "uid")));
    if (r == 0)
        r = json_set_text(preconditions, "resourceVersion", json_text(json_get(revision, "resourceVersion")));
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

static void delete_next(struct kube_target *target)
{
    struct kube_clean *clean = target->clean;
    const struct json *revision = json_at(clean->revisions, clean->next++);
    struct json *body CLEANUP(json_freep) = NULL;
    if (!revision || preconditions_of(revision, &body) < 0) {
        finish(target);
        return;
    }
    const struct kube_path parts = {.resource = revisions_of(target),
                                    .namespace = target->key.namespace,
                                    .name = json_text(json_get(revision, "name"))};
    log_info(COMPONENT, "an old revision of ours is deleted", LF_STR("target", target->text),
             LF_STR("name", parts.name));
    kube_clean_call(target, "DELETE", &parts, KUBE_JSON, body, on_deleted);
}

static bool is_controlled(const struct kube_target *target, const struct json *revision)
{
    const struct json *owners = json_path(revision, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < json_count(owners); i++)
        if (strcmp(json_text(json_get(json_at(owners, i), "uid")), target->uid) == 0)
            return true;
    return false;
}

/* A ReplicaSet without pods; a revision of a StatefulSet that is neither the present one nor the next. */
static bool is_unused(const struct kube_target *target, const struct json *revision)
{
    const struct json *status = json_get(target->document, "status");
    const char *name = json_text(json_path(revision, "metadata", "name", NULL));
    int64_t wanted = 1, present = 1;
    if (target->key.kind == KIND_STATEFUL_SET)
        return strcmp(name, json_text(json_get(status, "currentRevision"))) != 0 &&
               strcmp(name, json_text(json_get(status, "updateRevision"))) != 0;
    bool known = json_int(json_path(revision, "spec", "replicas", NULL), &wanted) == 0 &&
                 json_int(json_path(revision, "status", "replicas", NULL), &present) == 0;
    return known && wanted == 0 && present == 0;
}

/* Absent is none (ReplicaSetStatus). */
static bool is_given_up(const struct kube_target *target, const struct json *revision)
{
    int64_t ready = 0;
    bool told = json_int(json_path(revision, "status", "readyReplicas", NULL), &ready) == 0;
    return target->clean->stuck && (!told || ready == 0);
}

/* The pod template of a revision, which looks like a pod. */
static const struct json *template_of(const struct kube_target *target, const struct json *revision)
{
    return target->key.kind == KIND_STATEFUL_SET ? json_path(revision, "data", "spec", "template", NULL)
                                                 : json_path(revision, "spec", "template", NULL);
}

static int note(struct json *list, const struct json *revision)
{
    const struct json *metadata = json_get(revision, "metadata");
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? json_set_text(object, "name", json_text(json_get(metadata, "name"))) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "uid", json_text(json_get(metadata, "uid")));
    if (r == 0)
        r = json_set_text(object, "resourceVersion", json_text(json_get(metadata, "resourceVersion")));
    return r ? r : json_append_take(list, TAKE(object));
}

static int choose(struct kube_target *target, const struct json *items)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(MARKS_BYTES_MAX);
    struct pod_mark *marks = NULL;
    size_t count = 0;
    int r = kube_marks(target, false, &arena, &marks, &count);
    for (size_t i = 0; r == 0 && i < json_count(items); i++) {
        const struct json *revision = json_at(items, i);
        bool ours =
            is_controlled(target, revision) && pod_has_marks(template_of(target, revision), marks, count, false);
        if (ours && (is_unused(target, revision) || is_given_up(target, revision)))
            r = note(target->clean->revisions, revision);
        else if (ours)
            str_copy_cut(target->clean->used, sizeof target->clean->used,
                         json_str(json_path(revision, "metadata", "name", NULL)));
    }
    return r;
}

static void on_revisions(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    if (!kube_clean_may_go_on(target, answer, "its revisions cannot be listed"))
        return;
    if (choose(target, json_get(answer->body, "items")) < 0)
        log_warn(COMPONENT, "out of memory; old revisions of a workload stay", LF_STR("target", target->text));
    delete_next(target);
}

void kube_revisions_clean(struct kube_target *target)
{
    struct buf query CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct kube_path parts = {
        .resource = revisions_of(target), .namespace = target->key.namespace, .query = NULL};
    struct kube_path with = parts;
    if (kube_query_add(&query, "labelSelector", target->selector) == 0)
        with.query = query.data;
    kube_clean_call(target, "GET", &with, KUBE_JSON, NULL, on_revisions);
}
