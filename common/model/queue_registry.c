/* MirrordWorkloadQueueRegistry: which queue ids of which types a target has. Pure. */
#include "common/model/decode.h"
#include "common/model/field.h"

/* The word itself as a literal; "" for another. */
static const char *known_type(const char *type)
{
    if (strcmp(type, "SQS") == 0)
        return "SQS";
    return strcmp(type, "RMQ") == 0 ? "RMQ" : "";
}

/* The rule between fields of one queue. */
static void judge_queue(const struct json *document, struct registry_queue *queue)
{
    const char *type = json_text(json_get(document, "queueType"));
    const struct json *source = json_get(document, "nameSource");
    bool variable = json_type(json_get(source, "envVar")) == JSON_STRING;
    bool pattern = json_type(json_get(source, "regexPattern")) == JSON_STRING;
    if (!queue->type[0])
        reason_set(&queue->error, REASON_FIELD_INVALID, 0,
                   "spec.queues.%.253s.queueType: '%.15s' is not one of SQS, RMQ", queue->id, type);
    else if (variable == pattern)
        reason_set(&queue->error, REASON_FIELD_INVALID, 0,
                   "spec.queues.%.253s.nameSource: needs exactly one of envVar and regexPattern", queue->id);
}

static int decode_queues(const struct json *map, struct arena *arena, struct registry_queue *queues)
{
    struct json_member member;
    struct registry_queue *queue = queues;
    int r = 0;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member), queue++) {
        r = arena_str(arena, str_of(member.key), &queue->id);
        queue->type = known_type(json_text(json_get(member.value, "queueType")));
        if (r == 0 && queue->error.code == REASON_NONE)
            judge_queue(member.value, queue);
    }
    return r;
}

struct queue_errors {
    struct registry_queue *queues;
    size_t count;
};

static void queue_error(void *context, size_t index, const struct reason *why)
{
    struct queue_errors *errors = context;
    if (index < errors->count)
        errors->queues[index].error = *why;
}

int queue_registry_decode(const struct json *document, struct arena *arena, struct queue_registry *ret,
                          struct field_report *report, struct reason *why)
{
    const char *text = NULL;
    struct queue_registry registry = {.queue_count = json_count(json_path(document, "spec", "queues", NULL))};
    void *memory = NULL;
    if (resource_key_of(document, "default", &registry.key, &text))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s", text);
    int r = arena_alloc_array(arena, registry.queue_count + 1, sizeof(struct registry_queue), &memory);
    if (r < 0)
        return r;
    struct queue_errors errors = {memory, registry.queue_count};
    const struct field_queue_errors queues = {"spec.queues{}", queue_error, &errors};
    r = field_check(KIND_WORKLOAD_QUEUE_REGISTRY, document, &queues, arena, report, why);
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
        r = decode_queues(json_get(spec, "queues"), arena, memory);
    if (r)
        return r;
    registry.queues = memory;
    *ret = registry;
    return 0;
}
