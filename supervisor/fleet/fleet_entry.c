/* The entries of the fleet: found, made, ended. Fails only for lack of memory. */
#include <signal.h>

#include "common/base/log.h"
#include "common/base/secret.h"
#include "supervisor/fleet/fleet_entry.h"

/* One that never spoke may never be able to; behind one that did, messages wait for the next. */
static const struct backoff start_backoff = {.first_ms = 200, .max_ms = 30000};
static const struct backoff live_backoff = {.first_ms = 200, .max_ms = 2000};

struct fleet_entry *fleet_find(const struct fleet *fleet, const char *worker)
{
    struct fleet_entry *entry = NULL;
    HASH_FIND_STR(fleet->entries, worker, entry);
    return entry;
}

int fleet_entry_get(struct fleet *fleet, const char *worker, struct fleet_entry **ret)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        int r = str_copy(entry->worker, sizeof entry->worker, str_of(worker));
        if (r < 0) {
            free(entry);
            return r;
        }
        fleet_memory_load(fleet, entry);
        HASH_ADD_STR(fleet->entries, worker, entry);
    }
    *ret = entry;
    return 0;
}

void fleet_entry_free(struct fleet_entry *entry)
{
    json_free(entry->last_words);
    free(entry);
}

/* why: REASON_NONE for an ordered end. A worker that lived long begins again at once, one that did not backs off; most of all
 * one that died before it was live. */
void fleet_entry_gone(struct fleet *fleet, struct fleet_entry *entry, const struct reason *why)
{
    struct mono now = mono_now();
    uint64_t random = 0;
    bool live = entry->presence == WORKER_LIVE;
    bool lived = live && now.ms - entry->started.ms >= FLEET_LIVED_MS;
    random_bytes(&random, sizeof random);
    worker_link_forget(fleet->link, entry->worker, entry->incarnation);
    entry->failures = why->code == REASON_NONE ? 0 : lived ? 1 : entry->failures + 1;
    entry->retry = mono_after(now, backoff_delay_ms(live ? &live_backoff : &start_backoff, entry->failures, random));
    entry->why = *why;
    entry->killing.code = REASON_NONE;
    fleet_look_gone(fleet, entry->worker);
    if (why->code != REASON_NONE)
        fleet_words_keep(fleet, entry, why);
    entry->presence = WORKER_NONE;
    entry->peer = NULL;
    entry->pid = 0;
    entry->killed = false;
    fleet->config.on_change(fleet->config.context, entry->worker);
}

void fleet_orphaned(struct fleet *fleet, struct fleet_entry *entry)
{
    struct reason why = {.code = REASON_NONE};
    if (entry->presence != WORKER_STOPPING || entry->killing.code != REASON_NONE)
        reason_set(&why, REASON_WORKER_CRASHED, 0, "the worker ended with the guardian, its parent process");
    log_warn(COMPONENT_FLEET, "a worker ended with its guardian", LF_STR("worker", entry->worker),
             LF_INT("incarnation", entry->incarnation));
    fleet_entry_gone(fleet, entry, &why);
}

void fleet_kill(struct fleet *fleet, struct fleet_entry *entry, const struct reason *why)
{
    struct guardian_child child = {.kind = GUARDIAN_WORKER, .pid = entry->pid, .incarnation = entry->incarnation};
    if (entry->killed)
        return;
    check(str_copy(child.split, sizeof child.split, str_of(entry->worker)) == 0);
    entry->killing = *why;
    int r = guardian_client_signal(fleet->config.guardian, &child, SIGKILL);
    entry->killed = r == 0;
    log_warn(COMPONENT_FLEET, "a worker is killed", LF_STR("worker", entry->worker), LF_INT("pid", entry->pid),
             LF_REASON(why), LF_ERR(r));
}
