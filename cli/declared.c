/* See declared.h. */
#include "cli/declared.h"

#include "common/model/resource.h"

/* A set of types is a mask of these. */
static unsigned bit_of(enum queue_type type) { return 1u << type; }

static const char *consumer_target(const struct json *spec) { return json_text(json_get(spec, "consumerName")); }

static const char *registry_target(const struct json *spec)
{
    return json_text(json_path(spec, "consumer", "name", NULL));
}

static unsigned registry_types(const struct json *spec)
{
    struct json_member member;
    unsigned types = 0;
    for (json_first(json_get(spec, "queues"), &member); member.key; json_next(&member))
        types |= bit_of(queue_type_from_name(json_text(json_get(member.value, "queueType"))));
    return types & (bit_of(QUEUE_TYPE_SQS) | bit_of(QUEUE_TYPE_RMQ)); /* it declares no others */
}

static unsigned types_of(const struct declared *declared, const char *target)
{
    unsigned types = 0;
    for (size_t i = 0; i < json_count(declared->consumers); i++) {
        const struct json *spec = json_get(json_at(declared->consumers, i), "spec");
        if (strcmp(consumer_target(spec), target) == 0 && json_count(json_get(spec, "topics")) > 0)
            types |= bit_of(QUEUE_TYPE_KAFKA);
    }
    for (size_t i = 0; i < json_count(declared->registries); i++) {
        const struct json *spec = json_get(json_at(declared->registries, i), "spec");
        if (strcmp(registry_target(spec), target) == 0)
            types |= registry_types(spec);
    }
    return types;
}

size_t declared_type_count(const struct declared *declared, const char *target)
{
    return (size_t)__builtin_popcount(types_of(declared, target));
}

static const char *only_type(const struct declared *declared, const char *target)
{
    unsigned types = types_of(declared, target);
    for (enum queue_type type = QUEUE_TYPE_SQS; type <= QUEUE_TYPE_RMQ; type++)
        if (types == bit_of(type))
            return queue_type_name(type);
    return NULL;
}

static bool consumer_has(const struct json *spec, const char *id)
{
    const struct json *topics = json_get(spec, "topics");
    for (size_t i = 0; i < json_count(topics); i++)
        if (strcmp(json_text(json_get(json_at(topics, i), "id")), id) == 0)
            return true;
    return false;
}

const char *declared_type(const struct declared *declared, const char *target, const char *id)
{
    if (strcmp(id, "*") == 0)
        return only_type(declared, target);
    for (size_t i = 0; i < json_count(declared->consumers); i++) {
        const struct json *spec = json_get(json_at(declared->consumers, i), "spec");
        if (strcmp(consumer_target(spec), target) == 0 && consumer_has(spec, id))
            return queue_type_name(QUEUE_TYPE_KAFKA);
    }
    for (size_t i = 0; i < json_count(declared->registries); i++) {
        const struct json *spec = json_get(json_at(declared->registries, i), "spec");
        const struct json *queue = json_get(json_get(spec, "queues"), id);
        if (queue && strcmp(registry_target(spec), target) == 0)
            return json_text(json_get(queue, "queueType"));
    }
    return NULL;
}
