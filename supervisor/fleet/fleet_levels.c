/* Another level of the log for one worker, for some time: told to the present process and to the next ones, and taken back when the time is
 * over. A new supervisor begins with the levels of its setting. */
#include "common/base/log.h"
#include "common/base/log_levels.h"
#include "supervisor/fleet/fleet_entry.h"

#include <stdio.h>

#define TEXT_SIZE 513 /* of LOG_LEVELS */

/* Those of the setting, raised by those that were asked for. */
static void tell(const struct fleet *fleet, const struct fleet_entry *entry)
{
    char text[TEXT_SIZE];
    int length =
        snprintf(text, sizeof text, "%s%s%s", fleet->config.log_levels, entry->levels[0] ? "," : "", entry->levels);
    int r = !entry->peer ? 0 : length >= TEXT_SIZE ? -E2BIG : worker_link_log_levels(entry->peer, text);
    if (r < 0)
        log_warn(COMPONENT_FLEET, "a worker keeps its log levels", LF_STR("worker", entry->worker), LF_ERR(r));
}

int fleet_levels_set(struct fleet *fleet, const char *worker, const char *levels, uint32_t seconds)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    struct log_levels parsed;
    if (!entry || !entry->peer)
        return FLEET_LEVELS_NO_WORKER;
    if (log_levels_parse(str_of(levels), &parsed) < 0 || strlen(levels) >= sizeof entry->levels ||
        strlen(levels) + strlen(fleet->config.log_levels) + 1 >= TEXT_SIZE)
        return FLEET_LEVELS_INVALID;
    memcpy(entry->levels, levels, strlen(levels) + 1);
    entry->levels_until = mono_after(mono_now(), (int64_t)seconds * 1000);
    log_info(COMPONENT_FLEET, "a worker's log levels are others for a while", LF_STR("worker", worker),
             LF_STR("levels", levels), LF_INT("seconds", seconds));
    tell(fleet, entry);
    return 0;
}

void fleet_levels_look(const struct fleet *fleet, struct fleet_entry *entry)
{
    if (!entry->levels[0] || !mono_reached(mono_now(), entry->levels_until))
        return;
    entry->levels[0] = 0;
    log_info(COMPONENT_FLEET, "a worker's log levels are as before", LF_STR("worker", entry->worker));
    tell(fleet, entry);
}

void fleet_levels_begin(const struct fleet *fleet, const struct fleet_entry *entry)
{
    if (entry->levels[0])
        tell(fleet, entry);
}
