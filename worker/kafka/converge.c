/* One turn: look, step, order, tell. See the header. */
#include "worker/kafka/converge.h"

#include "worker/kafka/drain.h"
#include "worker/kafka/foreign.h"
#include "worker/kafka/gate.h"
#include "worker/kafka/group.h"
#include "worker/kafka/health.h"
#include "worker/kafka/leftovers.h"
#include "worker/kafka/original.h"

#include "common/base/log.h"
#include "common/base/secret.h"
#include "common/loop/backoff.h"

/* The one condition about the split as a whole; a new one takes the place of the old one. */
static void condition_tell(struct converge *converge, const struct reason *why)
{
    struct reason old = {.code = converge->told};

    if (converge->told != REASON_NONE && (!why || why->code != converge->told))
        worker_report_condition(converge->runtime, &old, "", false);
    if (why)
        worker_report_condition(converge->runtime, why, "", true);
    converge->told = why ? why->code : REASON_NONE;
}

static void forwarding_tell(struct converge *converge, enum worker_forwarding state, const struct reason *why)
{
    struct reason none = {0};

    worker_report_forwarding(converge->runtime, state, why ? why : &none);
}

/* Broker trouble: told, and tried again with growing pauses. */
static int failure_note(struct converge *converge, const struct reason *why)
{
    static const struct backoff backoff = {.first_ms = 200, .max_ms = 5000};
    uint64_t random;

    random_bytes(&random, sizeof random);
    converge->attempts++;
    converge->next = mono_after(mono_now(), backoff_delay_ms(&backoff, converge->attempts, random));
    converge->busy = true; /* the look is repeated, not put off to the next tick */
    /* A cluster that never had a group first makes the topic of their offsets, which can take longer than one question:
     * only the second one in a row without an answer is told. */
    if (!converge->admin.spoiled || converge->attempts > 1)
        condition_tell(converge, why);
    /* A new handle finds a broker that is back within moments; the old one looks for it now and then. */
    if (why->code == REASON_BROKER_UNREACHABLE)
        converge->admin.spoiled = true;
    if (!converge->order || !converge->order->run)
        forwarding_tell(converge, WORKER_FORWARDING_WAITING, why);
    log_info("worker.kafka", "a look at the cluster failed", LF_REASON(why));
    return 0;
}

static int source_look(struct converge *converge, struct reason *why)
{
    const struct topic_seen *seen;
    int result = 0;

    topics_begin(&converge->topics);
    result = topics_want(&converge->topics, converge->spec.topic);
    for (size_t i = 0; !result && i < converge->table->temp_count; i++)
        result = topics_want(&converge->topics, converge->table->temps[i].name);
    if (!result)
        result = graves_want(converge);
    if (!result)
        result = topics_refresh(&converge->topics, why);
    if (result)
        return result;
    graves_turn(converge);
    seen = topics_find(&converge->topics, converge->spec.topic);
    if (!seen || !seen->exists)
        return reason_set(why, REASON_TOPIC_NOT_FOUND, ADMIN_FAILED, "the original topic %s is gone",
                          converge->spec.topic);
    converge->source = seen->shape;
    return 0;
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
    order->settle = table->mode == WORKER_MODE_FORWARD || order_drains(table->mode);
    order->release = table->mode == WORKER_MODE_RELEASE;
    for (size_t i = 0; i < table->temp_count; i++) {
        temp = temps_find(converge, table->temps[i].name);
        order->ready[i] = temp_ready(converge, temp);
        temp->routed = temp->routed || order->ready[i];
    }
    HASH_ITER (hh, converge->temps, temp, next)
        for (uint32_t p = 0; p < partitions; p++)
            order->held[p] = order->held[p] || emptying_holds(temp, p, now);
    *ret = order;
    return 0;
}

static int order_publish(struct converge *converge, bool run)
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

