/* Draining: forwarding stops until the application has consumed the fallback; all splits of a target leave together (C-3,
 * W-3). Pure. */
#include "supervisor/split/step.h"

#define DRAIN_REPEAT_MS 30000       /* an empty split waits this long for the others, then forwards again */
#define DRAIN_FORWARD_MS 5000       /* how long it then forwards */
#define DRAIN_KEEP_FORWARD_MS 30000 /* leftovers are kept: forwarding goes on between tries */
#define DRAIN_TRY_MS 10000          /* length of such a try */
#define DRAIN_ZERO_MS 60000         /* nobody is there to drain: as a drain timeout (W-4) */

/* How long a queue must tell no message until it counts as empty. A try lasts longer than that; and what is proven empty stays so for
 * longer than the next proof takes, or two splits could take turns for ever. */
static int64_t proof_ms(const struct step *step, const struct split_step *split)
{
    bool sqs = split->view->record.original.type == QUEUE_TYPE_SQS;
    return sqs ? step->view->settings->sqs_drain_proof_s * 1000 : 0;
}

static bool gives_up_waiting(struct step *step, const struct split_step *split)
{
    int64_t limit_ms = split->view->record.settings.drain_timeout_ms;
    if (!step->view->exists)
        return true;
    if (step->view->observed.scaled_to_zero && (limit_ms < 0 || limit_ms > DRAIN_ZERO_MS))
        limit_ms = DRAIN_ZERO_MS;
    if (limit_ms < 0)
        return false;
    struct mono over = mono_after(split->memory->phase_since, limit_ms);
    if (mono_reached(step->view->now, over))
        return true;
    plan_wake(step->plan, over);
    return false;
}

static bool is_empty(const struct split_step *split)
{
    const struct split_temp *fallback = split_record_fallback(&split->view->record);
    const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, fallback->name);
    return split->table_in_force && split->table.mode == WORKER_MODE_HOLD && temp && temp->state == WORKER_TEMP_EMPTY;
}

static void forward_for(struct step *step, struct split_step *split, int64_t ms)
{
    split->memory->forward_until = mono_after(step->view->now, ms);
    split->memory->try_until = mono_after(step->view->now, ms + DRAIN_TRY_MS + 2 * proof_ms(step, split));
    split->memory->drained_since = (struct mono){0};
    plan_wake(step->plan, split->memory->forward_until);
}

/* Where nothing may be sent to the original, what should go back is kept (C-3). */
static bool keeps_leftovers(const struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    enum leftovers leftovers = split->view->record.settings.leftovers;
    for (size_t i = 0; leftovers == LEFTOVERS_RETURN && i < worker->condition_count; i++)
        if (worker->conditions[i].why.code == REASON_RETURN_NOT_ALLOWED && !worker->conditions[i].session[0])
            return true;
    return leftovers == LEFTOVERS_KEEP;
}

/* Leftovers that nobody consumes in time, by the setting: kept (and messages flow on meanwhile), or given up. */
static void judge_timeout(struct step *step, struct split_step *split)
{
    struct split_memory *memory = split->memory;
    if (split->drained || !gives_up_waiting(step, split))
        return;
    if (!keeps_leftovers(split) || !step->view->exists) {
        split->drained = true;
        split->returning = split->view->record.settings.leftovers == LEFTOVERS_KEEP;
        return;
    }
    memory->leftovers_kept = true;
    if (mono_reached(step->view->now, memory->try_until))
        forward_for(step, split, DRAIN_KEEP_FORWARD_MS);
    else
        plan_wake(step->plan,
                  mono_reached(step->view->now, memory->forward_until) ? memory->try_until : memory->forward_until);
}

void split_drain_look(struct step *step, struct split_step *split)
{
    struct split_memory *memory = split->memory;
    if (!is_empty(split))
        memory->drained_since = (struct mono){0};
    else if (!mono_is_set(memory->drained_since))
        memory->drained_since = step->view->now;
    split->drained = mono_is_set(memory->drained_since);
    judge_timeout(step, split);
}

static bool barrier_drained(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        enum split_phase phase = split->view->record.phase;
        if (phase == SPLIT_RESTORING || phase == SPLIT_FAILED)
            continue;
        if (phase != SPLIT_DRAINING || !split->drained || split_has_session_temps(&split->view->record))
            return false;
    }
    return true;
}

/* The others still drain: what came into the original meanwhile must not wait for them. */
static void wait_for_others(struct step *step, struct split_step *split)
{
    struct mono repeat = mono_after(split->memory->drained_since, DRAIN_REPEAT_MS + 2 * proof_ms(step, split));
    split->waits_for = "the other queues of the target to be drained";
    if (!mono_is_set(split->memory->drained_since))
        return;
    if (mono_reached(step->view->now, repeat))
        forward_for(step, split, DRAIN_FORWARD_MS);
    else
        plan_wake(step->plan, repeat);
}

int split_drain(struct step *step, struct split_step *split)
{
    bool leaving = target_is_restoring(step); /* a part of the barrier has gone on: there is no way back */
    split->waits_for = "the application to consume what is left in the fallback";
    if (mono_is_set(split->memory->forward_until) && !mono_reached(step->view->now, split->memory->forward_until))
        plan_wake(step->plan, split->memory->forward_until);
    if (step->served_count > 0 && step->view->exists && !leaving)
        split_post(step, split, SPLIT_EVENT_SESSION_ARRIVED);
    else if (split_has_session_temps(&split->view->record))
        split->waits_for = "the queues of ended sessions to be emptied";
    else if (barrier_drained(step))
        split_post(step, split, SPLIT_EVENT_BARRIER_DRAINED);
    else if (split->drained)
        wait_for_others(step, split);
    int r = split_wait_for_temps(step, split);
    if (r)
        return r;
    return leaving ? split_forget_temps(step, split) : split_keep_record(step, split);
}
