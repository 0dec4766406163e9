/* The fleet: what workers say, their deadlines, and their end. Fails only for lack of memory, or where its socket cannot be. */
#include "supervisor/fleet/fleet.h"

#include <stdio.h>

#include "common/base/log.h"
#include "ipc/contract.h"
#include "supervisor/fleet/fleet_entry.h"

static void on_link_change(void *context, const char *split)
{
    struct fleet *fleet = context;
    struct fleet_entry *entry = fleet_find(fleet, split);
    if (entry && entry->presence == WORKER_STARTING && worker_peer_liveness(entry->peer) == WORKER_ALIVE) {
        entry->presence = WORKER_LIVE;
        fleet_levels_begin(fleet, entry);
        log_info(COMPONENT_FLEET, "a worker is live", LF_STR("worker", split),
                 LF_INT("incarnation", entry->incarnation), LF_INT("pid", entry->pid));
    }
    fleet->config.on_change(fleet->config.context, split);
}

static void on_link_figures(void *context, const char *split)
{
    (void)context; /* read when somebody asks */
    (void)split;
}

static void on_link_look(void *context, const char *split, const struct ipc_message *message)
{
    fleet_look_told(context, split, message);
}

static void on_link_misbehaving(void *context, const char *split, uint64_t incarnation, const struct reason *why)
{
    struct fleet *fleet = context;
    struct fleet_entry *entry = fleet_find(fleet, split);
    if (entry && entry->incarnation == incarnation)
        fleet_kill(fleet, entry, why);
}

static const struct worker_link_events link_events = {on_link_change, on_link_figures, on_link_look,
                                                      on_link_misbehaving};

static void look_at(struct fleet *fleet, struct fleet_entry *entry)
{
    struct reason why = {.code = REASON_NONE};
    if (entry->presence == WORKER_NONE)
        return;
    enum worker_liveness liveness = entry->peer ? worker_peer_liveness(entry->peer) : WORKER_AWAITED;
    fleet_log_rotate(fleet, entry->worker);
    if (entry->presence == WORKER_STOPPING && mono_reached(mono_now(), entry->stop_deadline))
        reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0, "the worker did not end in time after a stop");
    else if (entry->presence == WORKER_STARTING && liveness == WORKER_LATE)
        reason_set(&why, REASON_WORKER_START_FAILED, 0, "the worker said no HELLO within %d seconds",
                   WORKER_HELLO_DEADLINE_MS / 1000);
    else if (liveness == WORKER_HUNG)
        reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0, "nothing was heard of the worker for %d seconds",
                   WORKER_HUNG_MS / 1000);
    if (why.code != REASON_NONE)
        fleet_kill(fleet, entry, &why);
}

static void on_tick(void *context)
{
    struct fleet *fleet = context;
    struct fleet_entry *entry, *next;
    int64_t gap_ms = asleep_look(&fleet->asleep, mono_now());
    HASH_ITER (hh, fleet->entries, entry, next) {
        asleep_excuse(&entry->stop_deadline, gap_ms);
        look_at(fleet, entry);
        fleet_levels_look(fleet, entry);
        if (fleet->lost && entry->presence != WORKER_NONE &&
            fleet_lock_clear(fleet, entry->worker, entry->incarnation))
            fleet_orphaned(fleet, entry);
    }
    if (fleet->settled)
        fleet_replace_next(fleet);
}

int fleet_new(const struct fleet_config *config, struct fleet **ret)
{
    struct fleet *fleet CLEANUP(fleet_freep) = calloc(1, sizeof *fleet);
    if (!fleet)
        return -ENOMEM;
    fleet->config = *config;
    int length = snprintf(fleet->endpoint, sizeof fleet->endpoint, "ipc://%s/ipc/control.sock", config->runtime_dir);
    /* A Unix socket's path has 107 bytes at most. */
    if (length < 0 || length - 6 > 107)
        return -ENAMETOOLONG;
    int r = worker_link_new(config->loop, fleet->endpoint, &link_events, fleet, &fleet->link);
    if (r == 0)
        r = loop_timer_new(config->loop, on_tick, fleet, &fleet->tick);
    if (r < 0)
        return r;
    asleep_begin(&fleet->asleep, mono_now());
    loop_timer_repeat(fleet->tick, 1000);
    *ret = TAKE(fleet);
    return 0;
}

