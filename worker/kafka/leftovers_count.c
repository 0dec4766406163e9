/* How many messages a temp still holds for its group, partition by partition.
 *
 * Whatever an unfinished transaction hides counts: nothing is ever taken for empty because it cannot be seen yet. */
#include "worker/kafka/leftovers.h"

#include "worker/kafka/converge.h"
#include <stdlib.h>

static int emptying_fit(struct emptying *emptying, uint32_t partitions)
{
    int64_t *from;
    bool *held;

    if (emptying->partitions >= partitions)
        return 0;
    from = realloc(emptying->from, partitions * sizeof *from);
    if (from)
        emptying->from = from;
    held = realloc(emptying->held, partitions * sizeof *held);
    if (held)
        emptying->held = held;
    if (!from || !held)
        return -ENOMEM;
    emptying->partitions = partitions;
    return 0;
}

struct ends {
    int64_t *starts, *all, *visible; /* one piece of memory; visible: before the first unfinished transaction */
};

/* First unconsumed offset of every partition and the log's ends; without a group, all that is there is unconsumed. The
 * visible end comes last: if it has reached all that was there before, no transaction hides anything. */
static int ends_read(struct converge *converge, const struct temp *temp, uint32_t partitions, int64_t *from,
                     struct ends *ends, struct reason *why)
{
    struct admin_range range = {.stride = 1, .end = partitions};
    int result = 0;

    for (uint32_t p = 0; p < partitions; p++)
        from[p] = ADMIN_OFFSET_NONE;
    if (temp->wanted->group[0])
        result = admin_committed(&converge->admin, temp->wanted->group, temp->name, range, from, why);
    if (!result)
        result = admin_log_range(&converge->admin, temp->name, range, ends->starts, ends->all, why);
    if (!result)
        result = reader_ends(&converge->reader, temp->name, range, ends->visible, why);
    for (uint32_t p = 0; !result && p < partitions; p++)
        from[p] = from[p] > ends->starts[p] ? from[p] : ends->starts[p];
    return result;
}

static int partition_count(struct converge *converge, struct temp *temp, uint32_t p, const struct ends *ends,
                           uint64_t *ret, struct reason *why)
{
    int64_t from = temp->emptying.from[p];
    bool unfinished = ends->visible[p] < ends->all[p] && from < ends->all[p];
    uint64_t count = 0;
    int result = 0;

    if (from < ends->visible[p])
        result = reader_count(&converge->reader, temp->name, p, from, ends->visible[p], &count, why);
    temp->emptying.unfinished = temp->emptying.unfinished || unfinished;
    *ret = count + unfinished;
    return result;
}

static int partitions_count(struct converge *converge, struct temp *temp, uint32_t partitions,
                            const struct ends *ends, struct reason *why)
{
    struct emptying *emptying = &temp->emptying;
    uint64_t sum = 0;
    int result = 0;

    emptying->unfinished = false;
    for (uint32_t p = 0; !result && p < partitions; p++) {
        uint64_t count = 0;

        result = partition_count(converge, temp, p, ends, &count, why);
        emptying->held[p] = count > 0;
        sum += count;
    }
    if (!result)
        emptying->remaining = sum;
    return result;
}

int leftovers_count(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why)
{
    struct emptying *emptying = &temp->emptying;
    CLEANUP(cleanup_freep) int64_t *memory = calloc(3 * (size_t)partitions + 1, sizeof *memory);
    struct ends ends = {memory, memory ? memory + partitions : NULL, memory ? memory + 2 * (size_t)partitions : NULL};
    int result = memory ? emptying_fit(emptying, partitions) : -ENOMEM;

    if (!result)
        result = ends_read(converge, temp, partitions, emptying->from, &ends, why);
    if (!result)
        result = partitions_count(converge, temp, partitions, &ends, why);
    /* It may be our own, of an instance that was given up: whoever takes the id ends it. */
    if (!result && emptying->unfinished)
        result = mover_ready(&converge->mover, why);
    if (result)
        return result < 0 ? result : ADMIN_FAILED;
    emptying->looked = true;
    return 0;
}
