/* What the guardian tells of workers: found in its table, started, ended. Surprises end here: they are logged, and a process
 * that cannot be kept is killed, so that no worker ever runs twice. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

static void kill_child(struct fleet *fleet, const struct guardian_child *child, const char *sentence, int error)
{
    int r = guardian_client_signal(fleet->config.guardian, child, SIGKILL);
    log_error(COMPONENT_FLEET, "a process is not kept as a worker, killed", LF_STR("worker", child->split),
              LF_INT("incarnation", child->incarnation), LF_INT("pid", child->pid), LF_STR("why", sentence),
              LF_ERR(error), LF_INT("signal_result", r));
}

/* It was started with those of an earlier supervisor, which may have been others. */
static void tell_log_levels(const struct fleet *fleet, struct worker_peer *peer)
{
    const char *levels = fleet->config.log_levels;
    int r = levels[0] ? worker_link_log_levels(peer, levels) : 0;
    if (r < 0)
        log_warn(COMPONENT_FLEET, "an adopted worker keeps its log levels", LF_ERR(r));
}

/* From the table of the guardian: one that an earlier supervisor started. */
static void adopt(struct fleet *fleet, struct fleet_entry *entry, const struct guardian_child *child)
{
    struct reason why;
    struct worker_peer *peer = NULL;
    int r = worker_link_expect(fleet->link, child->split, child->incarnation, child->token, &peer);
    if (child->incarnation != entry->incarnation)
        entry->event_seen = 0;
    entry->presence = r < 0 ? WORKER_STOPPING : WORKER_STARTING;
    entry->incarnation = child->incarnation;
    entry->pid = child->pid;
    entry->peer = peer;
    entry->started = mono_now();
    memcpy(entry->spec_hash, child->spec_hash, sizeof entry->spec_hash);
    if (r < 0) {
        entry->stop_deadline = entry->started;
        reason_set(&why, REASON_WORKER_START_FAILED, 0, "the worker could not be adopted: %s", strerror(-r));
        fleet_kill(fleet, entry, &why);
        return;
    }
    tell_log_levels(fleet, peer);
    log_info(COMPONENT_FLEET, "a worker is adopted", LF_STR("worker", child->split),
             LF_INT("incarnation", child->incarnation), LF_INT("pid", child->pid));
}

void fleet_on_child(struct fleet *fleet, const struct guardian_child *child)
{
    struct fleet_entry *entry = NULL;
    int r = fleet_entry_get(fleet, child->split, &entry);
    if (r < 0) {
        kill_child(fleet, child, "it cannot be remembered", r);
        return;
    }
    if (entry->presence == WORKER_NONE)
        adopt(fleet, entry, child);
    else if (entry->incarnation != child->incarnation)
        kill_child(fleet, child, "another process of that worker runs", 0);
    else
        entry->pid = child->pid;
    entry->told = entry->told || entry->incarnation == child->incarnation;
    fleet->config.on_change(fleet->config.context, child->split);
}

void fleet_on_exit(struct fleet *fleet, const struct guardian_child *child, int wait_status)
{
    struct fleet_entry *entry = NULL;
    struct reason why = {.code = REASON_NONE};
    if (fleet_entry_get(fleet, child->split, &entry) < 0)
        return;
    if (entry->presence != WORKER_NONE && entry->incarnation != child->incarnation)
        return;
    if (entry->incarnation < child->incarnation)
        entry->incarnation = child->incarnation;
    /* One that ends by itself, however well, would end again at once: it backs off. */
    bool stopping = entry->presence == WORKER_STOPPING && entry->killing.code == REASON_NONE;
    bool ordered = stopping || (entry->presence == WORKER_NONE && wait_status == 0);
    if (!ordered)
        fleet_end_words(wait_status, &entry->killing, entry->worker, &why);
    log_info(COMPONENT_FLEET, "a worker ended", LF_STR("worker", child->split), LF_INT("pid", child->pid),
             LF_INT("incarnation", child->incarnation), LF_INT("status", wait_status), LF_REASON(&why));
    fleet_lock_remove(fleet, entry->worker, child->incarnation);
    fleet_entry_gone(fleet, entry, &why);
}

void fleet_on_start_failed(struct fleet *fleet, const struct guardian_child *child, int error)
{
    struct fleet_entry *entry = fleet_find(fleet, child->split);
    struct rlimit files = {.rlim_max = RLIM_INFINITY};
    struct reason why;
    if (!entry || entry->incarnation != child->incarnation || entry->presence == WORKER_NONE)
        return;
    (void)getrlimit(RLIMIT_NOFILE, &files); /* the guardian's too, as a rule; it cannot fail */
    fleet_lock_remove(fleet, entry->worker, child->incarnation);
    fleet_start_words(error, files.rlim_max, &why);
    log_error(COMPONENT_FLEET, "a worker could not be started", LF_STR("worker", child->split), LF_ERR(-error),
              LF_REASON(&why));
    fleet_entry_gone(fleet, entry, &why);
}
