/* See the header. */
#include "worker/kafka/foreign.h"

#include "worker/kafka/bounds.h"
#include "worker/kafka/group.h"
#include <stdlib.h>

#define FOREIGN_QUIET_MS 5000 /* without a sign of him he has ended */

struct foreign {
    struct suspicion suspicion;
    bool newborn; /* nothing is known of how the broker was before us, and it has not shown yet that it is well */
    uint64_t failures; /* of the slots, at the last look */
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
    foreign_doubt(foreign);
    foreign->newborn = true;
    *ret = foreign;
    return 0;
}

void foreign_reset(struct foreign *foreign)
{
    foreign->suspicion.strikes = 0;
    foreign->suspended = false;
}

void foreign_doubt(struct foreign *foreign) { foreign->suspicion.doubted_at = mono_now(); }

bool foreign_doubted(const struct foreign *foreign) { return suspicion_doubts(&foreign->suspicion, mono_now()); }

bool foreign_shaken(const struct foreign *foreign) { return !foreign->newborn && foreign_doubted(foreign); }

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

int foreign_settle(struct converge *converge)
{
    struct foreign *foreign = converge->foreign;
    CLEANUP(bounds_deinit) struct bounds bounds = {0};
    bool positioned = true;

    if (!foreign->newborn)
        return 0;
    if (bounds_new(converge->source.partitions, &bounds))
        return -ENOMEM;
    bounds_lows(converge, &bounds);
    for (uint32_t i = 0; i < bounds.count; i++)
        positioned = positioned && bounds.highs[i] >= 0 && bounds.highs[i] != INT64_MAX;
    if (!positioned)
        return 0;
    foreign->newborn = false;
    foreign->suspicion.doubted_at = (struct mono){0};
    return 0;
}

/* Slots that failed make the broker doubtful. */
static void slots_judge(struct converge *converge)
{
    struct foreign *foreign = converge->foreign;
    uint64_t failures = 0;

    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        failures += status.failures;
    }
    if (failures != foreign->failures)
        foreign_doubt(foreign);
    foreign->failures = failures;
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

static void offsets_judge(struct converge *converge, const struct bounds *look, struct foreign_view *ret)
{
    uint32_t partition = 0;
    enum suspicion_sign sign = bounds_sign(look, 0, &partition);

    slots_judge(converge);
    if (!suspicion_believe(&converge->foreign->suspicion, sign, mono_now()))
        return;
    ret->present = true;
    (void)reason_set(&ret->why, REASON_FOREIGN_CONSUMER, 0,
                     "group %s has offset %lld for topic %s, partition %u, which Sluice has not committed: somebody "
                     "else consumes it",
                     converge->spec.group, (long long)look->seen[partition], converge->spec.topic, partition);
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

static bool any_below(const struct bounds *look)
{
    for (uint32_t i = 0; i < look->count; i++)
        if (look->seen[i] < look->lows[i])
            return true;
    return false;
}

/* The log's ends only matter to what is behind. */
static int offsets_look(struct converge *converge, struct bounds *look, struct reason *why)
{
    const struct kafka_spec *spec = &converge->spec;
    struct admin_range range = {.stride = 1, .end = look->count};
    int result;

    bounds_lows(converge, look);
    result = admin_committed_now(&converge->admin, spec->group, spec->topic, range, look->seen, why);
    if (!result && any_below(look))
        result = admin_log_range(&converge->admin, spec->topic, range, look->starts, look->ends, why);
    bounds_highs(converge, look);
    return result;
}

int foreign_look(struct converge *converge, struct foreign_view *ret, struct reason *why)
{
    struct foreign *foreign = converge->foreign;
    CLEANUP(bounds_deinit) struct bounds look = {0};
    struct foreign_view view = {0};
    struct group_view group;
    bool moved;
    int result = last_fit(foreign, converge->source.partitions);

    if (!result)
        result = bounds_new(converge->source.partitions, &look);
    if (!result)
        result = group_look(&converge->admin, converge->spec.group, converge->spec.topic, &group, why);
    if (!result)
        result = offsets_look(converge, &look, why);
    if (result)
        return result;
    moved = moved_since(foreign, look.seen, look.count);
    presence_judge(converge, &group, &view);
    if (foreign->suspended)
        quiet_judge(converge, view.present || moved, &view);
    else if (!view.present)
        offsets_judge(converge, &look, &view);
    if (view.present && !foreign->suspended)
        foreign->seen_at = mono_now();
    foreign->suspended = view.present;
    *ret = view;
    return 0;
}
