/* The value of one variable of a session's local process: its own queues in place of the originals that it names. Pure. */
#include "supervisor/split/names.h"
#include "supervisor/split/step.h"

bool session_has_queue(const struct step *step, const struct split_session *session, const struct queue_view *queue)
{
    const struct split_record *record = queue_split(step, queue);
    return record && record->phase != SPLIT_FAILED && split_record_temp_of(record, session->uid);
}

struct entry_place queue_entry_place(const struct queue_resolved *queue, const struct queue_entry *entry)
{
    return (struct entry_place){entry->container, entry->variable, entry->value ? entry->value : "",
                                entry->at,        entry->at_count, strlen(queue->name)};
}

int session_unsplit_name(struct step *step, const struct split_session *session, const struct queue_resolved *queue,
                         const char **ret)
{
    const struct original original = {queue->type, "", queue->name, queue->group};
    return temp_name(&step->plan->arena, step->view->settings->topic_format, 0, session->uid, false, &original, ret);
}

static int add_splits(struct step *step, const struct split_session *session, struct entry_value *value)
{
    int r = 0;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_record *record = &step->view->splits[i].record;
        const struct split_temp *temp = split_record_temp_of(record, session->uid);
        for (size_t j = 0; r == 0 && j < record->entry_count && temp && record->phase != SPLIT_FAILED; j++) {
            const struct entry_place place = split_entry_place(record, &record->entries[j]);
            r = entry_value_add(value, &place, temp->name);
        }
    }
    return r;
}

/* Queues beside them in the same value, which are not split. */
static int add_unsplit(struct step *step, const struct split_session *session, struct entry_value *value)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        const char *name = NULL;
        if (!queue->resolved.declared || session_has_queue(step, session, queue))
            continue;
        r = session_unsplit_name(step, session, &queue->resolved, &name);
        for (size_t j = 0; r == 0 && j < queue->resolved.name_count; j++) {
            const struct entry_place place = queue_entry_place(&queue->resolved, &queue->resolved.names[j]);
            r = entry_value_add(value, &place, name);
        }
    }
    return r;
}

int session_value(struct step *step, const struct split_session *session, const struct entry_place *place,
                  const char *name, const char **ret)
{
    struct entry_value value = {
        .arena = &step->plan->arena, .container = place->container, .variable = place->variable, .base = place->base};
    *ret = name;
    if (!place->at_count)
        return 0;
    int r = add_splits(step, session, &value);
    if (r == 0)
        r = add_unsplit(step, session, &value);
    return r ? r : entry_value_compose(&value, ret);
}
