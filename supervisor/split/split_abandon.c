/* A split that is deleted while nothing is left of its workload: with a namespace, its broker may go too, and then its temporary
 * queues can never be deleted. What could be kept by waiting is only their names, and those are told (W-10). Pure. */
#include "supervisor/split/step.h"

#include <stdio.h>

#define ABANDON_TOLD_MS 30000 /* a broker that is there needs a second or two */
#define ABANDON_MS 60000

static bool is_of_nobody(const struct step *step, const struct split_step *split)
{
    return split->view->record.deleting && !step->view->exists && !step->view->observed.held &&
           step->held.code == REASON_NONE;
}

/* As many names as a reason holds. */
static void tell_left(const struct split_record *record, struct reason *ret)
{
    char names[300] = "";
    size_t length = 0;
    for (size_t i = 0; i < record->temp_count; i++) {
        int added = snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", record->temps[i].name);
        if (added < 0 || (size_t)added >= sizeof names - length) {
            names[length] = '\0';
            break;
        }
        length += (size_t)added;
    }
    reason_set(ret, REASON_TEMPS_LEFT, 0,
               "the workload is gone and this split is deleted; %zu temporary queues may be left at the broker: %s",
               record->temp_count, names);
}

bool split_is_abandoned(struct step *step, struct split_step *split)
{
    struct mono *since = &split->memory->abandoned_since;
    if (!is_of_nobody(step, split)) {
        *since = (struct mono){0};
        return false;
    }
    if (!mono_is_set(*since))
        *since = step->view->now;
    struct mono told = mono_after(*since, ABANDON_TOLD_MS), over = mono_after(*since, ABANDON_MS);
    if (mono_reached(step->view->now, told))
        tell_left(&split->view->record, &split->abandoned);
    else
        plan_wake(step->plan, told);
    if (mono_reached(step->view->now, over))
        return true;
    plan_wake(step->plan, over);
    return false;
}
