/* Decoding of containers. Pure; refuses nothing: what is wrong in a place is said by who knows the place. Types are looked at,
 * since pod templates of custom resources have no checked form. Fails only for lack of arena. */
#include "common/model/container.h"

#include "common/model/decode.h"

/* null is the same as absent. */
static bool is_object(const struct json *value) { return json_type(value) == JSON_OBJECT; }

static int decode_reference(const struct json *reference, enum env_value_kind kind, struct arena *arena,
                            struct env_entry *entry)
{
    entry->kind = kind;
    entry->optional = decode_bool(json_get(reference, "optional"), false);
    int r = decode_text_or_empty(arena, json_get(reference, "name"), &entry->reference_name);
    return r ? r : decode_text_or_empty(arena, json_get(reference, "key"), &entry->reference_key);
}

static int decode_entry(const struct json *document, struct arena *arena, struct env_entry *entry)
{
    const struct json *from = json_get(document, "valueFrom");
    const struct json *config_map = json_get(from, "configMapKeyRef"), *secret = json_get(from, "secretKeyRef");
    int r = decode_text_or_empty(arena, json_get(document, "name"), &entry->name);
    if (r)
        return r;
    if (is_object(config_map))
        return decode_reference(config_map, ENV_CONFIG_MAP_KEY, arena, entry);
    if (is_object(secret))
        return decode_reference(secret, ENV_SECRET_KEY, arena, entry);
    entry->kind = is_object(from) ? ENV_UNRESOLVED : ENV_VALUE;
    return is_object(from) ? 0 : decode_text_or_empty(arena, json_get(document, "value"), &entry->value);
}

static int decode_env(const struct json *list, struct arena *arena, struct container *container)
{
    void *memory = NULL;
    size_t count = json_type(list) == JSON_ARRAY ? json_count(list) : 0;
    int r = arena_alloc_array(arena, count + 1, sizeof(struct env_entry), &memory);
    struct env_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = decode_entry(json_at(list, i), arena, &entries[i]);
    container->env = entries;
    container->env_count = count;
    return r;
}

static int decode_source(const struct json *document, struct arena *arena, struct env_from *source)
{
    const struct json *secret = json_get(document, "secretRef"), *config_map = json_get(document, "configMapRef");
    const struct json *reference = is_object(secret) ? secret : config_map;
    source->secret = is_object(secret);
    source->optional = !is_object(reference) || decode_bool(json_get(reference, "optional"), false);
    int r = decode_text_or_empty(arena, json_get(reference, "name"), &source->name);
    return r ? r : decode_text_or_empty(arena, json_get(document, "prefix"), &source->prefix);
}

static int decode_env_from(const struct json *list, struct arena *arena, struct container *container)
{
    void *memory = NULL;
    size_t count = json_type(list) == JSON_ARRAY ? json_count(list) : 0;
    int r = arena_alloc_array(arena, count + 1, sizeof(struct env_from), &memory);
    struct env_from *sources = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = decode_source(json_at(list, i), arena, &sources[i]);
    container->env_from = sources;
    container->env_from_count = count;
    return r;
}

int container_decode(const struct json *document, struct arena *arena, struct container *ret)
{
    struct container container = {.env_file = NULL};
    int r = decode_text_or_empty(arena, json_get(document, "name"), &container.name);
    if (r == 0)
        r = decode_env(json_get(document, "env"), arena, &container);
    if (r == 0)
        r = decode_env_from(json_get(document, "envFrom"), arena, &container);
    if (r == 0)
        *ret = container;
    return r;
}
