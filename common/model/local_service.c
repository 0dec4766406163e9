/* LocalService as typed values. Pure; refuses what field.def refuses and what could not be run. */
#include "common/base/path.h"
#include "common/model/container.h"
#include "common/model/decode.h"
#include "common/model/field.h"

/* null is the same as absent. */
static bool is_object(const struct json *value) { return json_type(value) == JSON_OBJECT; }

static int judge_entry(const struct json *document, size_t container, size_t index, struct reason *why)
{
    const struct json *from = json_get(document, "valueFrom");
    size_t sources = (is_object(json_get(from, "configMapKeyRef")) ? 1u : 0u) +
                     (is_object(json_get(from, "secretKeyRef")) ? 1u : 0u);
    if (is_object(from) && (sources != 1 || json_type(json_get(document, "value")) != JSON_NULL))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                          "spec.containers[%zu].env[%zu]: needs value, or one valueFrom of configMapKeyRef and "
                          "secretKeyRef (fieldRef and resourceFieldRef have no meaning here)",
                          container, index);
    return 0;
}

static int judge_env_from(const struct json *document, size_t container, size_t index, struct reason *why)
{
    if (is_object(json_get(document, "secretRef")) == is_object(json_get(document, "configMapRef")))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                          "spec.containers[%zu].envFrom[%zu]: needs exactly one of configMapRef and secretRef",
                          container, index);
    return 0;
}

static int judge_environment(const struct json *document, size_t container, struct reason *why)
{
    const struct json *env = json_get(document, "env"), *env_from = json_get(document, "envFrom");
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(env); i++)
        r = judge_entry(json_at(env, i), container, i, why);
    for (size_t i = 0; r == 0 && i < json_count(env_from); i++)
        r = judge_env_from(json_at(env_from, i), container, i, why);
    return r;
}

static int decode_container(const struct json *document, size_t index, struct arena *arena,
                            struct container *container, struct reason *why)
{
    int r = container_decode(document, arena, container);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(document, "envFile"), &container->env_file);
    if (r == 0 && container->env_file[0] != '/')
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                          "spec.containers[%zu].envFile: must be an absolute path", index);
    return r ? r : judge_environment(document, index, why);
}

static int judge_containers(const struct container *containers, size_t count, struct reason *why)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(containers[i].name, containers[j].name) == 0 ||
                path_same(containers[i].env_file, containers[j].env_file))
                return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                                  "spec.containers[%zu]: name and envFile must differ from those of container %zu", i,
                                  j);
    return 0;
}

/* A name is looked up in PATH; a path must not depend on the folder that the supervisor happens to run in. */
static int judge_program(const struct json *spec, const char *which, struct reason *why)
{
    const char *program = json_text(json_at(json_get(spec, which), 0));
    if (program[0] == '\0')
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "spec.%s[0]: must name a program", which);
    if (program[0] != '/' && strchr(program, '/'))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                          "spec.%s[0]: must be an absolute path, or the name of a program in PATH", which);
    return 0;
}

static int decode_spec(const struct json *spec, struct arena *arena, struct local_service *service,
                       struct reason *why)
{
    const struct json *list = json_get(spec, "containers");
    size_t count = json_count(list);
    void *memory = NULL;
    if (count == 0 || json_count(json_get(spec, "restart")) == 0)
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "spec.%s: must have at least one element",
                          count ? "restart" : "containers");
    int r = judge_program(spec, "restart", why);
    if (r == 0 && json_count(json_get(spec, "ready")) > 0)
        r = judge_program(spec, "ready", why);
    if (r == 0)
        r = arena_alloc_array(arena, count, sizeof(struct container), &memory);
    struct container *containers = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = decode_container(json_at(list, i), i, arena, &containers[i], why);
    if (r == 0)
        r = judge_containers(containers, count, why);
    if (r == 0)
        r = decode_texts(arena, json_get(spec, "restart"), &service->restart);
    if (r == 0)
        r = decode_texts(arena, json_get(spec, "ready"), &service->ready);
    service->containers = containers;
    service->container_count = count;
    return r;
}

int local_service_decode(const struct json *document, struct arena *arena, struct local_service *ret,
                         struct field_report *report, struct reason *why)
{
    const char *text = NULL;
    struct local_service service = {.container_count = 0};
    if (resource_key_of(document, "default", &service.key, &text))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s", text);
    int r = field_check(KIND_LOCAL_SERVICE, document, NULL, arena, report, why);
    if (r == 0)
        r = decode_spec(json_get(document, "spec"), arena, &service, why);
    if (r == 0)
        *ret = service;
    return r;
}
