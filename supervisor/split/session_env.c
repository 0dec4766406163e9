/* What a session's local process is given: variables that point to its own topics and groups (C-14, K-15). Pure. */
#include "supervisor/split/step.h"

static int add_variable(struct json *list, const char *name, const char *value)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_get(json_at(list, i), "name")), name) == 0)
            return 0;
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? json_set_text(object, "name", name) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "value", value);
    return r ? r : json_append_take(list, TAKE(object));
}

/* The declared queue that a split stands for; NULL when the resource was edited since. */
static const struct queue_resolved *declared(const struct step *step, const struct split_record *record)
{
    for (size_t i = 0; i < step->view->queue_count; i++)
        for (const char *const *id = record->ids; *id; id++)
            if (strcmp(step->view->queues[i].resolved.id, *id) == 0)
                return &step->view->queues[i].resolved;
    return NULL;
}

/* Topic variables as the record has them; group variables as they are declared now. */
static int write_env_of(const struct step *step, const struct split_record *record, const struct split_temp *temp,
                        struct json *list)
{
    const struct queue_resolved *queue = declared(step, record);
    int r = 0;
    for (size_t i = 0; r == 0 && i < record->entry_count; i++)
        r = add_variable(list, record->entries[i].variable, temp->name);
    for (size_t i = 0; r == 0 && queue && i < queue->group_count; i++)
        r = add_variable(list, queue->groups[i].variable, temp->group);
    return r;
}

static int write_queue_of(const struct split_record *record, const struct split_temp *temp, struct json *list)
{
    int r = 0;
    for (const char *const *id = record->ids; r == 0 && *id; id++) {
        struct json *object CLEANUP(json_freep) = json_new_object();
        r = object ? json_set_text(object, "id", *id) : -ENOMEM;
        if (r == 0)
            r = json_set_text(object, "type", "Kafka");
        if (r == 0)
            r = json_set_text(object, "original", record->topic);
        if (r == 0)
            r = json_set_text(object, "temporary", temp->name);
        if (r == 0)
            r = json_append_take(list, TAKE(object));
    }
    return r;
}

/* Once Ready the environment stays as it was given: the local process runs with it. */
int session_env_write(struct step *step, size_t index, const struct session_outcome *outcome, struct json *status)
{
    const struct session_view *view = &step->view->sessions[index];
    const struct json *before = json_get(view->document, "status");
    struct json *env CLEANUP(json_freep) = json_new_array(), *queues CLEANUP(json_freep) = json_new_array();
    int r = env && queues ? 0 : -ENOMEM;
    if (json_get(before, "env")) {
        json_free(TAKE(env));
        json_free(TAKE(queues));
        r = json_dup(json_get(before, "env"), &env);
        if (r == 0)
            r = json_dup(json_get(before, "queues"), &queues);
    }
    for (size_t i = 0; r == 0 && i < step->view->split_count && !json_get(before, "env"); i++) {
        const struct split_record *record = &step->view->splits[i].record;
        const struct split_temp *temp =
            record->phase == SPLIT_FAILED ? NULL : split_record_temp_of(record, view->session.uid);
        r = temp ? write_env_of(step, record, temp, env) : 0;
        if (r == 0 && temp)
            r = write_queue_of(record, temp, queues);
    }
    if (r || (strcmp(outcome->phase, "Ready") != 0 && !json_get(before, "env")))
        return r;
    r = json_set_take(status, "env", TAKE(env));
    return r ? r : json_set_take(status, "queues", TAKE(queues));
}
