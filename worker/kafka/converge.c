/* One turn: look, step, order, tell. See the header. */
#include "worker/kafka/converge_private.h"

#include "worker/kafka/drain.h"
#include "worker/kafka/foreign.h"
#include "worker/kafka/gate.h"
#include "worker/kafka/group.h"
#include "worker/kafka/health.h"
#include "worker/kafka/leftovers.h"
#include "worker/kafka/original.h"

#include "common/base/log.h"
#include "common/loop/pause.h"

/* Broker trouble: told, and tried again with growing pauses. */
static int failure_note(struct converge *converge, const struct reason *why)
{
    static const struct backoff backoff = {.first_ms = 200, .max_ms = 5000};

    pause_grow(&converge->turn, &backoff);
    converge->busy = true; /* the look is repeated, not put off to the next tick */
    if (why->code == REASON_BROKER_UNREACHABLE)
        foreign_doubt(converge->foreign);
    /* A cluster that never had a group first makes the topic of their offsets, which can take longer than one question:
     * only the second one in a row without an answer is told. */
    if (!converge->admin.spoiled || converge->turn.failures > 1)
        converge_condition_tell(converge, why);
    /* A new handle finds a broker that is back within moments; the old one looks for it now and then. */
    if (why->code == REASON_BROKER_UNREACHABLE)
        converge->admin.spoiled = true;
    if (!converge->order || !converge->order->run)
        converge_forwarding_tell(converge, WORKER_FORWARDING_WAITING, why);
    log_info("worker.kafka", "a look at the cluster failed", LF_REASON(why));
    return 0;
}

/* The original was made again with fewer partitions: positions of the old one mean nothing (K-12). */
static int source_begin_anew(struct converge *converge, uint32_t partitions)
{
    log_info("worker.kafka", "the original was made again, smaller", LF_INT("partitions", partitions));
    converge->positioned = 0;
    converge->made_again = true;
    converge->source.partitions = partitions;
    return converge->order ? converge_order(converge, false) : 0;
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
    converge->gone = !seen || !seen->exists;
    if (converge->gone)
        return original_gone(converge, why);
    if (seen->shape.partitions < converge->source.partitions)
        result = source_begin_anew(converge, seen->shape.partitions);
    converge->source = seen->shape;
    return result;
}

static int mode_turn(struct converge *converge, bool looked, struct reason *why)
{
    int result;

    switch (converge->table->mode) {
    case WORKER_MODE_CHECK:
        converge_forwarding_tell(converge, WORKER_FORWARDING_STOPPED, NULL);
        return converge_order(converge, false);
    case WORKER_MODE_PREPARE:
        converge_forwarding_tell(converge, WORKER_FORWARDING_STOPPED, NULL);
        result = converge->positions_told ? 0 : original_positions_tell(converge, why);
        return result ? result : converge_order(converge, false);
    case WORKER_MODE_FORWARD:
        return converge_forward(converge, looked, why);
    case WORKER_MODE_HOLD:
    case WORKER_MODE_RELEASE:
        converge_forwarding_tell(converge, WORKER_FORWARDING_STOPPED, NULL);
        converge->begun = false;
        result = converge_order(converge, false);
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
    converge->admin.spoiled = converge->admin.spoiled || topics_are_worn(&converge->topics);
    if (!converge->admin.spoiled && converge->admin.rk)
        return 0;
    topics_deinit(&converge->topics);
    converge->looked_at = (struct mono){0}; /* what was seen is forgotten with the handle */
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
        result = converge_order(converge, false);
    if (!result)
        converge->taken_over = converge_settled(converge);
    return result;
}

/* Order of steps: routes are removed (C-5) before temps are touched; then what changed is ordered. */
static int steps_run(struct converge *converge, bool *ret_busy, struct reason *why)
{
    int64_t tick_ms = order_drains(converge->table->mode) ? CONVERGE_DRAIN_MS : CONVERGE_TICK_MS;
    int result = handle_refresh(converge, why);
    bool looked =
        *ret_busy || mono_reached(mono_now(), mono_after(converge->looked_at, tick_ms)) || destination_lost(converge);

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
        if (!result)
            converge_slots_tell(converge);
        return result;
    }
    if (converge->table->mode != WORKER_MODE_CHECK && converge->order)
        result = converge_order(converge, converge->order->run && converge->table->mode == WORKER_MODE_FORWARD);
    if (!result && converge->table->mode != WORKER_MODE_CHECK)
        result = temps_turn(converge, ret_busy);
    if (!result)
        result = mode_turn(converge, looked, why);
    if (!result && converge->table->mode != WORKER_MODE_FORWARD)
        converge_slots_tell(converge);
    return result;
}

/* Each slot knows it of its own half of the partitions. */
static uint64_t lag_of(const struct converge *converge)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        if (status.lag != FIGURE_UNKNOWN)
            sum += status.lag;
        else if (i < converge->source.partitions)
            return FIGURE_UNKNOWN;
    }
    return sum;
}

static void figures_tell(struct converge *converge)
{
    struct mono now = mono_now();
    bool runs = converge->order && converge->order->run;
    struct tally_levels levels = {.held = 0, .lag = FIGURE_UNKNOWN};

    if (!mono_reached(now, mono_after(converge->figures_at, 1000)))
        return;
    converge->figures_at = now;
    if (runs)
        levels.lag = lag_of(converge);
    tally_report(&converge->tally, converge->runtime, &levels);
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
    pause_end(&converge->turn);
    converge_applied_tell(converge);
    busy = busy || converge->applied != converge->table->generation;
    pause_for(&converge->turn, busy ? CONVERGE_BUSY_MS : CONVERGE_DRAIN_MS);
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
