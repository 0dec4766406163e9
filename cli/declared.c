/* See declared.h. */
#include "cli/declared.h"

#include "common/model/resource.h"

/* Type of one id in one resource, or of any queue of it for "*"; NULL: it has none. */
static const char *in_consumer(const struct json *spec, const char *id)
{
    const struct json *topics = json_get(spec, "topics");
    for (size_t i = 0; i < json_count(topics); i++)
        if (strcmp(id, "*") == 0 || strcmp(json_text(json_get(json_at(topics, i), "id")), id) == 0)
            return queue_type_name(QUEUE_TYPE_KAFKA);
    return NULL;
}

static bool registry_has(const struct json *spec, enum queue_type type)
{
    struct json_member member;
    for (json_first(json_get(spec, "queues"), &member); member.key; json_next(&member))
        if (queue_type_from_name(json_text(json_get(member.value, "queueType"))) == type)
            return true;
    return false;
}

/* The target has queues of that type. */
static bool has_type(const struct declared *declared, const char *target, enum queue_type type)
{
    for (size_t i = 0; type == QUEUE_TYPE_KAFKA && i < json_count(declared->consumers); i++) {
        const struct json *spec = json_get(json_at(declared->consumers, i), "spec");
        if (strcmp(json_text(json_get(spec, "consumerName")), target) == 0 && in_consumer(spec, "*"))
            return true;
    }
    for (size_t i = 0; type != QUEUE_TYPE_KAFKA && i < json_count(declared->registries); i++) {
        const struct json *spec = json_get(json_at(declared->registries, i), "spec");
        if (strcmp(json_text(json_path(spec, "consumer", "name", NULL)), target) == 0 && registry_has(spec, type))
            return true;
    }
    return false;
}

size_t declared_type_count(const struct declared *declared, const char *target)
{
    size_t count = 0;
    for (enum queue_type type = QUEUE_TYPE_SQS; type <= QUEUE_TYPE_RMQ; type++)
        count += has_type(declared, target, type);
    return count;
}

static const char *only_type(const struct declared *declared, const char *target)
{
    for (enum queue_type type = QUEUE_TYPE_SQS; type <= QUEUE_TYPE_RMQ; type++)
        if (has_type(declared, target, type))
            return declared_type_count(declared, target) == 1 ? queue_type_name(type) : NULL;
    return NULL;
}

const char *declared_type(const struct declared *declared, const char *target, const char *id)
{
    if (strcmp(id, "*") == 0)
        return only_type(declared, target);
    for (size_t i = 0; i < json_count(declared->consumers); i++) {
        const struct json *spec = json_get(json_at(declared->consumers, i), "spec");
        bool names = strcmp(json_text(json_get(spec, "consumerName")), target) == 0;
        if (names && in_consumer(spec, id))
            return in_consumer(spec, id);
    }
    for (size_t i = 0; i < json_count(declared->registries); i++) {
        const struct json *spec = json_get(json_at(declared->registries, i), "spec");
        const struct json *queue = json_get(json_get(spec, "queues"), id);
        if (queue && strcmp(json_text(json_path(spec, "consumer", "name", NULL)), target) == 0)
            return json_text(json_get(queue, "queueType"));
    }
    return NULL;
}
