/* What a session's local process is given: variables that point to its own topics and groups (C-14, K-15). Pure. */
#include "supervisor/split/names.h"
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

static int add_queue(struct json *list, const char *id, enum queue_type type, const char *original,
                     const char *temporary, const struct reason *why)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? json_set_text(object, "id", id) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "type", queue_type_name(type));
    if (r == 0)
        r = json_set_text(object, "original", original);
    if (r == 0)
        r = json_set_text(object, "temporary", temporary);
    if (r == 0 && why)
        r = json_set_text(object, "reason", reason_name(why->code));
    if (r == 0 && why)
        r = json_set_text(object, "message", why->text);
    return r ? r : json_append_take(list, TAKE(object));
}

static int write_queue_of(const struct split_record *record, const struct split_temp *temp, struct json *list)
{
    int r = 0;
    for (const char *const *id = record->ids; r == 0 && *id; id++)
        r = add_queue(list, *id, record->original.type, record->original.name, temp->name, NULL);
    return r;
}

static int write_splits(struct step *step, const struct split_session *session, struct json *env, struct json *queues)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->split_count; i++) {
        const struct split_record *record = &step->view->splits[i].record;
        const struct split_temp *temp =
            record->phase == SPLIT_FAILED ? NULL : split_record_temp_of(record, session->uid);
        r = temp ? write_env_of(step, record, temp, env) : 0;
        if (r == 0 && temp)
            r = write_queue_of(record, temp, queues);
    }
    return r;
}

static void why_not_split(const struct step *step, const struct queue_view *queue, struct reason *ret)
{
    const struct reason *why = queue_error(queue);
    why = why ? why : queue_failed(step, queue);
    if (why)
        *ret = *why;
    else
        reason_set(ret, REASON_SPEC_CHANGED, 0, "queue id %.200s was not there when the split of this target began",
                   queue->resolved.id);
}

static int add_variables(const struct env_source *sources, size_t count, const char *value, struct json *env)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        if (!variable_is_loader_like(sources[i].variable)) /* it may be why the queue is not split */
            r = add_variable(env, sources[i].variable, value);
    return r;
}

/* A queue that is not split still has the application on its original, in its own group: the local process must not join
 * it there (C-14). Its variables lead to a topic that nobody makes, and to a group of its own. */
static int write_unsplit(struct step *step, const struct split_session *session, size_t index, struct json *env,
                         struct json *queues)
{
    const struct queue_view *queue = &step->view->queues[index];
    const struct kafka_topic *declared_topic = &step->view->consumer->topics[index];
    const char *name = NULL, *group = NULL;
    struct reason why;
    why_not_split(step, queue, &why);
    int r = temp_topic_name(&step->plan->arena, step->view->settings->topic_format, 0, session->uid, false,
                            queue->resolved.name, &name);
    if (r == 0)
        r = session_group_name(&step->plan->arena, 0, session->uid, queue->resolved.group, &group);
    if (r == 0)
        r = add_variables(declared_topic->names, declared_topic->name_count, name, env);
    if (r == 0)
        r = add_variables(declared_topic->groups, declared_topic->group_count, group, env);
    if (r == 0)
        r = add_variables(declared_topic->applications, declared_topic->application_count, group, env);
    return r ? r : add_queue(queues, queue->resolved.id, queue->resolved.type, queue->resolved.name, name, &why);
}

/* After those that are split: one variable may name the group of both. */
static int write_others(struct step *step, const struct split_session *session, struct json *env, struct json *queues)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++) {
        const struct split_record *record = queue_split(step, &step->view->queues[i]);
        bool split = record && record->phase != SPLIT_FAILED && split_record_temp_of(record, session->uid);
        r = split ? 0 : write_unsplit(step, session, i, env, queues);
    }
    return r;
}

/* Once Ready the environment stays as it was given: the local process runs with it. */
int session_env_write(struct step *step, size_t index, const struct session_outcome *outcome, struct json *status)
{
    const struct session_view *view = &step->view->sessions[index];
    const struct json *before = json_get(view->document, "status");
    struct json *env CLEANUP(json_freep) = NULL, *queues CLEANUP(json_freep) = NULL;
    bool given = json_get(before, "env") != NULL;
    int r = 0;
    if (!given && strcmp(outcome->phase, "Ready") != 0)
        return 0;
    if (given) {
        r = json_dup(json_get(before, "env"), &env);
        if (r == 0)
            r = json_dup(json_get(before, "queues"), &queues);
    } else {
        env = json_new_array();
        queues = json_new_array();
        r = env && queues ? write_splits(step, &view->session, env, queues) : -ENOMEM;
        if (r == 0)
            r = write_others(step, &view->session, env, queues);
    }
    if (r == 0)
        r = json_set_take(status, "env", TAKE(env));
    return r ? r : json_set_take(status, "queues", TAKE(queues));
}
