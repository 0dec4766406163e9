/* The environment of one container, as the kubelet would make it. Pure; refuses missing references. */
#include "supervisor/target/environment.h"

#include "common/base/base64.h"

#define VALUE_BYTES_MAX (128u << 10)

struct resolve {
    const struct container *container;
    const struct environment_source *source;
    struct arena *arena;
    struct environment *environment;
    struct reason *why;
};

static struct env_variable *find(struct environment *environment, const char *name)
{
    for (size_t i = 0; i < environment->count; i++)
        if (strcmp(environment->variables[i].name, name) == 0)
            return &environment->variables[i];
    return NULL;
}

const struct env_variable *environment_find(const struct environment *environment, const char *name)
{
    for (size_t i = 0; i < environment->count; i++)
        if (strcmp(environment->variables[i].name, name) == 0)
            return &environment->variables[i];
    return NULL;
}

static int set(struct resolve *resolve, struct env_variable variable)
{
    struct env_variable *present = find(resolve->environment, variable.name);
    if (present) {
        *present = variable;
        return 0;
    }
    if (resolve->environment->count == ENVIRONMENT_VARIABLES_MAX)
        return reason_set(resolve->why, REASON_LIMIT_REACHED, ENVIRONMENT_REFUSED,
                          "container %s: more than %d variables", resolve->container->name,
                          ENVIRONMENT_VARIABLES_MAX);
    resolve->environment->variables[resolve->environment->count++] = variable;
    return 0;
}

static const struct json *document_of(const struct resolve *resolve, enum kind kind, const char *name)
{
    struct resource_key key = {.kind = kind};
    if (str_copy(key.namespace, sizeof key.namespace, str_of(resolve->source->namespace)) ||
        str_copy(key.name, sizeof key.name, str_of(name)))
        return NULL;
    return resolve->source->lookup(resolve->source->context, &key);
}

/* The value under a key of a ConfigMap or Secret as text; *ret stays NULL when there is none. */
static int value_of(struct resolve *resolve, const struct json *document, bool secret, const char *key,
                    const char **ret)
{
    const struct json *plain = json_get(json_get(document, secret ? "stringData" : "data"), key);
    if (json_type(plain) == JSON_STRING)
        return arena_str(resolve->arena, json_str(plain), ret);
    const struct json *encoded = secret ? json_get(json_get(document, "data"), key) : NULL;
    if (json_type(encoded) != JSON_STRING)
        return 0;
    struct buf bytes CLEANUP(buf_deinit) = BUF_INIT(VALUE_BYTES_MAX);
    if (base64_decode(json_str(encoded), &bytes) != 0)
        return reason_set(resolve->why, REASON_FIELD_INVALID, ENVIRONMENT_REFUSED,
                          "container %s: key %.253s of a Secret is not base64", resolve->container->name, key);
    return arena_str(resolve->arena, buf_str(&bytes), ret);
}

static int add_all_keys(struct resolve *resolve, const struct env_from *from, const struct json *document,
                        const struct json *map)
{
    struct json_member member;
    int r = 0;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member)) {
        struct env_variable variable = {.form = ENV_FORM_ENV_FROM};
        r = arena_printf(resolve->arena, &variable.name, "%s%s", from->prefix, member.key);
        if (r == 0)
            r = value_of(resolve, document, from->secret, member.key, &variable.value);
        if (r == 0 && variable.value)
            r = set(resolve, variable);
    }
    return r;
}

/* What it gives over others that came before is not known either: each of them may be another. */
static int add_hidden(struct resolve *resolve, const struct env_from *from)
{
    struct environment *environment = resolve->environment;
    int r = arena_printf(resolve->arena, &environment->hidden, "Secret %s/%.253s (envFrom)",
                         resolve->source->namespace, from->name);
    for (size_t i = 0; r == 0 && i < environment->count; i++) {
        environment->variables[i].value = NULL;
        environment->variables[i].unknown = environment->hidden;
    }
    return r;
}

