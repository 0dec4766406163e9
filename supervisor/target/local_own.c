/* Writing and reading of what restoring needs. Pure; fails for lack of memory, or on a document that is not ours. */
#include "supervisor/target/local_own.h"

static int add_words(struct json *own, const char *name, const char *const *words)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? 0 : -ENOMEM;
    for (; r == 0 && words && *words; words++)
        r = json_append_take(list, json_new_text(*words));
    return r ? r : json_set_take(own, name, TAKE(list));
}

int local_own_new(const struct local_service *service, struct json **ret)
{
    struct json *own CLEANUP(json_freep) = json_new_object();
    int r = own ? json_set_take(own, "containers", json_new_array()) : -ENOMEM;
    if (r == 0)
        r = add_words(own, "restart", service->restart);
    if (r == 0)
        r = add_words(own, "ready", service->ready);
    if (r == 0)
        *ret = TAKE(own);
    return r;
}

/* In order, and each name once: [name, value, name, value, ...]. */
static int add_environment(struct json *object, const struct environment *environment)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < environment->count; i++) {
        r = json_append_take(list, json_new_text(environment->variables[i].name));
        if (r == 0)
            r = json_append_take(list, json_new_text(environment->variables[i].value));
    }
    return r ? r : json_set_take(object, "env", TAKE(list));
}

int local_own_add(struct json *own, const struct container *container, const struct environment *environment)
{
    struct json *object CLEANUP(json_freep) = json_new_object(), *list CLEANUP(json_freep) = NULL;
    int r = object ? json_set_text(object, "name", container->name) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "envFile", container->env_file);
    if (r == 0)
        r = add_environment(object, environment);
    if (r == 0)
        r = json_dup(json_get(own, "containers"), &list);
    if (r == 0)
        r = json_append_take(list, TAKE(object));
    return r ? r : json_set_take(own, "containers", TAKE(list));
}

static int read_words(const struct json *list, struct arena *arena, const char *const **ret)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, json_count(list) + 1, sizeof(const char *), &memory);
    const char **words = memory;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        words[i] = json_text(json_at(list, i));
    if (r == 0)
        *ret = json_count(list) ? words : NULL;
    return r;
}

int local_own_service(const struct json *own, struct arena *arena, struct local_service *ret)
{
    const struct json *list = json_get(own, "containers");
    struct local_service service = {.container_count = json_count(list)};
    void *memory = NULL;
    int r = arena_alloc_array(arena, service.container_count + 1, sizeof(struct container), &memory);
    struct container *containers = memory;
    for (size_t i = 0; r == 0 && i < service.container_count; i++) {
        containers[i].name = json_text(json_get(json_at(list, i), "name"));
        containers[i].env_file = json_text(json_get(json_at(list, i), "envFile"));
        r = containers[i].env_file[0] == '/' ? 0 : -EINVAL;
    }
    service.containers = containers;
    if (r == 0)
        r = read_words(json_get(own, "restart"), arena, &service.restart);
    if (r == 0)
        r = read_words(json_get(own, "ready"), arena, &service.ready);
    if (r == 0 && (!service.container_count || !service.restart))
        r = -EINVAL;
    if (r == 0)
        *ret = service;
    return r;
}

int local_own_environment(const struct json *own, size_t container, struct arena *arena, struct environment *ret)
{
    const struct json *list = json_get(json_at(json_get(own, "containers"), container), "env");
    struct environment environment = {.count = json_count(list) / 2};
    void *memory = NULL;
    int r = arena_alloc_array(arena, environment.count + 1, sizeof *environment.variables, &memory);
    environment.variables = memory;
    for (size_t i = 0; r == 0 && i < environment.count; i++)
        environment.variables[i] = (struct env_variable){.name = json_text(json_at(list, 2 * i)),
                                                         .value = json_text(json_at(list, 2 * i + 1)),
                                                         .form = ENV_FORM_VALUE};
    if (r == 0)
        *ret = environment;
    return r;
}
