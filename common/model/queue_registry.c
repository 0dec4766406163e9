/* MirrordWorkloadQueueRegistry: which queue ids of which types a target has. Pure. */
#include "common/model/decode.h"
#include "common/model/field.h"

static int decode_queues(const struct json *map, struct arena *arena, struct queue_registry *registry)
{
    void *memory = NULL;
    struct json_member member;
    size_t index = 0;
    int r = arena_alloc_array(arena, json_count(map) + 1, sizeof(struct registry_queue), &memory);
    struct registry_queue *queues = memory;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member), index++) {
        r = arena_str(arena, str_of(member.key), &queues[index].id);
        if (r == 0)
            r = decode_text_or_empty(arena, json_get(member.value, "queueType"), &queues[index].type);
    }
    if (r < 0)
        return r;
    registry->queues = queues;
    registry->queue_count = index;
    return 0;
}

static int judge_queues(const struct json *map, struct reason *why)
{
    struct json_member member;
    for (json_first(map, &member); member.key; json_next(&member)) {
        const char *type = json_text(json_get(member.value, "queueType"));
        const struct json *source = json_get(member.value, "nameSource");
        bool variable = json_type(json_get(source, "envVar")) == JSON_STRING;
        bool pattern = json_type(json_get(source, "regexPattern")) == JSON_STRING;
        if (strcmp(type, "SQS") != 0 && strcmp(type, "RMQ") != 0)
            return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                              "spec.queues.%.253s.queueType: '%.15s' is not one of SQS, RMQ", member.key, type);
        if (variable == pattern)
            return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                              "spec.queues.%.253s.nameSource: needs exactly one of envVar and regexPattern",
                              member.key);
    }
    return 0;
}

int queue_registry_decode(const struct json *document, struct arena *arena, struct queue_registry *ret,
                          struct field_report *report, struct reason *why)
{
    const char *text = NULL;
    struct queue_registry registry = {.queue_count = 0};
    if (resource_key_of(document, "default", &registry.key, &text))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s", text);
    int r = field_check(KIND_WORKLOAD_QUEUE_REGISTRY, document, NULL, arena, report, why);
    const struct json *spec = json_get(document, "spec"), *consumer = json_get(spec, "consumer");
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(consumer, "name"), &registry.target_name);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(consumer, "workloadType"), &registry.target_kind);
    if (r == 0)
        r = decode_text(arena, json_get(consumer, "container"), &registry.container);
    if (r == 0)
        r = decode_target_kind(registry.target_kind, "spec.consumer.workloadType", why);
    if (r == 0)
        r = judge_queues(json_get(spec, "queues"), why);
    if (r == 0)
        r = decode_queues(json_get(spec, "queues"), arena, &registry);
    if (r == 0)
        *ret = registry;
    return r;
}
