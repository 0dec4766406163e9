/* See event_of.h. A phase is told when it changes, a condition when it turns bad or bad for another reason; that it is well again
 * is seen in the status. */
#include "supervisor/apply/event_of.h"

#include <stdio.h>
#include <string.h>

/* Conditions that somebody should do something about, and the status in which they are bad. */
static const struct {
    const char *type, *bad;
} watched[EVENT_CONDITIONS_MAX] = {
    {"Degraded", "True"}, {"Accepted", "False"}, {"FilterHealthy", "False"}, {"SpecChanged", "True"}};

static const struct json *condition_of(const struct json *document, const char *type)
{
    const struct json *list = json_path(document, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_get(json_at(list, i), "type")), type) == 0)
            return json_at(list, i);
    return NULL;
}

/* Longer texts than the memory has room for are not ours; they are compared as far as it goes. */
static bool differs(const char *text, char *told, size_t size)
{
    bool same = strncmp(text, told, size - 1) == 0;
    if (!same)
        snprintf(told, size, "%s", text);
    return !same;
}

static size_t phase_event(const struct json *document, struct event_memory *memory, struct event *ret)
{
    const char *phase = json_text(json_path(document, "status", "phase", NULL));
    const struct json *ready = condition_of(document, "Ready");
    if (!differs(phase, memory->phase, sizeof memory->phase) || !phase[0])
        return 0;
    bool failed = strcmp(phase, "Failed") == 0;
    *ret = (struct event){.warning = failed,
                          .reason = failed && ready ? json_text(json_get(ready, "reason")) : phase,
                          .note = json_text(json_get(ready, "message"))};
    return 1;
}

static size_t condition_event(const struct json *document, size_t index, struct event_memory *memory,
                              struct event *ret)
{
    const struct json *condition = condition_of(document, watched[index].type);
    bool bad = strcmp(json_text(json_get(condition, "status")), watched[index].bad) == 0;
    const char *reason = bad ? json_text(json_get(condition, "reason")) : "";
    if (!differs(reason, memory->conditions[index], sizeof memory->conditions[index]) || !bad)
        return 0;
    *ret = (struct event){.warning = true, .reason = reason, .note = json_text(json_get(condition, "message"))};
    return 1;
}

size_t events_of_document(const struct json *document, struct event_memory *memory, struct event ret[EVENTS_MAX])
{
    size_t count = phase_event(document, memory, ret);
    for (size_t i = 0; i < EVENT_CONDITIONS_MAX; i++)
        count += condition_event(document, i, memory, &ret[count]);
    return count;
}
