/* Orders to the slots and forwarding: when it may begin, what stops it, and what is told of it. */
#include "worker/kafka/converge_private.h"

#include "worker/kafka/foreign.h"
#include "worker/kafka/gate.h"
#include "worker/kafka/group.h"
#include "worker/kafka/health.h"
#include "worker/kafka/leftovers.h"
#include "worker/kafka/original.h"

#include "common/base/log.h"

/* The one condition about the split as a whole; a new one takes the place of the old one. */
void converge_condition_tell(struct converge *converge, const struct reason *why)
{
    struct reason old = {.code = converge->told};

    if (converge->told != REASON_NONE && (!why || why->code != converge->told))
        worker_report_condition(converge->runtime, &old, "", false);
    if (why)
        worker_report_condition(converge->runtime, why, "", true);
    converge->told = why ? why->code : REASON_NONE;
}

void converge_forwarding_tell(struct converge *converge, enum worker_forwarding state, const struct reason *why)
{
    struct reason none = {0};

    worker_report_forwarding(converge->runtime, state, why ? why : &none);
}

/* What the slots are to do by this table. */
static int order_make(struct converge *converge, bool run, struct order **ret)
{
    const struct worker_table *table = converge->table;
    uint32_t partitions = run && converge->positioned ? converge->positioned : converge->source.partitions;
    struct mono now = mono_now();
    struct temp *temp, *next;
    struct order *order;
    int result = order_new(converge->table, partitions, &order);

    if (result)
        return result;
    order->run = run;
    order->forgiven = converge->forgiven;
    order->settle = table->mode == WORKER_MODE_FORWARD || order_drains(table->mode);
    order->release = table->mode == WORKER_MODE_RELEASE;
    for (size_t i = 0; i < table->temp_count; i++) {
        temp = temps_find(converge, table->temps[i].name);
        /* What messages have gone to stays open while it grows: they wait for it, and go nowhere else. */
        temp->routed = temp_ready(converge, temp) || (temp->routed && temp_awaited(converge, temp, partitions));
        order->ready[i] = temp->routed;
    }
    HASH_ITER (hh, converge->temps, temp, next)
        for (uint32_t p = 0; p < partitions; p++)
            order->held[p] = order->held[p] || emptying_holds(temp, p, now);
    *ret = order;
    return 0;
}

int converge_order(struct converge *converge, bool run)
{
    struct order *order;
    int result = order_make(converge, run, &order);

    if (result)
        return result;
    if (converge->order && order_same(converge->order, order)) {
        order_unref(order);
        return 0;
    }
    order->number = ++converge->order_number;
    order_unref(converge->order);
    converge->order = order;
    for (size_t i = 0; i < SLOT_COUNT; i++)
        slot_order(converge->slots[i], order);
    return 0;
}

/* Every session of the table has a queue that is ready, or one that is told as failed: what the others wait for does not wait
 * for that one as well (C-5). */
static bool sessions_settled(const struct converge *converge)
{
    const struct worker_table *table = converge->table;

    for (size_t i = 0; i < table->session_count; i++) {
        const struct temp *temp = temps_find(converge, table->temps[table->sessions[i].temp].name);

        if (!temp_ready(converge, temp) && !temp_is_failing(temp))
            return false;
    }
    return true;
}

bool converge_settled(const struct converge *converge)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        if (status.applied != converge->order->number)
            return false;
    }
    return true;
}

void converge_applied_tell(struct converge *converge)
{
    uint64_t generation = converge->table->generation;

    if (converge->applied == generation || !converge->order || converge->order->table != converge->table)
        return;
    if (!converge_settled(converge) || !sessions_settled(converge))
        return;
    converge->applied = generation;
    worker_report_applied(converge->runtime, generation);
}

/* Trouble of a slot goes before what the converge thread sees. */
static bool slots_trouble(struct converge *converge, struct reason *ret)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        if (status.trouble.code != REASON_NONE) {
            *ret = status.trouble;
            return true;
        }
    }
    return false;
}

void converge_slots_tell(struct converge *converge)
{
    struct reason why;

    if (!converge_settled(converge) && slots_trouble(converge, &why))
        converge_condition_tell(converge, &why);
    else if (converge->table->mode != WORKER_MODE_FORWARD)
        converge_condition_tell(converge, NULL);
}

