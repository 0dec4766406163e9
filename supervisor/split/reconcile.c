/* One pass over one target, in the order in which the steps need each other. Pure. */
#include "supervisor/split/reconcile.h"

#include "supervisor/split/step.h"

static int prepare(struct step *step)
{
    const struct target_view *view = step->view;
    void *verdicts = NULL, *splits = NULL;
    int r = arena_alloc_array(&step->plan->arena, view->session_count + 1, sizeof(struct session_verdict), &verdicts);
    if (r == 0)
        r = arena_alloc_array(&step->plan->arena, view->split_count + 1, sizeof(struct split_step), &splits);
    step->verdicts = verdicts;
    step->splits = splits;
    for (size_t i = 0; r == 0 && i < view->split_count; i++) {
        step->splits[i].view = &view->splits[i];
        r = split_remember(step, &step->splits[i]);
    }
    return r;
}

static int each_split(struct step *step, int (*act)(struct step *step, struct split_step *split))
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->split_count; i++)
        r = act(step, &step->splits[i]);
    return r;
}

static int each_session(struct step *step)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->session_count; i++)
        r = session_status_step(step, i);
    return r;
}

/* What a record or the manifest says is not known, so nothing that might be in use may be taken away: neither the environment
 * of the target nor a queue. What is known goes on: workers run and forward, sessions end. */
static void look_whether_held(struct step *step)
{
    const struct target_view *view = step->view;
    step->memory->existed = step->memory->existed || view->exists;
    if (view->record_error.code != REASON_NONE)
        step->held = view->record_error;
    else if (view->split_count > 0 && !view->exists && !step->memory->existed)
        step->held = view->doubt;
    step->memory->held = step->held;
}

static int hold_split(struct step *step, struct split_step *split)
{
    struct reason why;
    split->waits_for =
        worker_cannot_start(step, split, &why) ? WAITS_FOR_CONFIG : "all manifests and records to be readable";
    split->memory->phase_since = split->memory->progress_since =
        step->view->now; /* no deadline ends what stands still */
    int r = worker_step(step, split);
    if (r == 0)
        r = table_step(step, split);
    if (r == 0)
        r = split_forget_temps(step, split);
    return r ? r : split_status_step(step, split);
}

/* Everything for which all of the target must be known. */
static int act(struct step *step)
{
    int r = queues_step(step);
    if (r == 0)
        r = each_split(step, worker_step);
    if (r == 0)
        r = each_split(step, table_step);
    for (size_t i = 0; r == 0 && i < step->view->split_count; i++)
        split_look(step, &step->splits[i]);
    if (r == 0)
        r = each_split(step, split_advance);
    return r ? r : each_split(step, split_status_step);
}

/* What failed for earlier sessions may be tried again for later ones. */
static void forgive(struct step *step)
{
    uint64_t oldest = UINT64_MAX;
    for (size_t i = 0; i < step->view->session_count; i++) {
        const struct session_memory *memory = step->verdicts[i].memory;
        if (memory && !session_is_over(&step->view->sessions[i].session) && memory->first_pass < oldest)
            oldest = memory->first_pass;
    }
    bool forgiven = step->view->split_count == 0 && target_memory_forget_failures(step->memory, oldest);
    if (forgiven && step->live_count > 0)
        plan_wake(step->plan, step->view->now);
}

int reconcile(const struct target_view *view, struct target_memory *memory, struct plan *plan)
{
    struct step step = {.view = view, .memory = memory, .plan = plan};
    memory->pass++;
    look_whether_held(&step);
    int r = prepare(&step);
    if (r == 0)
        r = target_step(&step);
    if (r < 0)
        return r;
    rollout_look(&step);
    rollout_count(&step);
    r = sessions_judge(&step);
    if (r == 0)
        r = step.held.code == REASON_NONE ? act(&step) : each_split(&step, hold_split);
    if (r == 0)
        r = each_session(&step);
    if (r == 0)
        r = inputs_step(&step);
    if (r == 0)
        r = sqs_sessions_step(&step); /* last: no work waits for what only shows it */
    if (r == 0) {
        forgive(&step);
        target_memory_sweep(memory, view->now);
    }
    return r;
}
