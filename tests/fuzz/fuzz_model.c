/* The decoders of every kind of resource (S-10): a stream of YAML documents, as a folder of manifests or a request brings them.
 *
 * What is accepted keeps the promises of resource.h: strings are there, counts are within their limits. What is refused says why. */
#include "common/model/field.h"
#include "common/model/resource.h"
#include "common/yaml/yaml.h"
#include "supervisor/split/record.h"
#include "tests/fuzz/fuzz.h"

#define ARENA_BYTES (4u << 20)
#define STREAM_BYTES_MAX (64u << 10)

static const struct split_settings defaults = {.drain_timeout_ms = -1, .wait_for_pods = -1};

/* A text of a decoded resource: there, and readable to its end. */
static void text(const char *value) { check(value && strlen(value) <= STREAM_BYTES_MAX); }

static void text_or_null(const char *value)
{
    if (value)
        text(value);
}

static void key_is_right(const struct resource_key *key)
{
    check(key->kind > KIND_NONE && key->kind < KIND_COUNT);
    check(memchr(key->namespace, '\0', sizeof key->namespace) && memchr(key->name, '\0', sizeof key->name));
}

/* True: decoded, and the caller looks on. */
static bool judge(int r, const struct reason *why)
{
    check(r == 0 || r == -ENOBUFS || (r == RESOURCE_REFUSED && why->code != REASON_NONE && why->text[0]));
    return r == 0;
}

static void report_is_right(const struct field_report *report)
{
    check(report->unknown_count <= FIELD_UNKNOWN_MAX);
    for (size_t i = 0; i < report->unknown_count; i++)
        text(report->unknown[i]);
}

static void sources_are_right(const struct env_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text(sources[i].container);
        text(sources[i].variable);
        text_or_null(sources[i].fallback);
    }
}

static void consumer(const struct json *document, struct arena *arena)
{
    struct kafka_topics_consumer decoded = {.topic_count = 0};
    struct field_report report = {.unknown_count = 0};
    struct reason why = {.code = REASON_NONE};

    if (!judge(kafka_topics_consumer_decode(document, &defaults, arena, &decoded, &report, &why), &why))
        return;
    key_is_right(&decoded.key);
    report_is_right(&report);
    text(decoded.target_kind);
    text(decoded.target_name);
    for (size_t i = 0; i < decoded.topic_count; i++) {
        const struct kafka_topic *topic = &decoded.topics[i];
        if (topic->error.code != REASON_NONE) {
            check(topic->error.text[0]);
            continue;
        }
        text(topic->id);
        text(topic->client_config);
        sources_are_right(topic->names, topic->name_count);
        sources_are_right(topic->groups, topic->group_count);
        sources_are_right(topic->applications, topic->application_count);
    }
}

static void registry(const struct json *document, struct arena *arena)
{
    struct queue_registry decoded = {.queue_count = 0};
    struct field_report report = {.unknown_count = 0};
    struct reason why = {.code = REASON_NONE};

    if (!judge(queue_registry_decode(document, &defaults, arena, &decoded, &report, &why), &why))
        return;
    key_is_right(&decoded.key);
    report_is_right(&report);
    text(decoded.target_name);
    text_or_null(decoded.container);
    for (size_t i = 0; i < decoded.queue_count; i++) {
        text(decoded.queues[i].id);
        text(decoded.queues[i].type);
    }
}

static void argv_is_right(const char *const *argv)
{
    check(argv && argv[0]);
    for (; *argv; argv++)
        text(*argv);
}

static void environment_is_right(const struct container *container)
{
    text(container->name);
    for (size_t k = 0; k < container->env_count; k++) {
        text(container->env[k].name);
        check((container->env[k].kind == ENV_VALUE) == (container->env[k].value != NULL));
    }
    for (size_t k = 0; k < container->env_from_count; k++)
        text(container->env_from[k].prefix);
}

static void workload(const struct json *document, struct arena *arena)
{
    struct cluster_workload decoded = {.container_count = 0};
    struct reason why = {.code = REASON_NONE};

    if (!judge(cluster_workload_decode(document, arena, &decoded, &why), &why))
        return;
    key_is_right(&decoded.key);
    for (size_t i = 0; i < decoded.container_count; i++) {
        environment_is_right(&decoded.containers[i]);
        for (const char *const *word = decoded.containers[i].command; word && *word; word++)
            text(*word);
        for (const char *const *word = decoded.containers[i].args; word && *word; word++)
            text(*word);
    }
}

static void service(const struct json *document, struct arena *arena)
{
    struct local_service decoded = {.container_count = 0};
    struct field_report report = {.unknown_count = 0};
    struct reason why = {.code = REASON_NONE};

    if (!judge(local_service_decode(document, arena, &decoded, &report, &why), &why))
        return;
    report_is_right(&report);
    argv_is_right(decoded.restart);
    if (decoded.ready)
        argv_is_right(decoded.ready);
    for (size_t i = 0; i < decoded.container_count; i++) {
        environment_is_right(&decoded.containers[i]);
        check(decoded.containers[i].env_file[0] == '/');
    }
}

