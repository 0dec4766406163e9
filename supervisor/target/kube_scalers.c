/* Autoscalers of one workload: listed, and pointed to the queue that it will consume, before it is patched or restored, and once more
 * when it is as it was: what it was restored by may have left them (C-19). Where a kind of them is not installed, there are none. */
#include "common/base/log.h"
#include "supervisor/target/autoscaler.h"
#include "supervisor/target/kube_target.h"
#include <stdlib.h>

#define COMPONENT "supervisor.target"

struct kube_scalers {
    size_t resource;   /* which of them is looked at */
    struct json *list; /* of that resource */
    size_t next;
    kube_next_fn *then;
};

void kube_scalers_free(struct kube_scalers *scalers)
{
    if (!scalers)
        return;
    json_free(scalers->list);
    free(scalers);
}

static void refused(struct kube_target *target, const struct kube_answer *answer)
{
    struct reason why;
    reason_set(&why, answer->status == 403 ? REASON_NOT_PERMITTED : REASON_TARGET_UNREACHABLE, 0,
               "autoscalers of %.200s: %.250s", target->text, answer->why.text);
    kube_retry(target, &why);
}

static void ask(struct kube_target *target, const char *method, const char *name, const struct json *body,
                kube_done_fn *done)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct kube_path parts = {.resource = autoscaler_resources[target->scalers->resource],
                                    .namespace = target->key.namespace,
                                    .name = name,
                                    .query = body ? "fieldManager=sluice" : NULL};
    struct reason why;
    int r = kube_path_build(&parts, &path);
    if (r < 0) {
        reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "an autoscaler cannot be asked for: %s", strerror(-r));
        kube_retry(target, &why);
        return;
    }
    const struct kube_call_spec spec = {.method = method,
                                        .path = path.data,
                                        .content = KUBE_JSON_PATCH,
                                        .body = body,
                                        .done = done,
                                        .context = target};
    kube_target_call(target, &spec);
}

static void list_next(struct kube_target *target);

static void on_patched(void *context, const struct kube_answer *answer);

/* By the wanted entries; none when the workload is to be restored. */
static size_t names_of(const struct kube_target *target, struct autoscaler_name names[TARGET_ENTRIES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < target->wanted.entry_count && count < TARGET_ENTRIES_MAX; i++) {
        const struct json *original = target->wanted.entries[i].original;
        const char *temporary = json_text(json_get(original, "temporaryName"));
        if (temporary[0])
            names[count++] = (struct autoscaler_name){json_text(json_get(original, "name")), temporary};
    }
    return count;
}

static int patch_of(struct kube_target *target, const struct json *autoscaler, struct json **ret, struct reason *why)
{
    struct autoscaler_name names[TARGET_ENTRIES_MAX];
    size_t count = target->wanted.ignore_autoscaler ? 0 : names_of(target, names);
    if (!autoscaler_is_of(autoscaler, target->key.kind, target->key.name))
        return 0;
    int r = autoscaler_patch(autoscaler, names, count, ret, why);
    if (r < 0)
        reason_set(why, REASON_TARGET_UNREACHABLE, 0, "the patch of an autoscaler cannot be built: %s", strerror(-r));
    return r;
}

static void patch_next(struct kube_target *target)
{
    struct kube_scalers *scalers = target->scalers;
    const struct json *autoscaler;
    while ((autoscaler = json_at(scalers->list, scalers->next++))) {
        struct json *operations CLEANUP(json_freep) = NULL;
        const char *name = json_text(json_path(autoscaler, "metadata", "name", NULL));
        struct reason why;
        if (patch_of(target, autoscaler, &operations, &why) != 0) {
            kube_retry(target, &why);
            return;
        }
        if (!operations)
            continue;
        log_info(COMPONENT, "an autoscaler is pointed to the queue that its workload will consume",
                 LF_STR("target", target->text), LF_STR("name", name));
        ask(target, "PATCH", name, operations, on_patched);
        return;
    }
    scalers->resource++;
    list_next(target);
}

/* Somebody changed it meanwhile, or it is gone: all are looked at again. */
static void on_patched(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    if (kube_answer_ok(answer))
        patch_next(target);
    else
        refused(target, answer);
}

static void on_list(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    struct kube_scalers *scalers = target->scalers;
    target->call = NULL;
    json_free(TAKE(scalers->list));
    scalers->next = 0;
    bool none = answer->error == 0 && answer->status == 404; /* the kind is not served */
    if (!none && (!kube_answer_ok(answer) || json_dup(json_get(answer->body, "items"), &scalers->list) < 0))
        refused(target, answer);
    else
        patch_next(target);
}

static void list_next(struct kube_target *target)
{
    if (target->scalers->resource < AUTOSCALER_RESOURCES) {
        ask(target, "GET", NULL, NULL, on_list);
        return;
    }
    kube_next_fn *then = target->scalers->then;
    kube_scalers_free(TAKE(target->scalers));
    then(target);
}

void kube_scalers_point(struct kube_target *target, kube_next_fn *then)
{
    struct reason why;
    kube_scalers_free(target->scalers);
    target->scalers = calloc(1, sizeof *target->scalers);
    if (target->scalers) {
        target->scalers->then = then;
        list_next(target);
        return;
    }
    reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its autoscalers cannot be looked at: out of memory");
    kube_retry(target, &why);
}
