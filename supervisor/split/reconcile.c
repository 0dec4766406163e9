/* One pass over one target, in the order in which the steps need each other. Pure. */
#include "supervisor/split/reconcile.h"

#include "supervisor/split/step.h"
#include <stdio.h>

#define UNSTUCK_DEFAULT_MS 60000

/* Progress of a split is anything that its worker or its target got done. */
static uint64_t progress_of(const struct step *step, const struct split_view *split)
{
    const struct worker_view *worker = &split->worker;
    uint64_t progress = step->view->observed.progress + worker->checked + worker->positions_complete;
    for (size_t i = 0; i < worker->temp_count; i++)
        progress += worker->temps[i].state == WORKER_TEMP_PRESENT || worker->temps[i].state == WORKER_TEMP_ABSENT;
    return progress;
}

static int remember_split(struct step *step, size_t index)
{
    struct split_step *split = &step->splits[index];
    const struct split_record *record = &step->view->splits[index].record;
    split->view = &step->view->splits[index];
    int r = target_memory_split(step->memory, record->key.name, step->view->now, &split->memory);
    if (r < 0)
        return r;
    struct split_memory *memory = split->memory;
    uint64_t progress = progress_of(step, split->view);
    if (memory->phase != record->phase) {
        memory->phase = record->phase;
        memory->phase_since = memory->progress_since = step->view->now;
        memory->drained_since = memory->forward_until = memory->try_until = (struct mono){0};
        memory->leftovers_kept = memory->released = memory->finished = false;
    }
    if (memory->progress != progress) {
        memory->progress = progress;
        memory->progress_since = step->view->now;
    }
    split->next = record->phase;
    return 0;
}

static bool is_rolling(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        enum split_phase phase = step->view->splits[i].record.phase;
        if (phase == SPLIT_PATCHING || phase == SPLIT_RESTORING)
            return true;
    }
    return false;
}

/* Time in a rollout does not count against the set-up deadline of the sessions that wait for it. */
static void count_rollout(struct step *step)
{
    struct target_memory *memory = step->memory;
    int64_t passed_ms = mono_is_set(memory->last_run) ? step->view->now.ms - memory->last_run.ms : 0;
    struct session_memory *session, *next;
    memory->last_run = step->view->now;
    if (!is_rolling(step))
        return;
    HASH_ITER (hh, memory->sessions, session, next)
        session->rollout_ms += passed_ms;
}

/* A rollout without progress for the target's whole deadline. */
static void look_for_stuck(struct step *step)
{
    const struct target_observed *observed = &step->view->observed;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        int64_t limit_ms = split->view->record.settings.restart_timeout_ms;
        if (split->view->record.phase != SPLIT_PATCHING || step->target_patched)
            continue;
        struct mono deadline =
            mono_after(split->memory->progress_since, limit_ms > 0 ? limit_ms : UNSTUCK_DEFAULT_MS);
        if (!mono_reached(step->view->now, deadline)) {
            plan_wake(step->plan, deadline);
            continue;
        }
        step->stuck = observed->why;
        if (observed->why.code == REASON_NONE)
            reason_set(&step->stuck, REASON_RESTART_TIMEOUT, 0,
                       "the rollout made no progress for %lld seconds; %.200s", (long long)limit_ms / 1000,
                       observed->waits_for);
    }
}

static int prepare(struct step *step)
{
    void *verdicts = NULL, *splits = NULL;
    int r = arena_alloc_array(&step->plan->arena, step->view->session_count + 1, sizeof(struct session_verdict),
                              &verdicts);
    if (r == 0)
        r = arena_alloc_array(&step->plan->arena, step->view->split_count + 1, sizeof(struct split_step), &splits);
    step->verdicts = verdicts;
    step->splits = splits;
    for (size_t i = 0; r == 0 && i < step->view->split_count; i++)
        r = remember_split(step, i);
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

/* New sessions may try again what failed for those before them. */
static void forgive(struct step *step)
{
    if (step->live_count == 0 && step->view->split_count == 0)
        target_memory_forget_failures(step->memory);
}

int reconcile(const struct target_view *view, struct target_memory *memory, struct plan *plan)
{
    struct step step = {.view = view, .memory = memory, .plan = plan};
    int r = prepare(&step);
    if (r == 0)
        r = target_step(&step);
    if (r < 0)
        return r;
    count_rollout(&step);
    look_for_stuck(&step);
    r = sessions_judge(&step);
    if (r == 0)
        r = queues_step(&step);
    if (r == 0)
        r = each_split(&step, worker_step);
    if (r == 0)
        r = each_split(&step, table_step);
    for (size_t i = 0; r == 0 && i < view->split_count; i++)
        split_look(&step, &step.splits[i]);
    if (r == 0)
        r = each_split(&step, split_advance);
    if (r == 0)
        r = each_split(&step, split_status_step);
    if (r == 0)
        r = each_session(&step);
    if (r == 0) {
        forgive(&step);
        target_memory_sweep(memory);
    }
    return r;
}
