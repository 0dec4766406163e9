/* See declared.h. */
#include "cli/declared.h"

/* A set of types is a mask of these. */
static unsigned bit_of(enum queue_type type) { return 1u << type; }

static bool is_meant(const char *id, const char *wanted)
{
    return strcmp(wanted, "*") == 0 || strcmp(wanted, id) == 0;
}

static bool consumer_is_of(const struct json *spec, const char *target)
{
    return strcmp(json_text(json_get(spec, "consumerName")), target) == 0;
}

static bool registry_is_of(const struct json *spec, const char *target)
{
    return strcmp(json_text(json_path(spec, "consumer", "name", NULL)), target) == 0;
}

static unsigned consumer_types(const struct json *spec, const char *id)
{
    const struct json *topics = json_get(spec, "topics");
    for (size_t i = 0; i < json_count(topics); i++)
        if (is_meant(json_text(json_get(json_at(topics, i), "id")), id))
            return bit_of(QUEUE_TYPE_KAFKA);
    return 0;
}

static unsigned registry_types(const struct json *spec, const char *id)
{
    struct json_member member;
    unsigned types = 0;
    for (json_first(json_get(spec, "queues"), &member); member.key; json_next(&member))
        if (is_meant(member.key, id))
            types |= bit_of(queue_type_from_name(json_text(json_get(member.value, "queueType"))));
    return types & (bit_of(QUEUE_TYPE_SQS) | bit_of(QUEUE_TYPE_RMQ)); /* it declares no others */
}

static unsigned types_of(const struct declared *declared, const char *target, const char *id)
{
    unsigned types = 0;
    for (size_t i = 0; i < json_count(declared->consumers); i++) {
        const struct json *spec = json_get(json_at(declared->consumers, i), "spec");
        types |= consumer_is_of(spec, target) ? consumer_types(spec, id) : 0;
    }
    for (size_t i = 0; i < json_count(declared->registries); i++) {
        const struct json *spec = json_get(json_at(declared->registries, i), "spec");
        types |= registry_is_of(spec, target) ? registry_types(spec, id) : 0;
    }
    return types;
}

size_t declared_type_count(const struct declared *declared, const char *target, const char *id)
{
    return (size_t)__builtin_popcount(types_of(declared, target, id));
}

bool declared_as(const struct declared *declared, const char *target, const char *id, enum queue_type type)
{
    return types_of(declared, target, id) & bit_of(type);
}

/* Of an id whose registry gives it a type that there is not. */
static const char *unknown_type(const struct declared *declared, const char *target, const char *id)
{
    for (size_t i = 0; i < json_count(declared->registries); i++) {
        const struct json *spec = json_get(json_at(declared->registries, i), "spec");
        const struct json *queue = json_get(json_get(spec, "queues"), id);
        if (queue && registry_is_of(spec, target))
            return json_text(json_get(queue, "queueType"));
    }
    return NULL;
}

const char *declared_type(const struct declared *declared, const char *target, const char *id)
{
    unsigned types = types_of(declared, target, id);
    for (enum queue_type type = QUEUE_TYPE_SQS; type <= QUEUE_TYPE_RMQ; type++)
        if (types == bit_of(type))
            return queue_type_name(type);
    return types ? NULL : unknown_type(declared, target, id);
}
