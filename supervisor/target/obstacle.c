/* Finding of obstacles: apps/v1 Deployment and StatefulSet, argoproj.io/v1alpha1 Rollout. */
#include "supervisor/target/obstacle.h"

static const struct json *spec_of(const struct json *workload) { return json_get(workload, "spec"); }

static const char *name_of(const struct json *workload)
{
    return json_text(json_path(workload, "metadata", "name", NULL));
}

static bool is_true(const struct json *value)
{
    bool truth = false;
    return json_bool(value, &truth) == 0 && truth;
}

static void find_replica_failure(const struct json *workload, enum kind kind, struct reason *ret)
{
    const struct json *conditions = json_path(workload, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(conditions); i++) {
        const struct json *condition = json_at(conditions, i);
        if (strcmp(json_text(json_get(condition, "type")), "ReplicaFailure") == 0 &&
            strcmp(json_text(json_get(condition, "status")), "True") == 0)
            reason_set(ret, REASON_TARGET_REPLICA_FAILURE, 0, "%s %.253s cannot make pods: %.200s",
                       kind_row(kind)->name, name_of(workload), json_text(json_get(condition, "message")));
    }
}

static void find_deployment(const struct json *workload, struct reason *ret)
{
    if (is_true(json_get(spec_of(workload), "paused")))
        reason_set(ret, REASON_TARGET_PAUSED, 0, "Deployment %.253s is paused (spec.paused), so no pod is replaced",
                   name_of(workload));
}

static void find_stateful_set(const struct json *workload, struct reason *ret)
{
    const struct json *strategy = json_get(spec_of(workload), "updateStrategy");
    int64_t partition = 0;
    if (strcmp(json_text(json_get(strategy, "type")), "OnDelete") == 0)
        reason_set(ret, REASON_TARGET_ON_DELETE, 0,
                   "StatefulSet %.253s has updateStrategy OnDelete: its pods stay until somebody deletes them",
                   name_of(workload));
    else if (json_int(json_path(strategy, "rollingUpdate", "partition", NULL), &partition) == 0 && partition > 0)
        reason_set(ret, REASON_TARGET_PARTITIONED, 0,
                   "StatefulSet %.253s has partition %lld: pods with a lower number are not replaced",
                   name_of(workload), (long long)partition);
}

/* status.pauseConditions[].reason, PauseReason of Argo Rollouts. */
static void find_rollout(const struct json *workload, struct reason *ret)
{
    const struct json *status = json_get(workload, "status");
    const char *pause = json_text(json_get(json_at(json_get(status, "pauseConditions"), 0), "reason"));
    const char *name = name_of(workload);
    if (is_true(json_get(status, "abort")))
        reason_set(ret, REASON_TARGET_ABORTED, 0, "the update of Rollout %.253s was aborted: %.200s", name,
                   json_text(json_get(status, "message")));
    else if (strcmp(pause, "BlueGreenPause") == 0)
        reason_set(ret, REASON_TARGET_PROMOTION, 0, "Rollout %.253s waits for its promotion (%.63s)", name, pause);
    else if (pause[0])
        reason_set(ret, REASON_TARGET_PROMOTION, 0, "the canary of Rollout %.253s is paused (%.63s)", name, pause);
    else if (is_true(json_get(spec_of(workload), "paused")))
        reason_set(ret, REASON_TARGET_PAUSED, 0, "Rollout %.253s is paused (spec.paused), so no pod is replaced",
                   name);
}

void obstacle_find(const struct json *workload, enum kind kind, struct reason *ret)
{
    *ret = (struct reason){.code = REASON_NONE};
    if (kind == KIND_DEPLOYMENT)
        find_deployment(workload, ret);
    else if (kind == KIND_STATEFUL_SET)
        find_stateful_set(workload, ret);
    else if (kind == KIND_ROLLOUT)
        find_rollout(workload, ret);
    if (ret->code == REASON_NONE)
        find_replica_failure(workload, kind, ret);
}

/* Absent is one (Deployment and StatefulSet API pages). */
bool workload_is_scaled_to_zero(const struct json *workload)
{
    int64_t replicas = 1;
    return json_int(json_get(spec_of(workload), "replicas"), &replicas) == 0 && replicas == 0;
}
