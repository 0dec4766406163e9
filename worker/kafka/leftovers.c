/* The emptying of a temp: look, wait for its group, move, look again; in portions, so that nothing else waits for it.
 *
 * The original's partitions with leftovers are held from the removal of the route until the move ended, so that what
 * follows stays behind them; at most CONVERGE_HOLD_MS, then order is given up and OrderBroken says where (C-4). */
#include "worker/kafka/leftovers.h"

#include "worker/kafka/converge.h"
#include "worker/kafka/foreign.h"
#include "worker/kafka/group.h"
#include "worker/kafka/move.h"
#include "worker/kafka/temp_private.h"
#include <stdio.h>
#include <stdlib.h>

#define LOOK_AGAIN_MS 500 /* while somebody else is waited for */

void emptying_reset(struct emptying *emptying)
{
    free(emptying->leftovers);
    overrides_deinit(&emptying->refused);
    *emptying = (struct emptying){0};
}

/* A temp about to be emptied holds everything until it is known where something is left. */
bool emptying_holds(const struct temp *temp, uint32_t partition, struct mono now)
{
    const struct emptying *emptying = &temp->emptying;

    if (temp->wanted->want != WORKER_TEMP_WANT_EMPTIED || temp->wanted->role != WORKER_TEMP_SESSION || temp->emptied)
        return false;
    if (mono_reached(now, emptying->hold_until))
        return false;
    return !emptying->looked || partition >= emptying->partitions || emptying->leftovers[partition].held;
}

static void partitions_list(const struct emptying *emptying, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t p = 0; p < emptying->partitions && used + 16 < size; p++)
        if (emptying->leftovers[p].held)
            used += (size_t)snprintf(text + used, size - used, "%s%u", used ? ", " : "", p);
}

/* For a number of messages: offsets hold more than messages, and a broker that has just come back may know of less consumed. */
static const char *at_most(const struct converge *converge, const struct temp *temp)
{
    bool counted = emptying_uncounted(&temp->emptying) == temp->emptying.partitions;

    return counted && !foreign_shaken(converge->foreign) ? "" : "up to ";
}

static void order_broken_tell(struct converge *converge, struct temp *temp, struct mono now)
{
    struct emptying *emptying = &temp->emptying;
    char partitions[256];
    struct reason why;

    if (emptying->broken || !mono_reached(now, emptying->hold_until) || temp->wanted->role != WORKER_TEMP_SESSION)
        return;
    emptying->broken = true;
    partitions_list(emptying, partitions, sizeof partitions);
    (void)reason_set(
        &why, REASON_ORDER_BROKEN, 0,
        "%s%llu messages left in %s will come after later ones of topic %s, partitions %s, from now until they "
        "are handed on",
        at_most(converge, temp), (unsigned long long)emptying->remaining, temp->name, converge->spec.topic,
        partitions);
    worker_report_event(converge->runtime, &why, temp->wanted->session);
}

static void waiting_tell(struct converge *converge, const struct temp *temp)
{
    struct reason why;

    (void)reason_set(&why, REASON_WAITING_FOR_IN_FLIGHT, 0,
                     "%s%llu messages of %s may be held by members of group %s; they come free when it is empty",
                     at_most(converge, temp), (unsigned long long)temp->emptying.remaining, temp->name,
                     temp->wanted->group);
    worker_report_temp(converge->runtime, temp->name, WORKER_TEMP_WAITING, temp->emptying.remaining,
                       temp->emptying.moved, &why);
}

/* Looking costs the broker more than waiting; that the hold ends is not missed. */
static void rest(struct temp *temp)
{
    struct mono now = mono_now();
    const struct emptying *emptying = &temp->emptying;

    temp->pause.until = mono_after(now, LOOK_AGAIN_MS);
    if (!mono_reached(now, emptying->hold_until) && mono_reached(temp->pause.until, emptying->hold_until))
        temp->pause.until = emptying->hold_until;
}

/* What the session has consumed already would be handed on as well. */
static int positions_await(struct converge *converge, struct temp *temp)
{
    struct reason why;

    (void)reason_set(
        &why, REASON_POSITION_BEHIND, 0,
        "messages of %s wait: the broker has just come back and may not have loaded yet what group %s has "
        "consumed",
        temp->name, temp->wanted->group);
    worker_report_temp(converge->runtime, temp->name, WORKER_TEMP_WAITING, temp->emptying.remaining,
                       temp->emptying.moved, &why);
    rest(temp);
    return 0;
}