static int add_env_from(struct resolve *resolve, const struct env_from *from)
{
    if (from->secret && resolve->source->secrets_hidden)
        return add_hidden(resolve, from);
    const struct json *document = document_of(resolve, from->secret ? KIND_SECRET : KIND_CONFIG_MAP, from->name);
    if (!document && from->optional)
        return 0;
    if (!document)
        return reason_set(resolve->why, REASON_NAME_SOURCE_EMPTY, ENVIRONMENT_REFUSED,
                          "container %s: envFrom names %s %s/%.253s, which does not exist", resolve->container->name,
                          from->secret ? "Secret" : "ConfigMap", resolve->source->namespace, from->name);
    int r = add_all_keys(resolve, from, document, json_get(document, "data"));
    return r || !from->secret ? r : add_all_keys(resolve, from, document, json_get(document, "stringData"));
}

/* The name inside a reference that starts at text[0] == '$', or an empty str. */
static struct str reference_at(const char *text)
{
    const char *end = text[1] == '(' ? strchr(text + 2, ')') : NULL;
    return end ? (struct str){text + 2, (size_t)(end - text - 2)} : STR("");
}

bool environment_refers_to(const char *text, const char *name)
{
    for (const char *at = strchr(text, '$'); at; at = strchr(at, '$')) {
        if (at[1] == '$') {
            at += 2;
            continue;
        }
        if (str_equal(reference_at(at), str_of(name)) && name[0])
            return true;
        at++;
    }
    return false;
}

/* *unknown: set when the value of what is referred to is not known. */
static int expand_reference(const struct environment *environment, const char **at, struct buf *out,
                            const char **unknown)
{
    struct str name = reference_at(*at);
    for (size_t i = 0; name.len && i < environment->count; i++)
        if (str_equal(name, str_of(environment->variables[i].name))) {
            *at += name.len + 3;
            if (environment->variables[i].unknown)
                *unknown = environment->variables[i].unknown;
            return buf_append_str(out, str_of(environment->variables[i].value));
        }
    if (name.len && environment->hidden)
        *unknown = environment->hidden;
    (*at)++;
    return buf_append_char(out, '$');
}

static int expand(struct resolve *resolve, const char *text, struct env_variable *variable)
{
    struct buf out CLEANUP(buf_deinit) = BUF_INIT(VALUE_BYTES_MAX);
    variable->unknown = NULL;
    int r = 0;
    while (r == 0 && *text) {
        if (text[0] == '$' && text[1] == '$') {
            r = buf_append_char(&out, '$');
            text += 2;
        } else if (text[0] == '$') {
            r = expand_reference(resolve->environment, &text, &out, &variable->unknown);
        } else {
            r = buf_append_char(&out, *text++);
        }
    }
    if (r == -ENOBUFS)
        return reason_set(resolve->why, REASON_LIMIT_REACHED, ENVIRONMENT_REFUSED,
                          "container %s: a variable is longer than %u bytes", resolve->container->name,
                          VALUE_BYTES_MAX);
    return r < 0 || variable->unknown ? r : arena_str(resolve->arena, buf_str(&out), &variable->value);
}

static int add_value(struct resolve *resolve, const struct env_entry *entry)
{
    struct env_variable variable = {.name = entry->name, .entry = entry, .form = ENV_FORM_VALUE};
    int r = expand(resolve, entry->value, &variable);
    return r ? r : set(resolve, variable);
}

static int add_unknown(struct resolve *resolve, const struct env_entry *entry)
{
    struct env_variable variable = {.name = entry->name, .entry = entry, .form = ENV_FORM_VALUE_FROM};
    int r = 0;
    if (entry->kind == ENV_SECRET_KEY)
        r = arena_printf(resolve->arena, &variable.unknown, "key %.253s of Secret %s/%.253s", entry->reference_key,
                         resolve->source->namespace, entry->reference_name);
    else
        variable.unknown = "a field of the pod";
    return r ? r : set(resolve, variable);
}

