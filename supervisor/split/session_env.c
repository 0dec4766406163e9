/* What a session's local process is given: variables that point to its own queues and groups (C-14, K-15). Pure. */
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
            if (step->view->queues[i].resolved.type == record->original.type &&
                strcmp(step->view->queues[i].resolved.id, *id) == 0)
                return &step->view->queues[i].resolved;
    return NULL;
}

/* What the local process runs as: of two containers that give one variable different values, its own counts. */
static bool is_own(const struct step *step, const struct split_session *session, const char *container)
{
    return strcmp(session_container(step->view, session), container) == 0;
}

/* Name variables as the record has them; group variables as they are declared now. */
static int write_env_of(struct step *step, const struct split_session *session, const struct split_record *record,
                        const struct split_temp *temp, bool own, struct json *list)
{
    const struct queue_resolved *queue = declared(step, record);
    int r = 0;
    for (size_t i = 0; r == 0 && i < record->entry_count; i++) {
        const struct entry_place place = split_entry_place(record, &record->entries[i]);
        const char *value = NULL;
        if (is_own(step, session, place.container) != own)
            continue;
        r = session_value(step, session, &place, temp->name, &value);
        if (r == 0)
            r = add_variable(list, place.variable, value);
    }
    for (size_t i = 0; r == 0 && queue && i < queue->group_count; i++)
        if (is_own(step, session, queue->groups[i].container) == own)
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
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; r == 0 && i < step->view->split_count; i++) {
            const struct split_record *record = &step->view->splits[i].record;
            const struct split_temp *temp =
                record->phase == SPLIT_FAILED ? NULL : split_record_temp_of(record, session->uid);
            r = temp ? write_env_of(step, session, record, temp, pass == 0, env) : 0;
            if (r == 0 && temp && pass == 0)
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

static int write_unsplit_topic(struct step *step, const struct split_session *session,
                               const struct queue_resolved *queue, const char *name, struct json *env)
{
    const struct kafka_topic *topic = queue->topic;
    const char *group = NULL;
    int r = session_group_name(&step->plan->arena, 0, session->uid, queue->group, &group);
    if (r == 0)
        r = add_variables(topic->names, topic->name_count, name, env);
    if (r == 0)
        r = add_variables(topic->groups, topic->group_count, group, env);
    return r ? r : add_variables(topic->applications, topic->application_count, group, env);
}

static int write_unsplit_queue(struct step *step, const struct split_session *session,
                               const struct queue_resolved *queue, const char *name, struct json *env)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < 2 * queue->name_count; i++) {
        const struct queue_entry *entry = &queue->names[i / 2];
        const struct entry_place place = queue_entry_place(queue, entry);
        const char *value = NULL;
        if (is_own(step, session, entry->container) != (i % 2 == 0))
            continue;
        r = session_value(step, session, &place, name, &value);
        if (r == 0)
            r = add_variable(env, entry->variable, value);
    }
    return r;
}

/* A queue that is not split still has the application on its original, in its own group: the local process must not join
 * it there (C-14). Its variables lead to a queue that nobody makes, and to a group of its own. */
static int write_unsplit(struct step *step, const struct split_session *session, const struct queue_view *queue,
                         struct json *env, struct json *queues)
{
    const struct queue_resolved *resolved = &queue->resolved;
    const char *name = NULL;
    struct reason why;
    why_not_split(step, queue, &why);
    int r = session_unsplit_name(step, session, resolved, &name);
    if (r == 0)
        r = resolved->topic ? write_unsplit_topic(step, session, resolved, name, env)
                            : write_unsplit_queue(step, session, resolved, name, env);
    return r ? r : add_queue(queues, resolved->id, resolved->type, resolved->name, name, &why);
}

/* After those that are split: one variable may name the group of both. */
static int write_others(struct step *step, const struct split_session *session, struct json *env, struct json *queues)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++)
        if (!session_has_queue(step, session, &step->view->queues[i]))
            r = write_unsplit(step, session, &step->view->queues[i], env, queues);
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
