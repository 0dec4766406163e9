/* What destinations refuse, a record or everything: noted for the next try, and told to whom it concerns (C-8, K-16). */
#include "worker/kafka/slot_private.h"

/* The temp's session, for the condition; "" for the fallback. */
static const char *session_of(const struct slot *slot, const struct destination *destination)
{
    return slot->order->table->temps[destination - slot->destinations].session;
}

struct destination *slot_destination_named(struct slot *slot, const char *topic)
{
    for (size_t i = 0; i < slot->order->table->temp_count; i++)
        if (slot->destinations[i].topic && strcmp(slot->destinations[i].name, topic) == 0)
            return &slot->destinations[i];
    return NULL;
}

static bool is_mirror(const struct slot *slot, const struct destination *destination)
{
    const struct worker_table *table = slot->order->table;

    for (size_t i = 0; i < table->session_count; i++)
        if (&slot->destinations[table->sessions[i].temp] == destination)
            return table->sessions[i].mode == WORKER_SESSION_MIRROR;
    return false;
}

void slot_destination_refuse(struct slot *slot, struct destination *destination)
{
    struct reason why;

    (void)reason_set(&why, REASON_DESTINATION_REFUSED, 0,
                     "topic %s takes no messages: the ACL Write on topic %s may be missing; %s for now",
                     destination->name, destination->name,
                     is_mirror(slot, destination) ? "its copies are left out" : "its messages go to the fallback");
    destination->refused_until = mono_after(mono_now(), SLOT_DESTINATION_RETRY_MS);
    worker_report_condition(slot->setup.runtime, &why, session_of(slot, destination), true);
}

bool slot_any_suspect(const struct slot *slot)
{
    for (size_t i = 0; i < slot->order->table->temp_count; i++)
        if (slot->destinations[i].suspect)
            return true;
    return false;
}

void slot_suspects_acquit(struct slot *slot)
{
    slot->bare = NULL;
    for (size_t i = 0; i < slot->order->table->temp_count; i++)
        slot->destinations[i].suspect = false;
}

/* Without their copies it was taken, so one of the mirrors refuses. Of several those that refused before come first; else all
 * are tried again one after the other, and each that takes its copy is cleared. */
static void suspects_refuse(struct slot *slot)
{
    bool again = false;
    int64_t later_ms = 0;

    for (size_t i = 0; i < slot->order->table->temp_count; i++)
        again = again || (slot->destinations[i].suspect && mono_is_set(slot->destinations[i].refused_until));
    for (size_t i = 0; i < slot->order->table->temp_count; i++) {
        struct destination *destination = &slot->destinations[i];

        if (!destination->suspect || (again && !mono_is_set(destination->refused_until)))
            continue;
        slot_destination_refuse(slot, destination);
        destination->refused_until = mono_after(destination->refused_until, later_ms);
        later_ms += SLOT_SUSPECT_STEP_MS;
    }
}

void slot_suspects_settle(struct slot *slot)
{
    if (slot->bare && slot->bare != slot->only)
        return;
    if (slot->bare)
        suspects_refuse(slot);
    if (slot->bare || mono_is_set(slot->single_until))
        slot_suspects_acquit(slot);
}

/* A transaction was committed: what was refused before and is in it is refused no more. */
void slot_refusals_settle(struct slot *slot)
{
    struct reason why = {.code = REASON_DESTINATION_REFUSED};

    for (size_t i = 0; i < slot->touched_count; i++) {
        struct destination *destination = &slot->destinations[slot->order->table->sessions[slot->touched[i]].temp];

        if (!mono_is_set(destination->refused_until))
            continue;
        destination->refused_until = (struct mono){0};
        worker_report_condition(slot->setup.runtime, &why, session_of(slot, destination), false);
    }
    if (!slot->refusal_told || overrides_count(&slot->overrides))
        return;
    slot->refusal_told = false;
    worker_report_condition(slot->setup.runtime, &why, "", false);
}

/* The message itself is not concerned. */
static void copy_refuse(struct slot *slot, const struct sink_failure *failure, const struct destination *mirror)
{
    struct reason why;

    if (overrides_unmirrored(&slot->overrides, failure->partition, failure->offset) ||
        overrides_unmirror(&slot->overrides, failure->partition, failure->offset))
        return; /* told already, or full: refused again, and noted then */
    (void)reason_set(
        &why, REASON_DESTINATION_REFUSED, 0,
        "topic %s refuses the copy of the message at partition %d, offset %lld of topic %s; it is left out",
        failure->topic, failure->partition, (long long)failure->offset, slot->setup.spec->topic);
    worker_report_event(slot->setup.runtime, &why, session_of(slot, mirror));
}

void slot_record_refuse(struct slot *slot, const struct sink_failure *failure)
{
    const struct destination *destination = slot_destination_named(slot, failure->topic);
    struct lane *lane = slot_lane(slot, failure->partition);
    struct reason why;

    if (destination && is_mirror(slot, destination)) {
        copy_refuse(slot, failure, destination);
        return;
    }
    if (overrides_raise(&slot->overrides, failure->partition, failure->offset))
        return; /* full: refused again, and noted then */
    if (overrides_find(&slot->overrides, failure->partition, failure->offset) != OVERRIDE_REFUSED || !lane)
        return;
    lane->retry_at = mono_after(mono_now(), SLOT_REFUSED_RETRY_MS);
    (void)reason_set(
        &why, REASON_DESTINATION_REFUSED, 0,
        "the fallback %s refuses the message at partition %d, offset %lld of topic %s; this partition waits",
        failure->topic, failure->partition, (long long)failure->offset, slot->setup.spec->topic);
    worker_report_condition(slot->setup.runtime, &why, "", true);
    slot->refusal_told = true;
}
