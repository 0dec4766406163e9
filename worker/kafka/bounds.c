/* See the header. Fails for want of memory only. */
#include "worker/kafka/bounds.h"

#include <stdio.h>
#include <stdlib.h>

int bounds_new(uint32_t count, struct bounds *ret)
{
    size_t n = count;
    int64_t *memory = calloc(6 * n + 1, sizeof *memory);

    if (!memory)
        return -ENOMEM;
    *ret = (struct bounds){memory, memory + n, memory + 2 * n, memory + 3 * n, memory + 4 * n, memory + 5 * n, count};
    for (uint32_t i = 0; i < count; i++)
        ret->lows[i] = ret->highs[i] = ret->seen[i] = ADMIN_OFFSET_NONE;
    return 0;
}

void bounds_deinit(struct bounds *bounds)
{
    free(bounds->lows); /* all are one piece */
    *bounds = (struct bounds){0};
}

void bounds_lows(const struct converge *converge, struct bounds *bounds)
{
    for (size_t i = 0; i < SLOT_COUNT; i++)
        slot_committed(converge->slots[i], bounds->lows, bounds->highs, bounds->count);
}

void bounds_highs(const struct converge *converge, struct bounds *bounds)
{
    for (size_t i = 0; i < SLOT_COUNT; i++)
        slot_committed(converge->slots[i], bounds->ignored, bounds->highs, bounds->count);
}

int bounds_behind(const struct kafka_spec *spec, uint32_t partition, int64_t seen, int64_t ours, int outcome,
                  struct reason *why)
{
    char offset[32];

    (void)snprintf(offset, sizeof offset, seen < 0 ? "none" : "%lld", (long long)seen);
    return reason_set(
        why, REASON_POSITION_BEHIND, outcome,
        "the broker says offset %s for group %s, topic %s, partition %u, but %lld was committed; waiting "
        "for the broker to load it",
        offset, spec->group, spec->topic, partition, (long long)ours);
}

enum suspicion_sign bounds_sign(const struct bounds *bounds, uint32_t first, uint32_t *ret_partition)
{
    enum suspicion_sign heaviest = SUSPICION_SIGN_NONE;

    for (uint32_t i = first; i < bounds->count; i++) {
        struct suspicion_offset offset = {bounds->lows[i], bounds->highs[i], bounds->seen[i], bounds->starts[i],
                                          bounds->ends[i]};
        enum suspicion_sign sign = suspicion_judge(&offset);

        if (sign <= heaviest)
            continue;
        heaviest = sign;
        *ret_partition = i;
    }
    return heaviest;
}
