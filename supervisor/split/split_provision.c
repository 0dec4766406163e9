/* Provisioning: temps and positions before anything is patched; all splits of a target leave together (C-18). Pure. */
#include "supervisor/split/step.h"

#define PROVISION_DEADLINE_MS 120000
#define WORKER_FAILURES_MAX 5

static const struct reason *provision_error(const struct step *step, const struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    if (split->view->properties_error.code != REASON_NONE && worker->presence == WORKER_NONE)
        return &split->view->properties_error;
    /* Failures of long ago do not speak against a new try. */
    if (worker->presence == WORKER_NONE && worker->failures >= WORKER_FAILURES_MAX &&
        !mono_reached(step->view->now, worker->retry))
        return &worker->why;
    /* A queue of one session that fails is the matter of that session. */
    const struct worker_temp_view *temp = worker_temp_of(worker, split_record_fallback(&split->view->record)->name);
    return temp && temp->state == WORKER_TEMP_FAILED ? &temp->why : NULL;
}

static bool is_provisioned(const struct split_step *split)
{
    const struct split_temp *fallback = split_record_fallback(&split->view->record);
    const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, fallback->name);
    return split->view->record.positions_recorded && temp && temp->state == WORKER_TEMP_PRESENT;
}

static bool barrier_provisioned(const struct step *step)
{
    for (size_t i = 0; i < step->view->queue_count; i++)
        if (queue_is_pending(step, &step->view->queues[i]))
            return false;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        if (split->view->record.phase == SPLIT_PENDING)
            return false;
        if (split->view->record.phase == SPLIT_PROVISIONING && !is_provisioned(split))
            return false;
    }
    return true;
}

static int break_split(struct step *step, struct split_step *split, const struct reason *why)
{
    split->broken = *why;
    split_post(step, split, SPLIT_EVENT_BROKEN);
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++)
        if (queue_split(step, &step->view->queues[i]) == &split->view->record)
            r = target_memory_fail_queue(step->memory, step->view->queues[i].resolved.key, why);
    return r;
}

/* What is provisioned may wait for the others of the barrier; their own deadlines end that. */
static bool is_late(struct step *step, const struct split_step *split, struct reason *why)
{
    const struct reason *trouble = worker_trouble(&split->view->worker);
    struct mono deadline = mono_after(split->memory->progress_since, PROVISION_DEADLINE_MS);
    if (is_provisioned(split)) {
        split->memory->progress_since = step->view->now;
        return false;
    }
    if (!mono_reached(step->view->now, deadline)) {
        plan_wake(step->plan, deadline);
        return false;
    }
    reason_set(why, trouble ? trouble->code : REASON_SETUP_DEADLINE, 0, "%s %.200s: not provisioned in time; %.200s",
               queue_word(split->view->record.original.type), split->view->record.original.name,
               trouble ? trouble->text : "the worker made no progress");
    return true;
}

/* SQS has none: an empty list says that the fallback was there, so that a record which lost its status is not taken for new. */
static bool positions_are_known(const struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    const struct split_record *record = &split->view->record;
    const struct worker_temp_view *temp = worker_temp_of(worker, split_record_fallback(record)->name);
    if (record->original.type == QUEUE_TYPE_KAFKA)
        return worker->positions_complete;
    return temp && temp->state == WORKER_TEMP_PRESENT;
}

static int go_on(struct step *step, struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    struct json *document = NULL;
    if (positions_are_known(split) && !split->view->record.positions_recorded) {
        int r =
            split_record_with_positions(&split->view->record, worker->positions, worker->position_count, &document);
        return split_change_record(step, split, r, document);
    }
    if (is_provisioned(split) && barrier_provisioned(step)) {
        split_post(step, split, SPLIT_EVENT_BARRIER_PROVISIONED);
        return 0;
    }
    if (is_provisioned(split))
        split->waits_for = "the other queues of the target to be provisioned";
    return split_keep_record(step, split);
}

/* A crash lay between the writes of the barrier, and the others went on: to join them now would be a second rollout. */
static bool is_left_behind(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        enum split_phase phase = step->view->splits[i].record.phase;
        if (phase >= SPLIT_ACTIVE && phase <= SPLIT_RESTORING)
            return true;
    }
    return false;
}

int split_provision(struct step *step, struct split_step *split)
{
    const struct reason *error = provision_error(step, split);
    struct reason late = {.code = REASON_NONE};
    split->waits_for = "its worker to create the temporary queues";
    if (!step->view->exists || step->live_count == 0 || is_left_behind(step)) {
        split_post(step, split, step->view->exists ? SPLIT_EVENT_UNWANTED : SPLIT_EVENT_TARGET_GONE);
        return 0;
    }
    if (!error && is_late(step, split, &late))
        error = &late;
    return error ? break_split(step, split, error) : go_on(step, split);
}
