/* Deployment, StatefulSet and Rollout as typed values: the containers of their pod template that can consume. Pure; types are
 * looked at here, since the API server checks no field of a Rollout for us. */
#include "common/model/container.h"
#include "common/model/decode.h"

#define TEMPLATE_CONTAINERS_MAX 256

/* One that ends before the others start consumes nothing meanwhile; one with restartPolicy Always runs beside them (KEP-753). */
bool container_is_sidecar(const struct json *init_container)
{
    return strcmp(json_text(json_get(init_container, "restartPolicy")), "Always") == 0;
}

static int decode_one(const struct json *document, struct arena *arena, struct container *ret)
{
    int r = container_decode(document, arena, ret);
    if (r == 0)
        r = decode_texts(arena, json_get(document, "command"), &ret->command);
    return r ? r : decode_texts(arena, json_get(document, "args"), &ret->args);
}

static int add_containers(const struct json *list, bool init, struct arena *arena, struct cluster_workload *workload,
                          struct container *containers)
{
    int r = 0;
    for (size_t i = 0; r == 0 && json_type(list) == JSON_ARRAY && i < json_count(list); i++)
        if (!init || container_is_sidecar(json_at(list, i)))
            r = decode_one(json_at(list, i), arena, &containers[workload->container_count++]);
    return r;
}

static int decode_template(const struct json *pod, struct arena *arena, struct cluster_workload *workload,
                           struct reason *why)
{
    const struct json *list = json_get(pod, "containers"), *init = json_get(pod, "initContainers");
    size_t count = json_count(list) + json_count(init);
    void *memory = NULL;
    if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                          "spec.template.spec.containers: must have at least one element");
    if (count > TEMPLATE_CONTAINERS_MAX)
        return reason_set(why, REASON_LIMIT_REACHED, RESOURCE_REFUSED, "the target has more than %d containers",
                          TEMPLATE_CONTAINERS_MAX);
    int r = arena_alloc_array(arena, count, sizeof(struct container), &memory);
    struct container *containers = memory;
    workload->containers = containers;
    if (r == 0)
        r = add_containers(list, false, arena, workload, containers);
    return r ? r : add_containers(init, true, arena, workload, containers);
}

int cluster_workload_decode(const struct json *document, struct arena *arena, struct cluster_workload *ret,
                            struct reason *why)
{
    const char *text = NULL;
    struct cluster_workload workload = {.container_count = 0};
    if (resource_key_of(document, "", &workload.key, &text))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s", text);
    const struct json *spec = json_get(document, "spec");
    if (workload.key.kind == KIND_ROLLOUT && json_type(json_get(spec, "workloadRef")) == JSON_OBJECT)
        return reason_set(why, REASON_TEMPLATE_ELSEWHERE, RESOURCE_REFUSED,
                          "Rollout %.253s takes its pods from %.63s %.253s (spec.workloadRef)", workload.key.name,
                          json_text(json_path(spec, "workloadRef", "kind", NULL)),
                          json_text(json_path(spec, "workloadRef", "name", NULL)));
    int r = decode_template(json_path(spec, "template", "spec", NULL), arena, &workload, why);
    if (r == 0)
        *ret = workload;
    return r;
}
