/* SplitSession as typed values. Pure; refuses what field.def refuses and unknown words. */
#include "common/model/decode.h"
#include "common/model/field.h"

#include "common/base/mono.h"

const char *queue_type_name(enum queue_type type)
{
    switch (type) {
    case QUEUE_TYPE_SQS:
        return "SQS";
    case QUEUE_TYPE_KAFKA:
        return "Kafka";
    case QUEUE_TYPE_RMQ:
        return "RMQ";
    case QUEUE_TYPE_NONE:
        break;
    }
    return "";
}

enum queue_type queue_type_from_name(const char *name)
{
    for (enum queue_type type = QUEUE_TYPE_SQS; type <= QUEUE_TYPE_RMQ; type++)
        if (strcmp(queue_type_name(type), name) == 0)
            return type;
    return QUEUE_TYPE_NONE;
}

static int decode_type(const char *text, size_t index, enum queue_type *ret, struct reason *why)
{
    *ret = queue_type_from_name(text);
    if (*ret != QUEUE_TYPE_NONE)
        return 0;
    return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                      "spec.queues[%zu].type: '%.15s' is not one of SQS, Kafka, RMQ", index, text);
}

static int decode_mode(const char *text, size_t index, bool *ret_mirror, struct reason *why)
{
    *ret_mirror = strcmp(text, "mirror") == 0;
    if (*ret_mirror || text[0] == '\0' || strcmp(text, "steal") == 0)
        return 0;
    return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                      "spec.queues[%zu].mode: '%.15s' is not one of steal, mirror", index, text);
}

static int decode_filters(const struct json *map, struct arena *arena, struct session_queue *queue)
{
    void *memory = NULL;
    struct json_member member;
    size_t count = 0;
    int r = arena_alloc_array(arena, json_count(map) + 1, sizeof(struct message_filter), &memory);
    struct message_filter *filters = memory;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member), count++) {
        r = arena_str(arena, str_of(member.key), &filters[count].name);
        if (r == 0)
            r = decode_text_or_empty(arena, member.value, &filters[count].pattern);
    }
    queue->filters = filters;
    queue->filter_count = count;
    return r;
}

static int decode_queue(const struct json *document, size_t index, struct arena *arena, struct session_queue *queue,
                        struct reason *why)
{
    int r = decode_text_or_empty(arena, json_get(document, "id"), &queue->id);
    if (r == 0)
        r = decode_type(json_text(json_get(document, "type")), index, &queue->type, why);
    if (r == 0)
        r = decode_mode(json_text(json_get(document, "mode")), index, &queue->mirror, why);
    if (r == 0)
        r = decode_text(arena, json_get(document, "jqFilter"), &queue->jq_filter);
    if (r == 0)
        r = decode_filters(json_get(document, "messageFilter"), arena, queue);
    return r;
}

static int decode_queues(const struct json *list, struct arena *arena, struct split_session *session,
                         struct reason *why)
{
    void *memory = NULL;
    size_t count = json_count(list);
    int r = arena_alloc_array(arena, count + 1, sizeof(struct session_queue), &memory);
    struct session_queue *queues = memory;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = decode_queue(json_at(list, i), i, arena, &queues[i], why);
        for (size_t j = 0; r == 0 && j < i; j++)
            if (strcmp(queues[i].id, queues[j].id) == 0 && queues[i].type == queues[j].type)
                return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                                  "spec.queues[%zu].id: '%.253s' stands there twice", i, queues[i].id);
    }
    session->queues = queues;
    session->queue_count = count;
    return r;
}

static int decode_target(const struct json *spec, struct arena *arena, struct split_session *session,
                         struct reason *why)
{
    const struct json *target = json_get(spec, "target");
    int r = decode_text_or_empty(arena, json_get(target, "kind"), &session->target_kind);
    if (r == 0)
        r = decode_target_kind(session->target_kind, "spec.target.kind", why);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(target, "name"), &session->target_name);
    if (r == 0)
        r = decode_text(arena, json_get(target, "container"), &session->target_container);
    return r;
}

static int decode_people(const struct json *document, struct arena *arena, struct split_session *session)
{
    const struct json *spec = json_get(document, "spec"), *owner = json_get(spec, "owner");
    const char *renewed = decode_annotation(document, "renewed");
    int r = decode_text_or_empty(arena, json_get(owner, "username"), &session->owner_username);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(owner, "hostname"), &session->owner_hostname);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(spec, "key"), &session->session_key);
    if (r == 0)
        r = arena_str(arena, str_of(renewed ? renewed : ""), &session->renewed);
    return r;
}

/* metadata and status are written by us: an absent or odd value counts as not yet there. */
static int decode_state(const struct json *document, struct arena *arena, struct split_session *session)
{
    const struct json *metadata = json_get(document, "metadata"), *status = json_get(document, "status");
    if (wall_parse(json_text(json_get(metadata, "creationTimestamp")), &session->created_ms) != 0)
        session->created_ms = 0;
    if (wall_parse(json_text(json_get(status, "endedAt")), &session->ended_ms) != 0)
        session->ended_ms = 0;
    int r = decode_text_or_empty(arena, json_get(metadata, "uid"), &session->uid);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(status, "phase"), &session->phase);
    if (r == 0)
        r = decode_text_or_empty(arena, json_get(status, "endReason"), &session->end_reason);
    return r;
}

int split_session_decode(const struct json *document, struct arena *arena, struct split_session *ret,
                         struct reason *why)
{
    const char *text = NULL;
    struct field_report report;
    struct split_session session = {.queue_count = 0};
    if (resource_key_of(document, "default", &session.key, &text))
        return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s", text);
    int r = field_check(KIND_SPLIT_SESSION, document, NULL, arena, &report, why);
    if (r == 0)
        r = decode_target(json_get(document, "spec"), arena, &session, why);
    if (r == 0)
        r = decode_queues(json_path(document, "spec", "queues", NULL), arena, &session, why);
    if (r == 0)
        r = decode_people(document, arena, &session);
    if (r == 0)
        r = decode_state(document, arena, &session);
    if (r == 0)
        *ret = session;
    return r;
}
