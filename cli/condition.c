/* See condition.h. */
#include "cli/condition.h"

#include <string.h>

static const char *member(const struct json *object, const char *key) { return json_text(json_get(object, key)); }

static bool is_one_of(const char *text, const char *const *list)
{
    while (*list && strcmp(*list, text) != 0)
        list++;
    return *list != NULL;
}

const struct json *condition_of(const struct json *document, const char *type)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(conditions); i++)
        if (strcmp(member(json_at(conditions, i), "type"), type) == 0)
            return json_at(conditions, i);
    return NULL;
}

/* What a worker complains of is a condition of its own name: bad when it is there. */
bool condition_is_bad(const struct json *condition)
{
    static const char *const good_when_true[] = {"Ready", "Routed", "FilterHealthy", "Accepted", NULL};
    const char *type = member(condition, "type"), *status = member(condition, "status");
    if (strcmp(type, "Draining") == 0)
        return false;
    return strcmp(status, is_one_of(type, good_when_true) ? "False" : "True") == 0;
}

bool condition_passes(const struct json *condition)
{
    static const char *const passing[] = {
        "SpecChanged", "TargetChanged", "WaitingForInFlight", "PositionLost", "OrderBroken", "LeftoversDiscarded",
        NULL};
    return is_one_of(member(condition, "type"), passing) || is_one_of(member(condition, "reason"), passing);
}

const char *condition_reason(const struct json *condition)
{
    const char *reason = member(condition, "reason"), *type = member(condition, "type");
    bool plain = strcmp(reason, type) == 0 || (strncmp(reason, "Not", 3) == 0 && strcmp(reason + 3, type) == 0);
    return plain && reason_from_name(str_of(reason)) == REASON_NONE ? "" : reason;
}

bool condition_is_said(const struct json *document, const struct json *condition)
{
    const struct json *ready = condition_of(document, "Ready");
    const char *message = member(condition, "message");
    return message[0] && condition != ready && strcmp(message, member(ready, "message")) == 0;
}

const char *condition_next_step(const struct json *condition)
{
    const char *next = member(condition, "nextStep");
    return next[0] ? next : reason_next_step(reason_from_name(str_of(member(condition, "reason"))));
}

const struct json *condition_worst(const struct json *document)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(conditions); i++) {
        const struct json *condition = json_at(conditions, i);
        if (strcmp(member(condition, "type"), "Ready") != 0 && condition_is_bad(condition) &&
            !condition_passes(condition))
            return condition;
    }
    return NULL;
}
