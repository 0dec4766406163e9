/* MirrordWorkloadQueueRegistry as typed values. Pure; what is wrong with one queue stays with it. */
#include "common/model/decode.h"
#include "common/model/field.h"

/* The word itself as a literal; "" for another. */
static const char *known_type(const char *type)
{
    if (strcmp(type, "SQS") == 0)
        return "SQS";
    return strcmp(type, "RMQ") == 0 ? "RMQ" : "";
}

/* The rules between fields of one queue. */
static void judge_queue(const char *type, struct registry_queue *queue)
{
    if (!queue->type[0])
        reason_set(&queue->error, REASON_FIELD_INVALID, 0,
                   "spec.queues.%.253s.queueType: '%.15s' is not one of SQS, RMQ", queue->id, type);
    else if (!queue->variable == !queue->pattern)
        reason_set(&queue->error, REASON_FIELD_INVALID, 0,
                   "spec.queues.%.253s.nameSource: needs exactly one of envVar and regexPattern", queue->id);
}

static int decode_tags(const struct json *map, struct arena *arena, struct registry_queue *queue)
{
    void *memory = NULL;
    struct json_member member;
    int r = arena_alloc_array(arena, json_count(map) + 1, sizeof(struct queue_tag), &memory);
    struct queue_tag *tag = memory;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member), tag++) {
        r = arena_str(arena, str_of(member.key), &tag->name);
        if (r == 0)
            r = decode_text_or_empty(arena, member.value, &tag->value);
    }
    queue->tags = memory;
    queue->tag_count = json_count(map);
    return r;
}

static int decode_sources(const struct json *document, struct arena *arena, struct registry_queue *queue)
{
    const struct json *source = json_get(document, "nameSource");
    const struct {
        const struct json *value;
        const char **ret;
    } texts[] = {{json_get(source, "envVar"), &queue->variable},
                 {json_get(source, "regexPattern"), &queue->pattern},
                 {json_get(document, "fallbackName"), &queue->fallback},
                 {json_get(document, "clusterProperties"), &queue->cluster_properties},
                 {json_get(document, "queueProperties"), &queue->queue_properties}};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof texts / sizeof *texts; i++)
        r = decode_text(arena, texts[i].value, texts[i].ret);
    return r;
}

/* Of a queue that was refused, only id and type: what else stands there has any type and size. */
static int decode_queue(const char *id, const struct json *document, struct arena *arena,
                        struct registry_queue *queue)
{
    const char *type = json_text(json_get(document, "queueType"));
    int r = arena_str(arena, str_of(id), &queue->id);
    queue->type = known_type(type);
    if (r < 0 || queue->error.code != REASON_NONE)
        return r;
    r = decode_sources(document, arena, queue);
    if (r == 0)
        r = decode_tags(json_get(document, "tags"), arena, queue);
    queue->json_map = decode_bool(json_get(document, "namesFromJsonMap"), false);
    queue->sns = decode_bool(json_get(document, "sns"), false);
    queue->s3_event = decode_bool(json_get(document, "s3Event"), false);
    judge_queue(type, queue);
    return r;
}

static int decode_queues(const struct json *map, struct arena *arena, struct registry_queue *queues)
{
    struct json_member member;
    int r = 0;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member))
        r = decode_queue(member.key, member.value, arena, queues++);
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

static int decode_spec(const struct json *document, const struct split_settings *defaults, struct arena *arena,
                       struct queue_registry *registry, struct reason *why)
{
    const struct json *spec = json_get(document, "spec"), *consumer = json_get(spec, "consumer");
    int r = decode_text_or_empty(arena, json_get(consumer, "name"), &registry->target_name);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(consumer, "workloadType"), &registry->target_kind);
    if (r == 0)
        r = decode_text(arena, json_get(consumer, "container"), &registry->container);
    if (r == 0)
        r = decode_target_kind(registry->target_kind, "spec.consumer.workloadType", why);
    if (r)
        return r;
    registry->settings = *defaults;
    int64_t restart_s = decode_int(json_get(spec, "workloadRestartTimeout"), -1);
    if (restart_s >= 0)
        registry->settings.restart_timeout_ms = restart_s * 1000;
    return decode_annotations(document, &registry->settings, why);
}

int queue_registry_decode(const struct json *document, const struct split_settings *defaults, struct arena *arena,
                          struct queue_registry *ret, struct field_report *report, struct reason *why)
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
    if (r == 0)
        r = decode_spec(document, defaults, arena, &registry, why);
    if (r == 0)
        r = decode_queues(json_path(document, "spec", "queues", NULL), arena, memory);
    if (r)
        return r;
    registry.queues = memory;
    *ret = registry;
    return 0;
}