void fleet_free(struct fleet *fleet)
{
    struct fleet_entry *entry, *next;
    if (!fleet)
        return;
    HASH_ITER (hh, fleet->entries, entry, next) {
        HASH_DEL(fleet->entries, entry);
        fleet_entry_free(entry);
    }
    fleet_looks_free(fleet);
    loop_timer_free(fleet->tick);
    worker_link_free(fleet->link);
    free(fleet);
}

bool fleet_is_settled(const struct fleet *fleet) { return fleet->settled; }

void fleet_on_table_end(struct fleet *fleet)
{
    struct fleet_entry *entry, *next;
    HASH_ITER (hh, fleet->entries, entry, next) {
        if (entry->presence != WORKER_NONE && !entry->told)
            fleet_orphaned(fleet, entry);
    }
    fleet_locks_sweep(fleet); /* after that: one that does live on shows as a stray */
    fleet->lost = false;
    fleet->settled = fleet->known = true;
    worker_link_settled(fleet->link);
}

void fleet_on_lost(struct fleet *fleet)
{
    for (struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next)
        entry->told = false;
    fleet->lost = true;
    fleet->settled = false;
}

int fleet_stop(struct fleet *fleet, const char *worker)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    if (!entry || entry->presence == WORKER_NONE || entry->presence == WORKER_STOPPING)
        return 0;
    if (entry->peer)
        worker_link_stop(entry->peer, WORKER_STOP_DEADLINE_MS);
    entry->presence = WORKER_STOPPING;
    entry->stop_deadline = mono_after(mono_now(), WORKER_STOP_DEADLINE_MS + FLEET_KILL_AFTER_MS);
    log_info(COMPONENT_FLEET, "a worker is stopped", LF_STR("worker", worker),
             LF_INT("incarnation", entry->incarnation));
    return 0;
}

void fleet_stop_all(struct fleet *fleet)
{
    struct fleet_entry *entry, *next;
    HASH_ITER (hh, fleet->entries, entry, next) {
        int r = fleet_stop(fleet, entry->worker);
        if (r < 0)
            log_warn(COMPONENT_FLEET, "a worker cannot be stopped", LF_STR("worker", entry->worker), LF_ERR(r));
    }
}

size_t fleet_running(const struct fleet *fleet)
{
    size_t count = 0;
    for (const struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next)
        count += entry->presence != WORKER_NONE;
    return count;
}

bool fleet_all_gone(const struct fleet *fleet)
{
    bool gone = fleet->known;
    for (const struct fleet_entry *entry = fleet->entries; entry && gone; entry = entry->hh.next)
        gone =
            entry->presence == WORKER_NONE && (!entry->stray || fleet_lock_clear(fleet, entry->worker, entry->stray));
    return gone;
}

/* The others of their kind are stopped by the plan that no longer wants them; these have no plan left. */
static void sweep(struct fleet *fleet, struct fleet_entry *entry)
{
    if (entry->presence == WORKER_NONE) {
        fleet_memory_drop(fleet, entry);
        check(fleet->entries);
        HASH_DEL(fleet->entries, entry);
        fleet_entry_free(entry);
        return;
    }
    if (entry->presence == WORKER_STOPPING)
        return;
    log_warn(COMPONENT_FLEET, "nobody wants a worker any more", LF_STR("worker", entry->worker),
             LF_INT("pid", entry->pid));
    int r = fleet_stop(fleet, entry->worker);
    if (r < 0)
        log_warn(COMPONENT_FLEET, "a worker cannot be stopped; tried again", LF_STR("worker", entry->worker),
                 LF_ERR(r));
}

void fleet_sweep(struct fleet *fleet, fleet_keep_fn *keep, void *context)
{
    struct fleet_entry *entry, *next;
    HASH_ITER (hh, fleet->entries, entry, next) {
        bool asked = entry->asked;
        entry->asked = false;
        if (!asked && !keep(context, entry->worker))
            sweep(fleet, entry);
    }
}
