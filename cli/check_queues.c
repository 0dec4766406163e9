/* The queue ids of a client file against the resources of its target. */
#include "cli/check_rules.h"
#include "cli/declared.h"

enum { IDS_BYTES_MAX = 400, SUBJECT_SIZE = 300 };

static bool names_target(const struct json *registry, const char *target)
{
    return strcmp(json_text(json_path(registry, "spec", "consumer", "name", NULL)), target) == 0;
}

/* The supervisor's verdict over a registry names the ids whose type it does not split. */
static bool is_disabled(const struct check_world *world, const char *target, const char *id, const char *type)
{
    char words[SUBJECT_SIZE];
    snprintf(words, sizeof words, "%.253s (%.15s)", id, type);
    for (size_t i = 0; i < json_count(world->registries); i++) {
        const struct json *registry = json_at(world->registries, i);
        const struct json *conditions = json_path(registry, "status", "conditions", NULL);
        for (size_t n = 0; names_target(registry, target) && n < json_count(conditions); n++)
            if (strcmp(check_member(json_at(conditions, n), "reason"), reason_name(REASON_QUEUE_TYPE_NOT_ENABLED)) ==
                    0 &&
                strstr(check_member(json_at(conditions, n), "message"), words))
                return true;
    }
    return false;
}

static void registry_ids_of(const struct check_world *world, const char *target, struct buf *ret)
{
    struct json_member member;
    for (size_t i = 0; i < json_count(world->registries); i++) {
        const struct json *registry = json_at(world->registries, i);
        if (!names_target(registry, target))
            continue;
        for (json_first(json_path(registry, "spec", "queues", NULL), &member); member.key; json_next(&member))
            if (buf_printf(ret, "%s%s", ret->len ? ", " : "", member.key) < 0)
                return; /* as many as a message can hold */
    }
}

static void ids_of(const struct check_world *world, const char *target, struct buf *ret)
{
    for (size_t i = 0; i < json_count(world->consumers); i++) {
        const struct json *spec = json_get(json_at(world->consumers, i), "spec"), *topics = json_get(spec, "topics");
        for (size_t n = 0; strcmp(check_member(spec, "consumerName"), target) == 0 && n < json_count(topics); n++)
            if (buf_printf(ret, "%s%s", ret->len ? ", " : "", check_member(json_at(topics, n), "id")) < 0)
                return; /* as many as a message can hold */
    }
}

/* Resources that may not be read can have it. */
static bool is_hidden(const struct check_world *world) { return !world->consumers || !world->registries; }

static void check_queue(const struct check_world *world, const struct json *queue, const char *target,
                        struct findings *findings)
{
    CLEANUP(buf_deinit) struct buf ids = BUF_INIT(IDS_BYTES_MAX);
    const char *id = check_member(queue, "id"), *type = check_member(queue, "type");
    const struct declared declared = {world->consumers, world->registries};
    const char *known = declared_type(&declared, target, id);
    bool right = declared_as(&declared, target, id, queue_type_from_name(type));
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, "queue id %.253s", id);
    if (strcmp(type, "RMQ") == 0 || is_disabled(world, target, id, type))
        findings_add(findings, FINDING_PROBLEM, subject, REASON_QUEUE_TYPE_NOT_ENABLED,
                     "splitting of %s is not enabled", type);
    else if (json_get(queue, "jqFilter"))
        findings_add(findings, FINDING_PROBLEM, subject, REASON_JQ_NOT_YET_SUPPORTED, "it has a jq_filter");
    else if (strcmp(id, "*") == 0)
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "means every queue of type %s", type);
    else if (right)
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "is there");
    else if (known)
        findings_add(findings, FINDING_PROBLEM, subject, REASON_QUEUE_TYPE_MISMATCH, "is of type %s, not %s", known,
                     type);
    else if (is_hidden(world))
        findings_add(findings, FINDING_NOTE, subject, REASON_RIGHT_MISSING,
                     "may be there: you may not read all resources that could name it");
    else {
        ids_of(world, target, &ids);
        registry_ids_of(world, target, &ids);
        findings_add(findings, FINDING_PROBLEM, subject, REASON_QUEUE_NOT_FOUND, "%s has no such queue; it has: %s",
                     target, ids.len ? ids.data : "none");
    }
}

void check_queues(const struct check_world *world, const struct json *queues, const char *target_name,
                  struct findings *findings)
{
    for (size_t i = 0; i < json_count(queues); i++)
        check_queue(world, json_at(queues, i), target_name, findings);
}