static int add_key(struct resolve *resolve, const struct env_entry *entry)
{
    struct env_variable variable = {.name = entry->name, .entry = entry, .form = ENV_FORM_VALUE_FROM};
    bool secret = entry->kind == ENV_SECRET_KEY;
    int r = 0;
    const struct json *document = document_of(resolve, secret ? KIND_SECRET : KIND_CONFIG_MAP, entry->reference_name);
    if (document)
        r = value_of(resolve, document, secret, entry->reference_key, &variable.value);
    if (r == 0 && !variable.value && !entry->optional)
        return reason_set(resolve->why, REASON_NAME_SOURCE_EMPTY, ENVIRONMENT_REFUSED,
                          "container %s: variable %.253s refers to key %.100s of %s %s/%.100s, which does not exist",
                          resolve->container->name, entry->name, entry->reference_key,
                          secret ? "Secret" : "ConfigMap", resolve->source->namespace, entry->reference_name);
    return r || !variable.value ? r : set(resolve, variable);
}

static int add_entry(struct resolve *resolve, const struct env_entry *entry)
{
    switch (entry->kind) {
    case ENV_VALUE:
        return add_value(resolve, entry);
    case ENV_CONFIG_MAP_KEY:
        return add_key(resolve, entry);
    case ENV_SECRET_KEY:
        return resolve->source->secrets_hidden ? add_unknown(resolve, entry) : add_key(resolve, entry);
    case ENV_UNRESOLVED:
        return add_unknown(resolve, entry);
    }
    return 0;
}

/* Variables that there can be at most: names that stand twice are one. */
static size_t count_of(const struct resolve *resolve)
{
    size_t count = resolve->container->env_count;
    for (size_t i = 0; i < resolve->container->env_from_count; i++) {
        const struct env_from *from = &resolve->container->env_from[i];
        const struct json *document = document_of(resolve, from->secret ? KIND_SECRET : KIND_CONFIG_MAP, from->name);
        count += json_count(json_get(document, "data")) + json_count(json_get(document, "stringData"));
    }
    return count < ENVIRONMENT_VARIABLES_MAX ? count : ENVIRONMENT_VARIABLES_MAX;
}

int environment_resolve(const struct container *container, const struct environment_source *source,
                        struct arena *arena, struct environment *ret, struct reason *why)
{
    struct environment environment = {.count = 0};
    struct resolve resolve = {
        .container = container, .source = source, .arena = arena, .environment = &environment, .why = why};
    void *memory = NULL;
    int r = arena_alloc_array(arena, count_of(&resolve) + 1, sizeof *environment.variables, &memory);
    environment.variables = memory;
    for (size_t i = 0; r == 0 && i < container->env_from_count; i++)
        r = add_env_from(&resolve, &container->env_from[i]);
    for (size_t i = 0; r == 0 && i < container->env_count; i++)
        r = add_entry(&resolve, &container->env[i]);
    if (r == 0)
        *ret = environment;
    return r;
}

static int make_room(struct environment *environment, size_t more, struct arena *arena)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, environment->count + more + 1, sizeof *environment->variables, &memory);
    if (r < 0)
        return r;
    if (environment->count)
        memcpy(memory, environment->variables, environment->count * sizeof *environment->variables);
    environment->variables = memory;
    return 0;
}

int environment_overlay(struct environment *environment, const char *container, const struct target_entry *entries,
                        size_t count, struct arena *arena)
{
    int result = make_room(environment, count, arena);
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (strcmp(entries[i].container, container) != 0)
            continue;
        struct env_variable variable = {.form = ENV_FORM_VALUE};
        int r = arena_str(arena, str_of(entries[i].variable), &variable.name);
        if (r == 0)
            r = arena_str(arena, str_of(entries[i].value), &variable.value);
        if (r < 0)
            return r;
        struct env_variable *present = find(environment, variable.name);
        if (!present && environment->count == ENVIRONMENT_VARIABLES_MAX)
            return -ENOBUFS;
        *(present ? present : &environment->variables[environment->count++]) = variable;
    }
    return result;
}
