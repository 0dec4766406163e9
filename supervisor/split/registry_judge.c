/* See the header. */
#include "supervisor/split/registry_judge.h"

#include <string.h>

/* Two that name different containers speak of different programs. */
static bool share_container(const struct queue_registry *a, const struct queue_registry *b)
{
    return !a->container || !b->container || strcmp(a->container, b->container) == 0;
}

/* A type that is not known is an error already. */
static bool clash(const struct registry_queue *a, const struct registry_queue *b)
{
    return a->type[0] && strcmp(a->type, b->type) == 0 && strcmp(a->id, b->id) == 0;
}

/* In the same words for both. */
static void refuse(const struct queue_registry *a, const struct queue_registry *b, struct registry_queue *queue)
{
    bool in_order = strcmp(a->key.name, b->key.name) < 0;
    const struct queue_registry *first = in_order ? a : b, *second = in_order ? b : a;
    if (queue->error.code == REASON_NONE)
        reason_set(
            &queue->error, REASON_FIELD_INVALID, 0,
            "spec.queues.%.100s: MirrordWorkloadQueueRegistry %.120s and %.120s declare this id for one target, "
            "which one of them may do",
            queue->id, first->key.name, second->key.name);
}

static void judge_pair(struct queue_registry *a, struct queue_registry *b)
{
    for (size_t i = 0; i < a->queue_count; i++)
        for (size_t j = 0; j < b->queue_count; j++)
            if (clash(&a->queues[i], &b->queues[j])) {
                refuse(a, b, &a->queues[i]);
                refuse(a, b, &b->queues[j]);
            }
}

void registries_judge(struct queue_registry *registries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (share_container(&registries[i], &registries[j]))
                judge_pair(&registries[i], &registries[j]);
}