static void session(const struct json *document, struct arena *arena)
{
    struct split_session decoded = {.queue_count = 0};
    struct reason why = {.code = REASON_NONE};

    if (!judge(split_session_decode(document, arena, &decoded, &why), &why))
        return;
    key_is_right(&decoded.key);
    text(decoded.uid);
    text(decoded.owner_username);
    text(decoded.session_key);
    text(decoded.renewed);
    for (size_t i = 0; i < decoded.queue_count; i++) {
        const struct session_queue *queue = &decoded.queues[i];
        text(queue->id);
        check(queue_type_name(queue->type)[0] && queue->filter_count <= 32);
        for (size_t k = 0; k < queue->filter_count; k++) {
            text(queue->filters[k].name);
            check(strlen(queue->filters[k].pattern) <= 1024);
        }
    }
}

/* What was read as a record and is written again is the same record, but for the positions, which come later. */
static void record(const struct json *document, struct arena *arena)
{
    struct split_record decoded = {.temp_count = 0}, again = {.temp_count = 0};
    CLEANUP(json_freep) struct json *written = NULL;
    struct reason why = {.code = REASON_NONE};

    if (!judge(split_record_decode(document, arena, &decoded, &why), &why))
        return;
    check(split_record_encode(&decoded, &written) == 0);
    if (!judge(split_record_decode(written, arena, &again, &why), &why))
        return;
    check(original_equal(&decoded.original, &again.original));
    check(decoded.temp_count == again.temp_count && decoded.entry_count == again.entry_count);
}

static const struct json *look_up(void *context, const struct resource_key *key)
{
    const struct yaml_stream *stream = context;

    for (size_t i = 0; i < stream->count; i++) {
        struct resource_key own;
        const char *problem;
        if (resource_key_of(stream->documents[i].value, "default", &own, &problem) == 0 &&
            resource_key_equal(&own, key))
            return stream->documents[i].value;
    }
    return NULL;
}

static void config(const struct resource_key *key, struct yaml_stream *stream, struct arena *arena)
{
    static const char *const namespaces[] = {"default", NULL};
    struct client_properties properties = {.count = 0};
    struct reason why = {.code = REASON_NONE};

    if (!judge(client_config_resolve("mirrord", key->name, namespaces, look_up, stream, arena, &properties, &why),
               &why))
        return;
    for (size_t i = 0; i < properties.count; i++) {
        text(properties.properties[i].name);
        text(properties.properties[i].value);
        check(i == 0 || strcmp(properties.properties[i - 1].name, properties.properties[i].name) < 0);
    }
    for (size_t i = 0; i < properties.ignored_count; i++)
        text(properties.ignored[i]);
}

static void decode(const struct resource_key *key, const struct json *document, struct yaml_stream *stream,
                   struct arena *arena)
{
    struct field_report report = {.unknown_count = 0};
    struct field_queue_errors queues = {.prefix = ""};
    struct reason why = {.code = REASON_NONE};

    switch (key->kind) {
    case KIND_KAFKA_TOPICS_CONSUMER:
        consumer(document, arena);
        break;
    case KIND_WORKLOAD_QUEUE_REGISTRY:
        registry(document, arena);
        break;
    case KIND_LOCAL_SERVICE:
        service(document, arena);
        break;
    case KIND_SPLIT_SESSION:
        session(document, arena);
        break;
    case KIND_QUEUE_SPLIT:
        record(document, arena);
        break;
    case KIND_KAFKA_CLIENT_CONFIG:
        config(key, stream, arena);
        break;
    case KIND_CONFIG_MAP:
    case KIND_SECRET:
        (void)judge(field_check(key->kind, document, &queues, arena, &report, &why), &why);
        break;
    case KIND_DEPLOYMENT:
    case KIND_STATEFUL_SET:
    case KIND_ROLLOUT:
        workload(document, arena);
        break;
    case KIND_SQS_SESSION: /* written, never decoded */
    case KIND_NONE:
    case KIND_COUNT:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.bytes_max = STREAM_BYTES_MAX, .depth_max = 32, .values_max = 4096};
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = {.count = 0};
    struct json_error error;

    if (yaml_parse((struct str){(const char *)data, size}, &limits, &stream, &error) != 0)
        return 0;
    for (size_t i = 0; i < stream.count; i++) {
        CLEANUP(arena_deinit) struct arena arena = ARENA_INIT(ARENA_BYTES);
        struct resource_key key;
        const char *problem;
        if (resource_key_of(stream.documents[i].value, "mirrord", &key, &problem) == 0)
            decode(&key, stream.documents[i].value, &stream, &arena);
    }
    return 0;
}
