/* Replacement of workers after an upgrade: one at a time, and the next one only when those before it are well, so that a version
 * that cannot run takes one split down and not all. A worker whose turn has come is observed with another specification than
 * the one it is wanted with, and so goes the way of every worker whose specification changed. Cannot fail. */
#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

void fleet_outdate_all(struct fleet *fleet)
{
    for (struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next)
        if (entry->presence != WORKER_NONE) {
            entry->outdated = true;
            fleet_memory_save(fleet, entry);
        }
}

/* One that failed is tried again and again: until it lives, no other follows it. */
static bool is_unwell(const struct fleet_entry *entry)
{
    switch (entry->presence) {
    case WORKER_NONE:
        return entry->failures > 0;
    case WORKER_STARTING:
    case WORKER_STOPPING:
        return true;
    case WORKER_LIVE:
        return entry->replacing;
    }
    return true;
}

void fleet_replace_next(struct fleet *fleet)
{
    struct fleet_entry *next = NULL;
    for (struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next) {
        if (is_unwell(entry))
            return;
        if (!next && entry->outdated && entry->presence == WORKER_LIVE)
            next = entry;
    }
    if (!next)
        return;
    next->replacing = true;
    log_info(COMPONENT_FLEET, "a worker is replaced after an upgrade", LF_STR("worker", next->worker),
             LF_INT("incarnation", next->incarnation));
    fleet->config.on_change(fleet->config.context, next->worker);
}
