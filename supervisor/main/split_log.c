/* Lines of the log about the state of splits. Decides nothing; cannot fail. */
#include "supervisor/main/split_log.h"

#include "common/base/log.h"

#define COMPONENT "supervisor.split"

void split_log_changes(const char *target, struct target_memory *memory)
{
    for (struct split_memory *split = memory->splits; split; split = split->hh.next) {
        const struct reason *why = &split->degraded;
        if (why->code == split->degraded_logged)
            continue;
        if (why->code != REASON_NONE)
            log_warn(COMPONENT, "a split is degraded", LF_STR("target", target), LF_STR("split", split->name),
                     LF_REASON(why));
        else
            log_info(COMPONENT, "a split is well again", LF_STR("target", target), LF_STR("split", split->name));
        split->degraded_logged = why->code;
    }
}
