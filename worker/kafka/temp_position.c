/* Positions of the groups of temps: at 0 before the first message, and kept from expiring while nobody reads. */
#include "worker/kafka/temp_private.h"

#include "worker/kafka/group.h"
#include "worker/kafka/recommit.h"

#include "common/base/log.h"
#include <stdlib.h>

int temp_position(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why)
{
    struct admin_range range = {.first = 0, .stride = 1, .end = partitions};
    CLEANUP(cleanup_freep) int64_t *offsets = calloc(partitions + 1, sizeof *offsets);
    int result;

    if (!offsets)
        return -ENOMEM;
    result =
        temp->fresh ? 0 : admin_committed(&converge->admin, temp->wanted->group, temp->name, range, offsets, why);
    if (result)
        return result;
    for (uint32_t i = 0; i < partitions; i++)
        offsets[i] = temp->fresh || offsets[i] < 0 ? 0 : -1;
    result = mover_position(&converge->mover, temp->wanted->group, temp->name, offsets, partitions, why);
    if (result)
        return result;
    temp->positioned = partitions;
    temp->fresh = false;
    return 0;
}

/* Members that have the topic keep its offsets alive, and may be committing: theirs must not be overwritten. Without any,
 * what was read before the look is what is committed; who joins after it cannot be given partitions, read and commit in
 * the time that one transaction takes. */
static int idle_recommit(struct converge *converge, struct temp *temp, struct reason *why)
{
    struct admin_range range = {.stride = 1, .end = temp->positioned};
    CLEANUP(cleanup_freep) int64_t *offsets = calloc(temp->positioned + 1, sizeof *offsets);
    const char *group = temp->wanted->group;
    struct group_view view;
    int result;

    if (!offsets)
        return -ENOMEM;
    result = admin_committed(&converge->admin, group, temp->name, range, offsets, why);
    if (!result)
        result = group_look(&converge->admin, group, temp->name, &view, why);
    if (result || (view.presence != GROUP_EMPTY && view.presence != GROUP_ELSEWHERE))
        return result;
    return mover_position(&converge->mover, group, temp->name, offsets, temp->positioned, why);
}

int temp_recommit(struct converge *converge, struct temp *temp)
{
    struct mono now = mono_now();
    struct reason why = {0};
    int result;

    if (temp->wanted->want != WORKER_TEMP_WANT_PRESENT || !temp->positioned)
        return 0;
    if (!mono_is_set(temp->recommit_at))
        temp->recommit_at = mono_after(now, RECOMMIT_FIRST_MS);
    if (!mono_reached(now, temp->recommit_at))
        return 0;
    result = idle_recommit(converge, temp, &why);
    if (result > 0)
        log_info("worker.kafka", "positions were not committed again", LF_STR("topic", temp->name), LF_REASON(&why));
    temp->recommit_at = mono_after(now, result ? RECOMMIT_FIRST_MS : RECOMMIT_MS);
    return result < 0 ? result : 0;
}