/* Every session of the table has a queue that is ready, or one that is told as failed. */
static bool sessions_ready(const struct converge *converge)
{
    const struct worker_table *table = converge->table;

    for (size_t i = 0; i < table->session_count; i++)
        if (!converge->order->ready[table->sessions[i].temp])
            return false;
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

static void applied_tell(struct converge *converge)
{
    uint64_t generation = converge->table->generation;

    if (converge->applied == generation || !converge->order || converge->order->table != converge->table)
        return;
    if (!converge_settled(converge) || !sessions_ready(converge))
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

static void running_tell(struct converge *converge)
{
    struct reason why;

    if (slots_trouble(converge, &why)) {
        condition_tell(converge, &why);
        forwarding_tell(converge, WORKER_FORWARDING_SUSPENDED, &why);
        return;
    }
    condition_tell(converge, NULL);
    forwarding_tell(converge, WORKER_FORWARDING_RUNNING, NULL);
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

static bool fallback_ready(const struct converge *converge)
{
    const struct worker_temp *fallback = worker_table_fallback(converge->table);

    return fallback && temp_ready(converge, temps_find(converge, fallback->name));
}

static int waiting_tell(struct converge *converge, const struct reason *why)
{
    forwarding_tell(converge, WORKER_FORWARDING_WAITING, why);
    return order_publish(converge, false);
}

static int suspend(struct converge *converge, const struct reason *why)
{
    condition_tell(converge, why);
    forwarding_tell(converge, WORKER_FORWARDING_SUSPENDED, why);
    return order_publish(converge, false);
}

static int forward_run(struct converge *converge, bool looked, struct reason *why)
{
    int result = original_positions_ensure(converge, why);

    if (result)
        return result;
    if (!converge->order || !converge->order->run)
        foreign_reset(converge->foreign);
    converge->begun = true;
    result = order_publish(converge, true);
    if (result)
        return result;
    running_tell(converge);
    health_filters_tell(converge);
    return looked ? health_commits_tell(converge, why) : 0;
}

static int forward_turn(struct converge *converge, bool looked, struct reason *why)
{
    struct foreign_view view = {0};
    bool open = false;
    int result = gate_pass(converge, &open, why);

    if (result)
        return result;
    if (!open || !fallback_ready(converge)) {
        if (open)
            (void)reason_set(why, REASON_TEMP_LOST, 0, "the fallback topic is not ready yet");
        return waiting_tell(converge, why);
    }
    if (!looked && converge->suspended)
        return 0;
    if (looked && converge->begun)
        result = foreign_look(converge, &view, why);
    if (result)
        return result;
    converge->suspended = view.present;
    if (view.present)
        return suspend(converge, &view.why);
    return forward_run(converge, looked, why);
}

static int mode_turn(struct converge *converge, bool looked, struct reason *why)
{
    int result;

    switch (converge->table->mode) {
    case WORKER_MODE_CHECK:
        forwarding_tell(converge, WORKER_FORWARDING_STOPPED, NULL);
        return order_publish(converge, false);
    case WORKER_MODE_PREPARE:
        forwarding_tell(converge, WORKER_FORWARDING_STOPPED, NULL);
        result = converge->positions_told ? 0 : original_positions_tell(converge, why);
        return result ? result : order_publish(converge, false);
    case WORKER_MODE_FORWARD:
        return forward_turn(converge, looked, why);
    case WORKER_MODE_HOLD:
    case WORKER_MODE_RELEASE:
        forwarding_tell(converge, WORKER_FORWARDING_STOPPED, NULL);
        converge->begun = false;
        result = order_publish(converge, false);
        return result || !looked ? result : drain_tell(converge, why);
    }
    return 0;
}

static int check_turn(struct converge *converge, struct reason *why)
{
    int result;

    if (converge->checked)
        return 0;
    if (converge->table->mode == WORKER_MODE_CHECK || converge->table->mode == WORKER_MODE_PREPARE) {
        result = original_check(converge, why);
        if (result)
            return result;
    }
    worker_report_checked(converge->runtime, converge->cluster, converge->source.partitions,
                          WORKER_DELIVERY_EXACTLY_ONCE);
    converge->checked = true;
    return 0;
}

static bool destination_lost(const struct converge *converge)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        if (status.destination_lost)
            return true;
    }
    return false;
}

/* Topics are handles of the handle. */
static int handle_refresh(struct converge *converge, struct reason *why)
{
    if (!converge->admin.spoiled && converge->admin.rk)
        return 0;
    topics_deinit(&converge->topics);
    return admin_refresh(&converge->admin, converge->credentials, why);
}

/* Modes in which what a worker before us left open could be in the way. */
static bool takeover_pending(const struct converge *converge)
{
    enum worker_mode mode = converge->table->mode;

    return !converge->taken_over && (mode == WORKER_MODE_FORWARD || order_drains(mode));
}

/* What a dead predecessor left open is ended before anything is read: the positions of its groups, and the ends of its
 * topics, could not be read until the broker gave its transactions up by itself (K-7). */
static int takeover_turn(struct converge *converge, struct reason *why)
{
    int result;

    if (!takeover_pending(converge))
        return 0;
    result = mover_ready(&converge->mover, why);
    if (!result)
        result = order_publish(converge, false);
    if (!result)
        converge->taken_over = converge_settled(converge);
    return result;
}

/* Order of steps: routes are removed (C-5) before temps are touched; then what changed is ordered. */
static int steps_run(struct converge *converge, bool *ret_busy, struct reason *why)
{
    int64_t tick_ms = order_drains(converge->table->mode) ? CONVERGE_DRAIN_MS : CONVERGE_TICK_MS;
    bool looked =
        *ret_busy || mono_reached(mono_now(), mono_after(converge->looked_at, tick_ms)) || destination_lost(converge);
    int result = handle_refresh(converge, why);

    if (!result)
        result = original_identify(converge, why);
    if (!result)
        result = check_turn(converge, why);
    if (!result && looked) {
        result = source_look(converge, why);
        converge->looked_at = mono_now();
    }
    *ret_busy = false;
    if (!result)
        result = takeover_turn(converge, why);
    if (result || takeover_pending(converge)) {
        *ret_busy = true;
        return result;
    }
    if (converge->table->mode != WORKER_MODE_CHECK && converge->order)
        result = order_publish(converge, converge->order->run && converge->table->mode == WORKER_MODE_FORWARD);
    if (!result && converge->table->mode != WORKER_MODE_CHECK)
        result = temps_turn(converge, ret_busy);
    if (!result)
        result = mode_turn(converge, looked, why);
    return result;
}

static void figures_tell(struct converge *converge)
{
    struct mono now = mono_now();
    uint64_t in_flight = 0;

    if (!mono_reached(now, mono_after(converge->figures_at, 1000)))
        return;
    converge->figures_at = now;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        in_flight += status.in_flight;
    }
    tally_report(&converge->tally, converge->runtime, in_flight);
}

int converge_turn(struct converge *converge)
{
    struct reason why = {0};
    bool busy = converge->busy;
    int result;

    if (!converge->table)
        return 0;
    result = steps_run(converge, &busy, &why);
    converge->busy = busy;
    figures_tell(converge);
    if (result > 0)
        return failure_note(converge, &why);
    if (result < 0)
        return result;
    converge->attempts = 0;
    applied_tell(converge);
    busy = busy || converge->applied != converge->table->generation;
    converge->next = mono_after(mono_now(), busy ? CONVERGE_BUSY_MS : CONVERGE_DRAIN_MS);
    return 0;
}

int converge_table(struct converge *converge, struct worker_table *table)
{
    worker_table_unref(converge->table);
    converge->table = table;
    converge->checked = false;
    converge->positions_told = false;
    converge->busy = true; /* look at the cluster at once */
    return temps_sync(converge);
}
