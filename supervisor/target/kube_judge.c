/* From lists of pods to what is observed of a target: counts, names and progress. Acts on nothing. */
#include "common/base/log.h"
#include "common/base/mono.h"
#include "supervisor/target/kube_target.h"
#include "supervisor/target/obstacle.h"
#include <stdio.h>

#define MARKS_BYTES_MAX (4u << 20)

int kube_judge_pods(const struct kube_target *target, const struct json *const *pods, size_t pod_count,
                    const struct json *const *sets, size_t set_count, struct pods_judged *ret)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(MARKS_BYTES_MAX);
    struct pod_mark *marks = NULL;
    size_t mark_count = 0;
    int r = kube_marks(target, kube_wants_patched(target), &arena, &marks, &mark_count);
    const struct pods_input input = {.kind = target->key.kind,
                                     .name = target->key.name,
                                     .uid = target->uid,
                                     .pods = pods,
                                     .pod_count = pod_count,
                                     .owners = sets,
                                     .owner_count = set_count,
                                     .marks = marks,
                                     .mark_count = mark_count,
                                     .patched = kube_wants_patched(target),
                                     .wall_ms = wall_now_ms()};
    if (r == 0)
        pods_judge(&input, ret);
    return r;
}

static int judge_caches(const struct kube_target *target, struct pods_judged *ret)
{
    size_t pod_count = kube_cache_count(target->pods), set_count = kube_cache_count(target->sets);
    void *memory = calloc(pod_count + set_count + 1, sizeof(struct json *));
    const struct json **list = memory;
    if (!list)
        return -ENOMEM;
    kube_cache_list(target->pods, list);
    kube_cache_list(target->sets, list + pod_count);
    int r = kube_judge_pods(target, list, pod_count, list + pod_count, set_count, ret);
    free(memory);
    return r;
}

static bool beyond(uint32_t *best, uint32_t now)
{
    bool more = now > *best;
    if (more)
        *best = now;
    return more;
}

/* A pod that crashes again and again comes no further: then it is no progress, and the deadline of the rollout passes. */
static void count_progress(struct kube_target *target, const struct pods_judged *judged)
{
    struct kube_progress *best = &target->best;
    bool more = beyond(&best->scheduled, judged->fitting_scheduled);
    more = beyond(&best->started, judged->fitting_started) || more;
    more = beyond(&best->ready, judged->fitting_ready) || more;
    if (judged->others < best->others) {
        best->others = judged->others;
        more = true;
    }
    if (more)
        kube_progress(target);
}

static void say_waits_for(struct kube_target *target, const struct pods_judged *judged, const struct reason *obstacle)
{
    char *text = target->observed.waits_for;
    size_t size = sizeof target->observed.waits_for;
    if (obstacle->code != REASON_NONE)
        snprintf(text, size, "%.250s", obstacle->text);
    else if (judged->others && judged->trouble[0])
        snprintf(text, size, "%.180s; %s to end: %.40s", judged->trouble, judged->others == 1 ? "a pod" : "pods",
                 judged->others_text);
    else if (judged->others)
        snprintf(text, size, "%s to end: %.220s", judged->others == 1 ? "a pod" : "pods", judged->others_text);
    else if (judged->trouble[0])
        snprintf(text, size, "a patched pod to be ready; %.180s", judged->trouble);
    else
        snprintf(text, size, "a patched pod to be ready");
}

bool kube_look_at_pods(struct kube_target *target)
{
    struct target_observed *observed = &target->observed;
    struct pods_judged judged = {.others = 0};
    struct reason obstacle = {.code = REASON_NONE};
    bool patched = kube_wants_patched(target);
    bool synced = kube_cache_is_synced(target->pods) &&
                  (target->key.kind == KIND_STATEFUL_SET || kube_cache_is_synced(target->sets));
    int r = synced ? judge_caches(target, &judged) : -EAGAIN;
    if (r < 0) {
        const struct reason *trouble = kube_cache_trouble(target->pods);
        snprintf(observed->waits_for, sizeof observed->waits_for, "its pods to be listed%s%.200s",
                 trouble ? ": " : "", trouble ? trouble->text : "");
        return false;
    }
    if (target->document)
        obstacle_find(target->document, target->key.kind, &obstacle);
    observed->scaled_to_zero = target->document && workload_is_scaled_to_zero(target->document);
    observed->patched_ready = patched ? judged.fitting_ready : 0;
    observed->unpatched_staying = patched ? judged.staying : 0;
    count_progress(target, &judged);
    bool settled = judged.others == 0 && (!patched || judged.fitting_ready > 0 || observed->scaled_to_zero);
    if (judged.others > 0)
        observed->unpatched_gone = false;
    if (settled)
        obstacle = (struct reason){.code = REASON_NONE};
    else
        say_waits_for(target, &judged, &obstacle);
    observed->why = obstacle;
    return settled;
}
