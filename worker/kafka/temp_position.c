/* Positions of the groups of temps: at 0 before the first message, and kept from expiring while nobody reads. */
#include "worker/kafka/temp_private.h"

#include "worker/kafka/foreign.h"
#include "worker/kafka/group.h"
#include "worker/kafka/recommit.h"
#include "worker/kafka/suspicion.h"

#include "common/base/log.h"
#include <stdlib.h>

#define RECHECK_AGAIN_MS 5000 /* after a look that failed: each may take as long as a question to the broker */

/* Which partitions begin at 0, in place of what is committed; -1: no change. Nothing was sent to a partition before it had
 * an offset: one that holds something and has none may only not be loaded yet, and gets SUSPICION_PATIENCE_MS. */
static void starts_choose(struct temp *temp, int64_t *offsets, const int64_t *ends, uint32_t partitions)
{
    bool later = false;

    for (uint32_t i = 0; i < partitions; i++) {
        bool missing = temp->fresh || offsets[i] == ADMIN_OFFSET_NONE;
        bool awaited = missing && !temp->fresh && !temp->rechecked && ends[i] > 0;

        offsets[i] = missing && !awaited ? 0 : -1;
        later = later || awaited;
    }
    if (later && !mono_is_set(temp->recheck_at))
        temp->recheck_at = mono_after(mono_now(), SUSPICION_PATIENCE_MS);
}

int temp_position(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why)
{
    struct admin_range range = {.first = 0, .stride = 1, .end = partitions};
    CLEANUP(cleanup_freep) int64_t *offsets = calloc(2 * (size_t)partitions + 1, sizeof *offsets);
    const char *group = temp->wanted->group;
    int result = 0;

    if (!offsets)
        return -ENOMEM;
    if (!temp->fresh)
        /* Whether there is one is all that counts: one in a consumer's open transaction is not waited for. */
        result = admin_committed_now(&converge->admin, group, temp->name, range, offsets, why);
    if (!result && !temp->fresh)
        result = admin_log_end(&converge->admin, temp->name, range, offsets + partitions, why);
    if (result)
        return result;
    starts_choose(temp, offsets, offsets + partitions, partitions);
    result = mover_position(&converge->mover, group, temp->name, offsets, partitions, why);
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
    struct group_view view = {0};
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

static int recommit(struct converge *converge, struct temp *temp, struct mono now)
{
    struct reason why = {0};
    int result;

    if (!mono_is_set(temp->recommit_at))
        temp->recommit_at = mono_after(now, RECOMMIT_FIRST_MS);
    if (!mono_reached(now, temp->recommit_at) || foreign_doubted(converge->foreign))
        return 0; /* a position that is loaded half would be made to stay */
    result = idle_recommit(converge, temp, &why);
    if (result > 0)
        log_info("worker.kafka", "positions were not committed again", LF_STR("topic", temp->name), LF_REASON(&why));
    temp->recommit_at = mono_after(now, result ? RECOMMIT_FIRST_MS : RECOMMIT_MS);
    return result;
}

static int recheck(struct converge *converge, struct temp *temp, struct mono now)
{
    struct reason why = {0};
    int result;

    if (temp->rechecked || !mono_is_set(temp->recheck_at) || !mono_reached(now, temp->recheck_at))
        return 0;
    temp->rechecked = true;
    result = temp_position(converge, temp, temp->positioned, &why);
    temp->rechecked = result == 0;
    if (result > 0)
        log_info("worker.kafka", "positions were not looked for again", LF_STR("topic", temp->name), LF_REASON(&why));
    temp->recheck_at = mono_after(now, RECHECK_AGAIN_MS);
    return result;
}

int temp_positions_keep(struct converge *converge, struct temp *temp)
{
    struct mono now = mono_now();
    int result = 0;

    if (temp->wanted->want != WORKER_TEMP_WANT_PRESENT || !temp->positioned)
        return 0;
    result = recheck(converge, temp, now);
    if (!result)
        result = recommit(converge, temp, now);
    return result < 0 ? result : 0;
}
