/* Judging of pods. */
#include "supervisor/target/pod_judge.h"

#include "common/base/mono.h"
#include "common/base/secret.h"
#include "common/model/resource.h"
#include "supervisor/target/patch.h"
#include "supervisor/target/pod_words.h"
#include <stdio.h>

static const char *text_at(const struct json *document, const char *member, const char *name)
{
    return json_text(json_path(document, member, name, NULL));
}

/* --- whose it is --- */

static const struct json *controller_of(const struct json *document)
{
    const struct json *owners = json_path(document, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < json_count(owners); i++) {
        bool controls = false;
        if (json_bool(json_get(json_at(owners, i), "controller"), &controls) == 0 && controls)
            return json_at(owners, i);
    }
    return NULL;
}

/* One that was deleted and made again under its name has orphans of the earlier one. */
static bool is_workload(const struct pods_input *input, const struct json *owner)
{
    return strcmp(json_text(json_get(owner, "uid")), input->uid) == 0 ||
           (strcmp(json_text(json_get(owner, "kind")), kind_row(input->kind)->name) == 0 &&
            strcmp(json_text(json_get(owner, "name")), input->name) == 0);
}

static const struct json *owner_of_uid(const struct pods_input *input, const char *uid)
{
    for (size_t i = 0; i < input->owner_count; i++)
        if (strcmp(text_at(input->owners[i], "metadata", "uid"), uid) == 0)
            return input->owners[i];
    return NULL;
}

bool pod_belongs(const struct pods_input *input, const struct json *pod)
{
    const struct json *owner = controller_of(pod);
    if (!owner)
        return true;
    if (input->kind == KIND_STATEFUL_SET || strcmp(json_text(json_get(owner, "kind")), "ReplicaSet") != 0)
        return is_workload(input, owner);
    const struct json *set = owner_of_uid(input, json_text(json_get(owner, "uid")));
    const struct json *above = set ? controller_of(set) : NULL;
    return !above || is_workload(input, above); /* a set that is gone, or that nobody controls, leaves orphans */
}

/* --- whether it can consume --- */

static bool is_terminated(const struct json *status)
{
    return json_type(json_path(status, "state", "terminated", NULL)) == JSON_OBJECT;
}

static const struct json *init_container(const struct json *pod, const char *name)
{
    struct patch_place place;
    return patch_container(json_get(pod, "spec"), name, &place);
}

static bool all_terminated(const struct json *pod)
{
    const struct json *status = json_get(pod, "status");
    const struct json *list = json_get(status, "containerStatuses"),
                      *init = json_get(status, "initContainerStatuses");
    for (size_t i = 0; i < json_count(list); i++)
        if (!is_terminated(json_at(list, i)))
            return false;
    for (size_t i = 0; i < json_count(init); i++) {
        const struct json *one = json_at(init, i);
        if (container_is_sidecar(init_container(pod, json_text(json_get(one, "name")))) && !is_terminated(one))
            return false;
    }
    return json_count(list) > 0;
}

bool pod_may_consume(const struct json *pod)
{
    const char *phase = text_at(pod, "status", "phase");
    if (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0)
        return false;
    /* Of a pod that stays, containers that ended are started again. */
    return !(text_at(pod, "metadata", "deletionTimestamp")[0] && all_terminated(pod));
}

/* --- what it was made from --- */

static bool has_mark(const struct json *pod, const struct pod_mark *mark)
{
    struct patch_place place;
    char hash[SHA256_TEXT_SIZE];
    const struct json *container = patch_container(json_get(pod, "spec"), mark->container, &place);
    ptrdiff_t at = container ? patch_last_entry(container, mark->variable) : -1;
    const struct json *value = at < 0 ? NULL : json_get(json_at(json_get(container, "env"), (size_t)at), "value");
    if (json_type(value) != JSON_STRING)
        return false;
    sha256_hex(json_str(value), hash);
    return strcmp(hash, mark->hash) == 0;
}

bool pod_has_marks(const struct json *pod, const struct pod_mark *marks, size_t count, bool every)
{
    for (size_t i = 0; i < count; i++)
        if (has_mark(pod, &marks[i]) != every)
            return !every;
    return every;
}

/* --- all of them --- */

static void name_other(const struct pods_input *input, const struct json *pod, struct pods_judged *judged)
{
    char why[96];
    size_t length = strlen(judged->others_text);
    judged->staying += text_at(pod, "metadata", "deletionTimestamp")[0] == '\0';
    if (judged->others++ >= PODS_NAMED_MAX)
        return;
    pod_state_words(pod, input->wall_ms, why, sizeof why);
    snprintf(judged->others_text + length, sizeof judged->others_text - length, "%s%.63s%s%s%s", length ? ", " : "",
             text_at(pod, "metadata", "name"), why[0] ? " (" : "", why, why[0] ? ")" : "");
}

static void count_fitting(const struct json *pod, struct pods_judged *judged)
{
    bool leaves = text_at(pod, "metadata", "deletionTimestamp")[0];
    judged->fitting++;
    if (leaves)
        return;
    judged->fitting_scheduled += text_at(pod, "spec", "nodeName")[0] != '\0';
    judged->fitting_started += strcmp(text_at(pod, "status", "phase"), "Running") == 0;
    judged->fitting_ready += pod_is_ready(pod);
    if (!judged->trouble[0] && !pod_is_ready(pod))
        pod_trouble_words(pod, judged->trouble, sizeof judged->trouble);
}

void pods_judge(const struct pods_input *input, struct pods_judged *ret)
{
    struct pods_judged judged = {.others = 0};
    for (size_t i = 0; i < input->pod_count; i++) {
        const struct json *pod = input->pods[i];
        if (!pod_belongs(input, pod) || !pod_may_consume(pod))
            continue;
        if (pod_has_marks(pod, input->marks, input->mark_count, input->patched) == input->patched)
            count_fitting(pod, &judged);
        else
            name_other(input, pod, &judged);
    }
    size_t length = strlen(judged.others_text);
    if (judged.others > PODS_NAMED_MAX)
        snprintf(judged.others_text + length, sizeof judged.others_text - length, " and %u more",
                 judged.others - PODS_NAMED_MAX);
    *ret = judged;
}
