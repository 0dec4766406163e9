/* Clocks of a rollout: what counts as progress, when one is stuck, whose time it does not count against. Changes only the
 * memory; fails only for lack of it. */
#include "supervisor/split/step.h"

#define RESTART_DEFAULT_MS 60000

static uint64_t done_by_worker(const struct worker_view *worker)
{
    uint64_t done = (uint64_t)worker->checked + worker->positions_complete;
    for (size_t i = 0; i < worker->temp_count; i++)
        done += worker->temps[i].state == WORKER_TEMP_PRESENT || worker->temps[i].state == WORKER_TEMP_ABSENT;
    return done;
}

static void begin_phase(struct split_memory *memory, enum split_phase phase, struct mono now)
{
    memory->phase = phase;
    memory->phase_since = memory->progress_since = now;
    memory->drained_since = memory->forward_until = memory->try_until = (struct mono){0};
    memory->leftovers_kept = memory->finished = false;
    memory->worker_progress = 0;
}

int split_remember(struct step *step, struct split_step *split)
{
    const struct split_record *record = &split->view->record;
    uint64_t by_worker = done_by_worker(&split->view->worker), by_target = step->view->observed.progress;
    int r = target_memory_split(step->memory, record->key.name, step->view->now, &split->memory);
    if (r < 0)
        return r;
    struct split_memory *memory = split->memory;
    if (memory->phase != record->phase)
        begin_phase(memory, record->phase, step->view->now);
    if (memory->target_progress != by_target || by_worker > memory->worker_progress)
        memory->progress_since = step->view->now;
    memory->target_progress = by_target;
    if (by_worker > memory->worker_progress)
        memory->worker_progress = by_worker;
    split->next = record->phase;
    return 0;
}

static struct mono rollout_deadline(const struct split_step *split)
{
    int64_t limit_ms = split->view->record.settings.restart_timeout_ms;
    return mono_after(split->memory->progress_since, limit_ms > 0 ? limit_ms : RESTART_DEFAULT_MS);
}

/* What is undone cannot be hurried: SQS tells only after a while that a queue is empty, and a session that comes meanwhile waits for it
 * (C-18). */
static bool is_undone(const struct step *step, const struct split_step *split)
{
    enum split_phase phase = split->view->record.phase;
    int64_t proof_ms = 1000 * (step->view->settings->sqs_drain_proof_s + step->view->settings->sqs_delete_proof_s);
    return split->view->record.original.type == QUEUE_TYPE_SQS &&
           (phase == SPLIT_RESTORING || phase == SPLIT_FAILED) &&
           !mono_reached(step->view->now, mono_after(split->memory->progress_since, proof_ms + RESTART_DEFAULT_MS));
}

/* A rollout that still makes progress, or what comes after one. */
static bool is_rolling(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        enum split_phase phase = split->view->record.phase;
        if ((phase == SPLIT_PATCHING || phase == SPLIT_RESTORING) &&
            !mono_reached(step->view->now, rollout_deadline(split)))
            return true;
        if (is_undone(step, split))
            return true;
    }
    return false;
}

void rollout_count(struct step *step)
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

void rollout_look(struct step *step)
{
    const struct target_observed *observed = &step->view->observed;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        if (split->view->record.phase != SPLIT_PATCHING || step->target_patched || step->held.code != REASON_NONE)
            continue;
        if (step->patch_waits) { /* for others, which have deadlines of their own; the rollout begins after them */
            split->memory->progress_since = step->view->now;
            continue;
        }
        if (!mono_reached(split->memory->progress_since, step->view->patient_until))
            split->memory->progress_since = step->view->patient_until;
        struct mono deadline = rollout_deadline(split);
        if (!mono_reached(step->view->now, deadline)) {
            plan_wake(step->plan, deadline);
            continue;
        }
        step->stuck = observed->why;
        if (observed->why.code == REASON_NONE)
            reason_set(&step->stuck, REASON_RESTART_TIMEOUT, 0,
                       "the rollout made no progress for %lld seconds (consumerRestartTimeout)%s%.200s",
                       (long long)(deadline.ms - split->memory->progress_since.ms) / 1000,
                       observed->waits_for[0] ? "; it waits for " : "", observed->waits_for);
    }
}
