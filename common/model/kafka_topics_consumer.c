/* MirrordKafkaTopicsConsumer as typed values. Pure; refuses what field.def refuses and sources that contradict. */
#include "common/model/decode.h"
#include "common/model/field.h"

static int decode_sources(const struct json *list, struct arena *arena, const struct env_source **ret,
                          size_t *ret_count)
{
    void *memory = NULL;
    size_t count = json_count(list);
    int r = arena_alloc_array(arena, count ? count : 1, sizeof(struct env_source), &memory);
    struct env_source *sources = memory;
    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct json *variable = json_get(json_at(list, i), "directEnvVar");
        r = decode_text_or_empty(arena, json_get(variable, "container"), &sources[i].container);
        if (r == 0)
            r = decode_text_or_empty(arena, json_get(variable, "variable"), &sources[i].variable);
        if (r == 0)
            r = decode_text(arena, json_get(variable, "fallback"), &sources[i].fallback);
    }
    if (r < 0)
        return r;
    *ret = sources;
    *ret_count = count;
    return 0;
}

/* Of a topic that was refused, only the id: what else stands there has any type and size. */
static int decode_topic(const struct json *document, struct arena *arena, struct kafka_topic *topic)
{
    struct str id = json_str(json_get(document, "id"));
    int r = arena_str(arena, (struct str){id.data, id.len < NAME_SIZE ? id.len : 0}, &topic->id);
    topic->client_config = "";
    if (r < 0 || topic->error.code != REASON_NONE)
        return r;
    r = decode_text_or_empty(arena, json_get(document, "clientConfig"), &topic->client_config);
    if (r == 0)
        r = decode_sources(json_get(document, "nameSources"), arena, &topic->names, &topic->name_count);
    if (r == 0)
        r = decode_sources(json_get(document, "groupIdSources"), arena, &topic->groups, &topic->group_count);
    if (r == 0)
        r = decode_sources(json_get(document, "applicationIdSources"), arena, &topic->applications,
                           &topic->application_count);
    return r;
}

/* Rules between fields; the error stays with the topic. */
static void judge_topic(struct kafka_topic *topic, size_t index)
{
    if (topic->name_count == 0)
        reason_set(&topic->error, REASON_FIELD_MISSING, 0, "spec.topics[%zu].nameSources: must name a variable",
                   index);
    else if (topic->group_count && topic->application_count)
        reason_set(&topic->error, REASON_FIELD_INVALID, 0,
                   "spec.topics[%zu]: groupIdSources and applicationIdSources exclude each other", index);
    else if (topic->application_count)
        reason_set(&topic->error, REASON_NOT_YET_SUPPORTED, 0,
                   "spec.topics[%zu].applicationIdSources: Kafka Streams targets are not supported yet", index);
}

struct topic_errors {
    struct kafka_topic *topics;
    size_t count;
};

static void topic_error(void *context, size_t index, const struct reason *why)
{
    struct topic_errors *errors = context;
    if (index < errors->count)
        errors->topics[index].error = *why;
}

static int decode_topics(const struct json *list, struct arena *arena, struct kafka_topic *topics, struct reason *why)
{
    for (size_t i = 0; i < json_count(list); i++) {
        struct kafka_topic *topic = &topics[i];
        int r = decode_topic(json_at(list, i), arena, topic);
        if (r < 0)
            return r;
        if (topic->error.code == REASON_NONE)
            judge_topic(topic, i);
        for (size_t j = 0; j < i; j++)
            if (topic->id[0] && strcmp(topics[j].id, topic->id) == 0)
                return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                                  "spec.topics[%zu].id: '%s' is also the id of topic %zu", i, topic->id, j);
    }
    return 0;
}

static int decode_spec(const struct json *document, const struct split_settings *defaults, struct arena *arena,
                       struct kafka_topics_consumer *consumer, struct reason *why)
{
    const struct json *spec = json_get(document, "spec");
    int r = decode_text_or_empty(arena, json_get(spec, "consumerKind"), &consumer->target_kind);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(spec, "consumerName"), &consumer->target_name);
    if (r == 0)
        r = decode_target_kind(consumer->target_kind, "spec.consumerKind", why);
    if (r)
        return r;
    consumer->settings = *defaults;
    consumer->settings.restart_timeout_ms = decode_int(json_get(spec, "consumerRestartTimeout"), 60) * 1000;
    int64_t ttl_seconds = decode_int(json_get(spec, "splitTtl"), -1);
    if (ttl_seconds >= 0)
        consumer->settings.ttl_ms = ttl_seconds * 1000;
    return decode_annotations(document, &consumer->settings, why);
}

int kafka_topics_consumer_decode(const struct json *document, const struct split_settings *defaults,
                                 struct arena *arena, struct kafka_topics_consumer *ret, struct field_report *report,
                                 struct reason *why)
{
    const char *text = NULL;
    struct kafka_topics_consumer consumer = {.topic_count = json_count(json_path(document, "spec", "topics", NULL))};
    if (resource_key_of(document, "default", &consumer.key, &text))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s", text);
    void *topics = NULL;
    int r = arena_alloc_array(arena, consumer.topic_count + 1, sizeof(struct kafka_topic), &topics);
    if (r < 0)
        return r;
    struct topic_errors errors = {topics, consumer.topic_count};
    const struct field_queue_errors queues = {"spec.topics[]", topic_error, &errors};
    r = field_check(KIND_KAFKA_TOPICS_CONSUMER, document, &queues, arena, report, why);
    if (r == 0)
        r = decode_spec(document, defaults, arena, &consumer, why);
    if (r == 0)
        r = decode_topics(json_path(document, "spec", "topics", NULL), arena, topics, why);
    if (r)
        return r;
    consumer.topics = topics;
    *ret = consumer;
    return 0;
}
