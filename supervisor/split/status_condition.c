/* Conditions as Kubernetes shapes them: type, status, reason, message, next step, and since when. Pure. */
#include "supervisor/split/status_condition.h"

#include "common/base/mono.h"
#include <stdio.h>
#include <string.h>

#define CONDITION_TYPE_SIZE 320 /* with "Not"; the API server allows 316 bytes of a type */

const struct json *condition_find(const struct json *conditions, const char *type)
{
    for (size_t i = 0; i < json_count(conditions); i++)
        if (strcmp(json_text(json_get(json_at(conditions, i), "type")), type) == 0)
            return json_at(conditions, i);
    return NULL;
}

int condition_set(struct json *conditions, const struct json *before, int64_t wall_ms, const char *type, bool value,
                  enum reason_code code, const char *message)
{
    const struct json *old = condition_find(before, type);
    const char *status = value ? "True" : "False";
    char now[WALL_TEXT_SIZE], plain[CONDITION_TYPE_SIZE];
    struct json *condition CLEANUP(json_freep) = json_new_object();
    wall_format(wall_ms, now);
    const char *since = strcmp(json_text(json_get(old, "status")), status) == 0
                            ? json_text(json_get(old, "lastTransitionTime"))
                            : now;
    int r = condition ? json_set_text(condition, "type", type) : -ENOMEM;
    if (r == 0)
        r = json_set_text(condition, "status", status);
    snprintf(plain, sizeof plain, "%s%s", value ? "" : "Not", type);
    if (r == 0)
        r = json_set_text(condition, "reason", code == REASON_NONE ? plain : reason_name(code));
    if (r == 0)
        r = json_set_text(condition, "message", message);
    if (r == 0 && code != REASON_NONE)
        r = json_set_text(condition, "nextStep", reason_next_step(code));
    if (r == 0)
        r = json_set_text(condition, "lastTransitionTime", since);
    return r ? r : json_append_take(conditions, TAKE(condition));
}