static void discarded_tell(struct converge *converge, const struct temp *temp)
{
    struct reason why;

    (void)reason_set(&why, REASON_LEFTOVERS_DISCARDED, 0, "%llu messages left in %s are discarded",
                     (unsigned long long)temp->emptying.remaining, temp->name);
    worker_report_event(converge->runtime, &why, temp->wanted->session);
}

static void kept_tell(struct converge *converge, const struct temp *temp)
{
    struct reason why;

    (void)reason_set(&why, REASON_LEFTOVERS_KEPT, 0, "%s%llu messages in %s are not consumed by group %s",
                     at_most(converge, temp), (unsigned long long)temp->emptying.remaining, temp->name,
                     temp->wanted->group);
    worker_report_temp(converge->runtime, temp->name, WORKER_TEMP_WAITING, temp->emptying.remaining, 0, &why);
}

/* What is to become of the leftovers of this temp. */
enum leftovers_fate { FATE_MOVE, FATE_RETURN, FATE_KEEP, FATE_DISCARD };

static enum leftovers_fate fate_of(const struct converge *converge, const struct temp *temp)
{
    if (temp->wanted->role == WORKER_TEMP_SESSION)
        return temp->wanted->group[0] ? FATE_MOVE : FATE_DISCARD;
    switch (converge->spec.leftovers) {
    case SPEC_LEFTOVERS_KEEP:
        return FATE_KEEP;
    case SPEC_LEFTOVERS_RETURN:
        return FATE_RETURN;
    case SPEC_LEFTOVERS_DISCARD:
        return FATE_DISCARD;
    }
    return FATE_KEEP;
}

static int leftovers_move(struct converge *converge, struct temp *temp, const struct group_view *group,
                          struct reason *why)
{
    bool back = temp->wanted->role == WORKER_TEMP_FALLBACK;
    int result = 0;

    if (foreign_shaken(converge->foreign))
        return positions_await(converge, temp);
    if (!group_has_left(group)) {
        waiting_tell(converge, temp);
        rest(temp);
        return 0;
    }
    if (temp->emptying.unfinished)
        return 0;
    for (uint32_t p = 0; result >= 0 && p < temp->emptying.partitions && !converge_portion_is_over(converge); p++) {
        int moved = temp->emptying.leftovers[p].held ? move_partition(converge, temp, p, back, why) : 0;

        result = moved ? moved : result; /* one partition that fails does not keep the others (C-13) */
    }
    return result; /* the next turn reads the positions again: only they prove it */
}

static int leftovers_settle(struct converge *converge, struct temp *temp, const struct group_view *group,
                            struct reason *why)
{
    switch (fate_of(converge, temp)) {
    case FATE_MOVE:
    case FATE_RETURN:
        return leftovers_move(converge, temp, group, why);
    case FATE_KEEP:
        kept_tell(converge, temp);
        rest(temp);
        return 0;
    case FATE_DISCARD:
        discarded_tell(converge, temp);
        temp->emptied = true;
        return 0;
    }
    return 0;
}

/* Asked before the positions are read: members that have left have committed what they ever will. */
static int group_ask(struct converge *converge, const struct temp *temp, struct group_view *ret, struct reason *why)
{
    enum leftovers_fate fate = fate_of(converge, temp);

    if (fate != FATE_MOVE && fate != FATE_RETURN)
        return 0;
    return group_look(&converge->admin, temp->wanted->group, temp->name, ret, why);
}

/* Records are read to be counted only where nothing else can be done: who moves them reads them anyway. */
static bool counts_records(const struct converge *converge, const struct temp *temp, const struct group_view *group)
{
    enum leftovers_fate fate = fate_of(converge, temp);

    return (fate != FATE_MOVE && fate != FATE_RETURN) || !group_has_left(group);
}

int leftovers_turn(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why)
{
    struct group_view group = {.presence = GROUP_UNKNOWN};
    bool known = true;
    int result;

    if (!temps_let_go(converge))
        return 0;
    result = group_ask(converge, temp, &group, why);
    if (!result)
        result = leftovers_look(converge, temp, partitions, why);
    if (!result && counts_records(converge, temp, &group))
        result = leftovers_count(converge, temp, &known, why);
    if (result)
        return result;
    if (known && temp->emptying.remaining == 0) {
        temp->emptied = true;
        return 0;
    }
    order_broken_tell(converge, temp, mono_now());
    if (!known && fate_of(converge, temp) == FATE_DISCARD)
        return 0; /* how many are lost is told */
    return leftovers_settle(converge, temp, &group, why);
}