static void running_tell(struct converge *converge)
{
    struct reason why;

    if (slots_trouble(converge, &why)) {
        converge_condition_tell(converge, &why);
        converge_forwarding_tell(converge, WORKER_FORWARDING_SUSPENDED, &why);
        return;
    }
    converge_condition_tell(converge, NULL);
    converge_forwarding_tell(converge, WORKER_FORWARDING_RUNNING, NULL);
}

/* Asked once before the first message; from then on foreign_look watches (K-9). */
static int gate_pass(struct converge *converge, bool *ret_open, struct reason *why)
{
    const struct kafka_spec *spec = &converge->spec;
    struct group_view view = {.presence = GROUP_UNKNOWN};
    int result = 0;

    if (!converge->begun && !converge->table->original_free)
        result = group_look(&converge->admin, spec->group, spec->topic, &view, why);
    if (result)
        return result;
    *ret_open = converge->begun ||
                gate_begin(&view, converge->table->original_free, spec->group, spec->topic, why) == GATE_OPEN;
    return 0;
}

static bool fallback_covers(const struct converge *converge, uint32_t partitions)
{
    const struct worker_temp *fallback = worker_table_fallback(converge->table);

    return fallback && temp_covers(converge, temps_find(converge, fallback->name), partitions);
}

/* Messages that are received while a session's queue is not whole would go to the application. */
static bool sessions_settling(const struct converge *converge, uint32_t partitions)
{
    const struct worker_table *table = converge->table;

    for (size_t i = 0; i < table->session_count; i++)
        if (temp_settling(converge, temps_find(converge, table->temps[table->sessions[i].temp].name), partitions))
            return true;
    return false;
}

/* Partitions that were added are received once all queues have them; the others go on meanwhile (K-12). */
static bool grown_everywhere(const struct converge *converge)
{
    uint32_t partitions = converge->source.partitions;

    /* What is forwarded already was looked at in this turn. */
    return partitions == converge->positioned ||
           (fallback_covers(converge, partitions) && !sessions_settling(converge, partitions));
}

static int waiting_tell(struct converge *converge, const struct reason *why)
{
    converge_condition_tell(converge, NULL);
    converge_forwarding_tell(converge, WORKER_FORWARDING_WAITING, why);
    return converge_order(converge, false);
}

static int suspend(struct converge *converge, const struct reason *why)
{
    converge_condition_tell(converge, why);
    converge_forwarding_tell(converge, WORKER_FORWARDING_SUSPENDED, why);
    return converge_order(converge, false);
}

static int forward_run(struct converge *converge, bool looked, struct reason *why)
{
    int result = grown_everywhere(converge) ? original_positions_ensure(converge, why) : 0;

    if (result)
        return result;
    if (!converge->order || !converge->order->run)
        foreign_reset(converge->foreign);
    converge->begun = true;
    result = converge_order(converge, true);
    if (result)
        return result;
    result = foreign_settle(converge);
    if (result)
        return result;
    running_tell(converge);
    health_filters_tell(converge);
    health_positions_tell(converge);
    return looked ? health_commits_tell(converge, why) : 0;
}

int converge_forward(struct converge *converge, bool looked, struct reason *why)
{
    struct foreign_view view = {0};
    bool running = converge->order && converge->order->run;
    uint32_t partitions = running ? converge->positioned : converge->source.partitions;
    bool open = false;
    int result;

    if (converge->gone) {
        (void)!original_gone(converge, why);
        return suspend(converge, why);
    }
    result = gate_pass(converge, &open, why);
    if (result)
        return result;
    if (!open || !fallback_covers(converge, partitions) || sessions_settling(converge, partitions)) {
        if (open)
            (void)reason_set(why, REASON_TEMP_LOST, 0, "a temporary topic is not ready yet");
        return waiting_tell(converge, why);
    }
    if (!looked && converge->suspended)
        return 0;
    if (looked && converge->begun)
        result = foreign_look(converge, &view, why);
    if (result)
        return result;
    converge->forgiven += converge->suspended && !view.present;
    converge->suspended = view.present;
    if (view.present)
        return suspend(converge, &view.why);
    return forward_run(converge, looked, why);
}
