/* The proof that a rollout is over: Pods and ReplicaSets listed afresh, all of them, from the API server's quorum (C-11, W-5). An
 * error while listing never counts as none. */
#include "supervisor/target/kube_target.h"
#include <stdlib.h>

static void list(struct kube_target *target, const char *group, const char *plural, kube_done_fn *done)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX),
                    query CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct reason why;
    int r = kube_query_add(&query, "labelSelector", target->selector);
    const struct kube_path parts = {
        .resource = {group, "v1", plural}, .namespace = target->key.namespace, .query = query.data};
    if (r == 0)
        r = kube_path_build(&parts, &path);
    if (r < 0) {
        reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its selector is too long to list its pods");
        kube_retry(target, &why);
        return;
    }
    const struct kube_call_spec spec = {.method = "GET", .path = path.data, .done = done, .context = target};
    kube_target_call(target, &spec);
}

static void failed(struct kube_target *target, const struct kube_answer *answer)
{
    struct reason why;
    reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its pods cannot be listed: %.300s", answer->why.text);
    kube_retry(target, &why);
}

static bool is_list(const struct kube_answer *answer)
{
    return kube_answer_ok(answer) && json_type(json_get(answer->body, "items")) == JSON_ARRAY &&
           !json_text(json_path(answer->body, "metadata", "continue", NULL))[0];
}

static const struct json **items_of(const struct json *items)
{
    const struct json **array = calloc(json_count(items) + 1, sizeof *array);
    for (size_t i = 0; array && i < json_count(items); i++)
        array[i] = json_at(items, i);
    return array;
}

/* The workload itself is gone: its revisions went with it. */
static void let_go(struct kube_target *target)
{
    json_free(TAKE(target->marks));
    kube_change(target, KUBE_DONE);
}

/* sets: NULL for a StatefulSet. */
static void judge(struct kube_target *target, const struct json *sets, const struct json *pods)
{
    const struct json **pod_array = items_of(pods), **set_array = items_of(sets);
    struct pods_judged judged;
    struct reason why;
    int r = pod_array && set_array
                ? kube_judge_pods(target, pod_array, json_count(pods), set_array, json_count(sets), &judged)
                : -ENOMEM;
    void *memory[] = {pod_array, set_array};
    free(memory[0]);
    free(memory[1]);
    bool patched = kube_wants_patched(target);
    if (r < 0) {
        reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its pods cannot be judged: out of memory");
        kube_retry(target, &why);
    } else if (judged.others > 0 || (patched && !judged.fitting_ready && !target->observed.scaled_to_zero)) {
        kube_timer_start(target, KUBE_CONFIRM_AGAIN_MS); /* the watch is behind */
        kube_change(target, KUBE_ROLLING);
    } else if (!target->document) {
        kube_scalers_point(target, let_go);
    } else if (!patched && kube_has_past(target)) {
        kube_scalers_point(target, kube_clean);
    } else {
        kube_done(target);
    }
}

static void on_pods(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    struct json *sets CLEANUP(json_freep) = TAKE(target->listed_sets);
    target->call = NULL;
    if (!is_list(answer))
        failed(target, answer);
    else if (target->phase != KUBE_CONFIRMING)
        loop_work_schedule(target->work); /* something else is wanted by now */
    else
        judge(target, sets, json_get(answer->body, "items"));
}

/* Sets before pods: a pod whose set is not in an older list is counted rather than missed. */
static void on_sets(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    json_free(TAKE(target->listed_sets));
    if (!is_list(answer) || json_dup(json_get(answer->body, "items"), &target->listed_sets) < 0)
        failed(target, answer);
    else
        list(target, "", "pods", on_pods);
}

void kube_confirm(struct kube_target *target)
{
    kube_change(target, KUBE_CONFIRMING);
    if (target->key.kind == KIND_STATEFUL_SET)
        list(target, "", "pods", on_pods);
    else
        list(target, "apps", "replicasets", on_sets);
}
