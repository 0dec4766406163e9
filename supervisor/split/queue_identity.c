/* Which split a declared queue belongs to. Pure. */
#include "supervisor/split/step.h"

struct original queue_original(const struct queue_view *queue)
{
    return (struct original){queue->resolved.type, queue->probing.cluster, queue->resolved.name,
                             queue->resolved.group};
}

static bool has_variable(const struct split_record *record, const struct queue_resolved *queue)
{
    for (size_t i = 0; i < record->entry_count; i++)
        for (size_t j = 0; j < queue->name_count; j++)
            if (strcmp(record->entries[i].container, queue->names[j].container) == 0 &&
                strcmp(record->entries[i].variable, queue->names[j].variable) == 0)
                return true;
    return false;
}

/* Where a variable says only the name, the record of its split knows by the variable which queue that is. */
static bool same_sqs_queue(const struct queue_resolved *queue, const struct split_record *record)
{
    struct str cluster = str_of(record->original.cluster), account = str_of(queue->account);
    bool whole = queue->account[0] && queue->region[0];
    if (strcmp(queue->name, record->original.name) != 0 || !queue->name[0])
        return false;
    if (!whole)
        return has_variable(record, queue);
    return cluster.len == account.len + 1 + strlen(queue->region) && str_starts_with(cluster, account) &&
           str_ends_with(cluster, str_of(queue->region));
}

bool queue_same_original(const struct queue_view *queue, const struct split_record *record)
{
    if (queue->resolved.type != record->original.type)
        return false;
    if (record->original.type == QUEUE_TYPE_SQS)
        return same_sqs_queue(&queue->resolved, record);
    return strcmp(queue->resolved.name, record->original.name) == 0 &&
           strcmp(queue->resolved.group, record->original.group) == 0 &&
           strcmp(queue->resolved.client_config, record->client_config) == 0;
}

static bool has_id(const struct split_record *record, const char *id)
{
    for (const char *const *own = record->ids; *own; own++)
        if (strcmp(*own, id) == 0)
            return true;
    return false;
}

/* The same declaration, whose variable holds another name by now. Of several names in one variable nobody knows which was which. */
static bool is_edited(const struct queue_view *queue, const struct split_record *record)
{
    const struct registry_queue *declared = queue->resolved.declared;
    if (queue->resolved.type != record->original.type || !has_id(record, queue->resolved.id))
        return false;
    return !declared || (!declared->json_map && has_variable(record, &queue->resolved));
}

const struct split_record *queue_split(const struct step *step, const struct queue_view *queue)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_record *record = &step->view->splits[i].record;
        if (queue_same_original(queue, record) || is_edited(queue, record))
            return record;
    }
    return NULL;
}
