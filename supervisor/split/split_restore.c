/* Restoring and Failed: everything that the record lists is undone, the process goes, then the record. Pure. */
#include "supervisor/split/step.h"

static bool all_absent(const struct split_step *split)
{
    for (size_t i = 0; i < split->view->record.temp_count; i++) {
        const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, split->view->record.temps[i].name);
        if (!temp || temp->state != WORKER_TEMP_ABSENT || split->table.temps[i].want != WORKER_TEMP_WANT_ABSENT)
            return false;
    }
    return split->table_in_force;
}

int split_finish(struct step *step, struct split_step *split)
{
    const struct split_record *record = &split->view->record;
    struct json *document = NULL;
    split->memory->finished = true;
    split->waits_for = "its worker to end";
    if (split->view->worker.presence == WORKER_STOPPING)
        return 0;
    if (split->view->worker.presence != WORKER_NONE)
        return plan_worker_stop(step->plan, record->key.name);
    if (!record->deleting)
        return plan_delete(step->plan, &record->key);
    split->waits_for = "others to let go of its record: it has finalizers that are not ours";
    if (!split_record_has_finalizer(record->document))
        return 0;
    split->waits_for = "its record to go";
    int r = split_record_without_finalizer(record->document, &document);
    return split_change_record(step, split, r, document);
}

int split_restore(struct step *step, struct split_step *split)
{
    const struct target_observed *observed = &step->view->observed;
    bool released = split->view->record.released;
    split->released = released || (split->table_in_force && split->table.mode == WORKER_MODE_RELEASE);
    split->waits_for = !released                ? "its worker to let go of the broker"
                       : step->target_clean     ? "its worker to delete the temporary queues"
                       : observed->waits_for[0] ? observed->waits_for
                                                : "the target to run as before";
    if (split->memory->finished || (step->target_clean && released && all_absent(split)))
        return split_finish(step, split);
    return step->target_clean && released ? split_wait_for_temps(step, split) : 0;
}

int split_undo(struct step *step, struct split_step *split)
{
    split->waits_for = "its worker to delete the temporary queues";
    return split->memory->finished || all_absent(split) ? split_finish(step, split)
                                                        : split_wait_for_temps(step, split);
}
