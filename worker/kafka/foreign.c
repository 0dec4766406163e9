/* See the header. */
#include "worker/kafka/foreign.h"

#include "worker/kafka/group.h"
#include <stdlib.h>

#define FOREIGN_STRIKES 2     /* looks in a row that show a strange offset, before it is believed */
#define FOREIGN_QUIET_MS 5000 /* without a sign of him he has ended */

struct foreign {
    unsigned strikes;
    bool suspended;
    struct mono seen_at; /* last sign while suspended */
    int64_t *last;       /* committed offsets at the last look */
    uint32_t last_count;
};

int foreign_new(struct foreign **ret)
{
    struct foreign *foreign = calloc(1, sizeof *foreign);

    if (!foreign)
        return -ENOMEM;
    *ret = foreign;
    return 0;
}

void foreign_free(struct foreign *foreign)
{
    if (!foreign)
        return;
    free(foreign->last);
    free(foreign);
}

void foreign_reset(struct foreign *foreign)
{
    foreign->strikes = 0;
    foreign->suspended = false;
}

static int last_fit(struct foreign *foreign, uint32_t count)
{
    int64_t *last;

    if (count <= foreign->last_count)
        return 0;
    last = realloc(foreign->last, count * sizeof *last);
    if (!last)
        return -ENOMEM;
    for (uint32_t i = foreign->last_count; i < count; i++)
        last[i] = -1;
    foreign->last = last;
    foreign->last_count = count;
    return 0;
}

static void ours_read(struct converge *converge, int64_t *ret_lows, int64_t *ret_highs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        ret_lows[i] = ret_highs[i] = -1;
    for (size_t i = 0; i < SLOT_COUNT; i++)
        slot_committed(converge->slots[i], ret_lows, ret_highs, count);
}

/* A partition whose committed offset is none that we can have written between the two looks at ourselves; -1: none. */
static int64_t stranger_find(const int64_t *lows, const int64_t *seen, const int64_t *highs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (seen[i] == ADMIN_OFFSET_UNSTABLE || lows[i] < 0 || highs[i] < 0)
            continue;
        if (seen[i] < lows[i] || seen[i] > highs[i])
            return i;
    }
    return -1;
}

static bool moved_since(struct foreign *foreign, const int64_t *seen, uint32_t count)
{
    bool moved = false;

    for (uint32_t i = 0; i < count; i++) {
        moved = moved || (foreign->last[i] >= 0 && seen[i] >= 0 && seen[i] != foreign->last[i]);
        foreign->last[i] = seen[i];
    }
    return moved;
}

static void offsets_judge(struct converge *converge, const int64_t *lows, const int64_t *seen, const int64_t *highs,
                          struct foreign_view *ret)
{
    struct foreign *foreign = converge->foreign;
    int64_t partition = stranger_find(lows, seen, highs, converge->source.partitions);

    foreign->strikes = partition >= 0 ? foreign->strikes + 1 : 0;
    if (foreign->strikes < FOREIGN_STRIKES)
        return;
    ret->present = true;
    (void)reason_set(
        &ret->why, REASON_FOREIGN_CONSUMER, 0,
        "group %s has offset %lld for topic %s, partition %lld, which Sluice has not committed: somebody "
        "else consumes it",
        converge->spec.group, (long long)seen[partition], converge->spec.topic, (long long)partition);
}

static void presence_judge(struct converge *converge, const struct group_view *view, struct foreign_view *ret)
{
    if (view->presence != GROUP_ON_TOPIC)
        return;
    ret->present = true;
    (void)reason_set(&ret->why, REASON_FOREIGN_CONSUMER, 0, "group %s consumes topic %s beside Sluice: %s",
                     converge->spec.group, converge->spec.topic, view->client);
}

/* Suspended: a sign of him keeps it so for a while. */
static void quiet_judge(struct converge *converge, bool sign, struct foreign_view *ret)
{
    struct foreign *foreign = converge->foreign;
    struct mono now = mono_now();

    if (sign)
        foreign->seen_at = now;
    if (sign || !mono_reached(now, mono_after(foreign->seen_at, FOREIGN_QUIET_MS))) {
        if (!ret->present)
            (void)reason_set(&ret->why, REASON_FOREIGN_CONSUMER, 0,
                             "somebody else in group %s has just consumed topic %s", converge->spec.group,
                             converge->spec.topic);
        ret->present = true;
    }
}

/* lows from before the look at the broker, highs from after it. */
static int offsets_look(struct converge *converge, int64_t *lows, int64_t *seen, int64_t *highs, uint32_t count,
                        struct reason *why)
{
    struct admin_range range = {.stride = 1, .end = count};
    CLEANUP(cleanup_freep) int64_t *ignored = calloc((size_t)count + 1, sizeof *ignored);
    int result;

    if (!ignored)
        return -ENOMEM;
    ours_read(converge, lows, ignored, count);
    for (uint32_t i = 0; i < count; i++)
        seen[i] = ADMIN_OFFSET_NONE;
    result = admin_committed_now(&converge->admin, converge->spec.group, converge->spec.topic, range, seen, why);
    ours_read(converge, ignored, highs, count);
    return result;
}

int foreign_look(struct converge *converge, struct foreign_view *ret, struct reason *why)
{
    struct foreign *foreign = converge->foreign;
    uint32_t count = converge->source.partitions;
    CLEANUP(cleanup_freep) int64_t *offsets = calloc(3 * (size_t)count + 1, sizeof *offsets);
    int64_t *seen = offsets ? offsets + count : NULL;
    struct foreign_view view = {0};
    struct group_view group;
    bool moved;
    int result;

    if (!offsets || last_fit(foreign, count))
        return -ENOMEM;
    result = group_look(&converge->admin, converge->spec.group, converge->spec.topic, &group, why);
    if (!result)
        result = offsets_look(converge, offsets, seen, seen + count, count, why);
    if (result)
        return result;
    moved = moved_since(foreign, seen, count);
    presence_judge(converge, &group, &view);
    if (foreign->suspended)
        quiet_judge(converge, view.present || moved, &view);
    else if (!view.present)
        offsets_judge(converge, offsets, seen, seen + count, &view);
    if (view.present && !foreign->suspended)
        foreign->seen_at = mono_now();
    foreign->suspended = view.present;
    *ret = view;
    return 0;
}
