/* What speaks against splitting a queue whose cluster is known. Pure. */
#include "supervisor/split/step.h"

static int judge_dependents(struct step *step, const struct queue_view *queue, struct reason *why)
{
    const struct target_view *view = step->view;
    void *memory = NULL;
    int r = arena_alloc_array(&step->plan->arena, view->queue_count, sizeof(struct queue_resolved), &memory);
    struct queue_resolved *all = memory;
    for (size_t i = 0; r == 0 && i < view->queue_count; i++)
        all[i] = view->queues[i].resolved;
    for (size_t i = 0; r == 0 && i < queue->resolved.name_count; i++) {
        const struct queue_entry *entry = &queue->resolved.names[i];
        struct dependent dependent = workload_dependent(&view->workload, all, view->queue_count, entry);
        if (dependent.name && !(dependent.is_variable && queue->resolved.settings->pin_dependents))
            return reason_set(why, REASON_DEPENDENT_VARIABLE, 1,
                              "%s%.120s of container %.120s refers to $(%.120s), which is patched",
                              dependent.is_variable ? "variable " : "", dependent.name, entry->container,
                              entry->variable);
    }
    return r;
}

static int judge_identity(const struct step *step, const struct queue_view *queue, struct reason *why)
{
    const struct original original = queue_original(queue);
    const struct target_view *view = step->view;
    for (size_t i = 0; i < view->other_count; i++) {
        const struct original_in_use *other = &view->others[i];
        if (original_equal(&other->original, &original))
            return reason_set(why, REASON_ORIGINAL_IN_USE, 1, "%s %.200s is split for %s/%.200s already",
                              queue_word(original.type), original.name, other->target.namespace, other->target.name);
    }
    if ((int64_t)view->splits_total >= view->settings->splits_max)
        return reason_set(why, REASON_NO_CAPACITY, 1, "the limit of %lld splits is reached",
                          (long long)view->settings->splits_max);
    if (original.type == QUEUE_TYPE_KAFKA && queue->probing.delivery != WORKER_DELIVERY_EXACTLY_ONCE)
        return reason_set(why, REASON_TRANSACTIONS_UNAVAILABLE, 1,
                          "the cluster of topic %.200s offers no transactions, and delivery at least once is not "
                          "supported yet",
                          original.name);
    return 0;
}

/* A JSON map: each of its splits exchanges its own name in the same value. */
static bool shares_value(const struct split_entry *theirs, const struct queue_entry *ours)
{
    return theirs->at_count && ours->at_count && strcmp(theirs->base, ours->value) == 0;
}

/* Two ids of one queue must not read its messages in different ways. */
static int judge_twins(const struct step *step, const struct queue_view *queue, struct reason *why)
{
    const struct original original = queue_original(queue);
    for (size_t i = 0; i < step->view->queue_count; i++) {
        const struct queue_view *other = &step->view->queues[i];
        const struct original theirs = queue_original(other);
        if (!queue->resolved.declared || !other->resolved.declared || !other->probing.checked || queue_error(other) ||
            !original_equal(&original, &theirs) || other->resolved.declared->sns == queue->resolved.declared->sns)
            continue;
        return reason_set(why, REASON_FIELD_INVALID, 1,
                          "ids %.120s and %.120s are the same queue, and only one of them sets sns",
                          queue->resolved.id, other->resolved.id);
    }
    return 0;
}

/* Against the other splits of this target: one original, and one variable, belong to one split. */
static int judge_siblings(const struct step *step, const struct queue_view *queue, struct reason *why)
{
    const struct original original = queue_original(queue);
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_record *record = &step->view->splits[i].record;
        if (original_equal(&record->original, &original))
            return reason_set(why, REASON_ORIGINAL_IN_USE, 1,
                              original.type == QUEUE_TYPE_KAFKA
                                  ? "queue id %.200s is the same topic and group with another client config"
                                  : "queue id %.200s is the same queue, and was split before this variable named it",
                              record->ids[0] ? record->ids[0] : "");
        for (size_t j = 0; j < record->entry_count * queue->resolved.name_count; j++) {
            const struct split_entry *theirs = &record->entries[j / queue->resolved.name_count];
            const struct queue_entry *ours = &queue->resolved.names[j % queue->resolved.name_count];
            if (strcmp(theirs->container, ours->container) != 0 || strcmp(theirs->variable, ours->variable) != 0 ||
                shares_value(theirs, ours))
                continue;
            if (original.type == QUEUE_TYPE_KAFKA)
                return reason_set(why, REASON_FIELD_INVALID, 1,
                                  "variable %.120s of container %.120s is also declared by queue id %.120s, for "
                                  "another group or client config",
                                  ours->variable, ours->container, record->ids[0] ? record->ids[0] : "");
            return reason_set(why, REASON_TARGET_CHANGED, 1,
                              "variable %.120s of container %.120s was changed while its queues were being split",
                              ours->variable, ours->container);
        }
    }
    return 0;
}

int queue_judge(struct step *step, const struct queue_view *queue, struct reason *why)
{
    int r = judge_identity(step, queue, why);
    if (r == 0)
        r = judge_siblings(step, queue, why);
    if (r == 0)
        r = judge_twins(step, queue, why);
    return r ? r : judge_dependents(step, queue, why);
}
