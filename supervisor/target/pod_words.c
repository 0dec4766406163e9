/* Words for pods. */
#include "supervisor/target/pod_words.h"

#include "common/base/mono.h"
#include <stdio.h>

#define OVERDUE_MS 30000 /* past its grace period a pod is gone, unless nobody is there to end it */

static const struct json *condition_of(const struct json *pod, const char *type)
{
    const struct json *conditions = json_path(pod, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(conditions); i++)
        if (strcmp(json_text(json_get(json_at(conditions, i), "type")), type) == 0)
            return json_at(conditions, i);
    return NULL;
}

static bool condition_is(const struct json *pod, const char *type, const char *status)
{
    return strcmp(json_text(json_get(condition_of(pod, type), "status")), status) == 0;
}

bool pod_is_ready(const struct json *pod) { return condition_is(pod, "Ready", "True"); }

/* metadata.deletionTimestamp is when its grace period ends, not when it began (API conventions). */
static bool is_overdue(const char *deletion, int64_t wall_ms)
{
    int64_t at_ms = 0;
    return wall_parse(deletion, &at_ms) == 0 && wall_ms > at_ms + OVERDUE_MS;
}

void pod_state_words(const struct json *pod, int64_t wall_ms, char *text, size_t size)
{
    const char *deletion = json_text(json_path(pod, "metadata", "deletionTimestamp", NULL));
    const char *node = json_text(json_path(pod, "spec", "nodeName", NULL));
    bool lost = strcmp(json_text(json_path(pod, "status", "reason", NULL)), "NodeLost") == 0;
    if (lost || (deletion[0] && is_overdue(deletion, wall_ms)))
        snprintf(text, size, "on node %.60s, which does not end it", node[0] ? node : "?");
    else if (deletion[0])
        snprintf(text, size, "terminating");
    else
        snprintf(text, size, "%s", pod_is_ready(pod) ? "" : "not ready");
}

static bool is_ordinary(const char *reason)
{
    return !reason[0] || strcmp(reason, "ContainerCreating") == 0 || strcmp(reason, "PodInitializing") == 0;
}

static bool container_trouble(const struct json *pod, const char *list, char *text, size_t size)
{
    const struct json *statuses = json_path(pod, "status", list, NULL);
    for (size_t i = 0; i < json_count(statuses); i++) {
        const struct json *status = json_at(statuses, i);
        const struct json *waiting = json_path(status, "state", "waiting", NULL);
        const char *reason = json_text(json_get(waiting, "reason"));
        if (is_ordinary(reason))
            continue;
        snprintf(text, size, "%.63s, container %.40s: %.40s", json_text(json_path(pod, "metadata", "name", NULL)),
                 json_text(json_get(status, "name")), reason);
        return true;
    }
    return false;
}

void pod_trouble_words(const struct json *pod, char *text, size_t size)
{
    const char *name = json_text(json_path(pod, "metadata", "name", NULL));
    text[0] = '\0';
    if (container_trouble(pod, "initContainerStatuses", text, size) ||
        container_trouble(pod, "containerStatuses", text, size))
        return;
    if (condition_is(pod, "PodScheduled", "False"))
        snprintf(text, size, "%.63s is not scheduled: %.100s", name,
                 json_text(json_get(condition_of(pod, "PodScheduled"), "message")));
}
