/* What a temp still holds for its group, partition by partition.
 *
 * Whatever an unfinished transaction hides counts: nothing is ever taken for empty because it cannot be seen yet. What
 * was read once is not read again while the group's position and the end of the log stay where they are. */
#include "worker/kafka/leftovers.h"

#include "worker/kafka/converge.h"
#include <stdlib.h>

static int emptying_fit(struct emptying *emptying, uint32_t partitions)
{
    struct leftover *leftovers;

    if (emptying->partitions >= partitions)
        return 0;
    leftovers = realloc(emptying->leftovers, partitions * sizeof *leftovers);
    if (!leftovers)
        return -ENOMEM;
    memset(leftovers + emptying->partitions, 0, (partitions - emptying->partitions) * sizeof *leftovers);
    emptying->leftovers = leftovers;
    emptying->partitions = partitions;
    return 0;
}

struct ends {
    int64_t *from, *starts, *all,
        *visible; /* one piece of memory; visible: before the first unfinished transaction */
};

/* First unconsumed offset of every partition and the log's ends; without a group, all that is there is unconsumed. The
 * visible end comes last: if it has reached all that was there before, no transaction hides anything. */
static int ends_read(struct converge *converge, const struct temp *temp, uint32_t partitions, struct ends *ends,
                     struct reason *why)
{
    struct admin_range range = {.stride = 1, .end = partitions};
    int result = 0;

    for (uint32_t p = 0; p < partitions; p++)
        ends->from[p] = ADMIN_OFFSET_NONE;
    if (temp->wanted->group[0])
        result = admin_committed(&converge->admin, temp->wanted->group, temp->name, range, ends->from, why);
    if (!result)
        result = admin_log_range(&converge->admin, temp->name, range, ends->starts, ends->all, why);
    if (!result)
        result = reader_ends(&converge->reader, temp->name, range, ends->visible, why);
    return result;
}

void leftover_see(struct leftover *leftover, int64_t from, uint64_t count)
{
    leftover->seen = true;
    leftover->seen_from = from;
    leftover->seen_end = leftover->end;
    leftover->count = count;
}

static void leftover_note(struct leftover *leftover, const struct ends *ends, uint32_t p)
{
    leftover->from = ends->from[p] > ends->starts[p] ? ends->from[p] : ends->starts[p];
    leftover->end = ends->visible[p];
    leftover->unfinished = leftover->end < ends->all[p] && leftover->from < ends->all[p];
    if (leftover->from >= leftover->end)
        leftover_see(leftover, leftover->from, 0);
    else if (leftover->seen && (leftover->seen_from != leftover->from || leftover->seen_end != leftover->end))
        leftover->seen = false;
    if (!leftover->seen)
        leftover->count = (uint64_t)(leftover->end - leftover->from);
}

static void emptying_sum(struct emptying *emptying)
{
    emptying->remaining = 0;
    emptying->unfinished = false;
    for (uint32_t p = 0; p < emptying->partitions; p++) {
        struct leftover *leftover = &emptying->leftovers[p];

        leftover->held = leftover->count > 0 || leftover->unfinished;
        emptying->unfinished = emptying->unfinished || leftover->unfinished;
        emptying->remaining += leftover->count + leftover->unfinished;
    }
}

int leftovers_look(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why)
{
    struct emptying *emptying = &temp->emptying;
    size_t n = partitions;
    CLEANUP(cleanup_freep) int64_t *memory = calloc(4 * n + 1, sizeof *memory);
    struct ends ends;
    int result = memory ? emptying_fit(emptying, partitions) : -ENOMEM;

    if (result)
        return result;
    ends = (struct ends){memory, memory + n, memory + 2 * n, memory + 3 * n};
    result = ends_read(converge, temp, partitions, &ends, why);
    if (result)
        return result < 0 ? result : ADMIN_FAILED;
    for (uint32_t p = 0; p < partitions; p++)
        leftover_note(&emptying->leftovers[p], &ends, p);
    emptying_sum(emptying);
    emptying->looked = true;
    temp->read = true;
    /* It may be our own, of an instance that was given up: whoever takes the id ends it. */
    if (emptying->unfinished)
        result = mover_ready(&converge->mover, why);
    return result > 0 ? ADMIN_FAILED : result;
}

/* Where consumers are at work, what was counted is void at the next look: each gets its turn nevertheless. */
uint32_t emptying_uncounted(const struct emptying *emptying)
{
    for (uint32_t i = 0; i < emptying->partitions; i++) {
        uint32_t p = (emptying->count_from + i) % emptying->partitions;

        if (!emptying->leftovers[p].seen)
            return p;
    }
    return emptying->partitions;
}

int leftovers_count(struct converge *converge, struct temp *temp, bool *ret_all, struct reason *why)
{
    struct emptying *emptying = &temp->emptying;
    uint32_t p = emptying_uncounted(emptying);
    int result = 0;

    for (; !result && p < emptying->partitions && !converge_portion_is_over(converge);
         p = emptying_uncounted(emptying)) {
        struct leftover *leftover = &emptying->leftovers[p];
        uint64_t count;

        result = reader_count(&converge->reader, temp->name, p, leftover->from, leftover->end, &count, why);
        if (!result)
            leftover_see(leftover, leftover->from, count);
    }
    emptying_sum(emptying);
    emptying->count_from = p < emptying->partitions ? p : 0;
    *ret_all = p == emptying->partitions;
    return result > 0 ? ADMIN_FAILED : result;
}
