/* What a session has come to in this pass: its phase, and what it waits for. Pure. */
#include "supervisor/split/step.h"

bool session_has_temps(const struct step *step, const char *uid)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (split_record_temp_of(&step->view->splits[i].record, uid))
            return true;
    return false;
}

/* A split that is Active may belong to a target that was changed, or deleted and made again, behind our back. */
static bool is_patched(const struct step *step, const struct split_step *split)
{
    const struct target_observed *observed = &step->view->observed;
    return split_enough_patched(step, split) ||
           (step->target_fits && observed->state != TARGET_STATE_UNKNOWN && observed->unpatched_gone);
}

/* Is every message that comes from now on routed by this session's filter in this split? */
static bool is_routed(const struct step *step, const struct split_step *split, const struct split_session *session,
                      const char **ret_waits_for)
{
    const struct split_temp *temp = split_record_temp_of(&split->view->record, session->uid);
    const struct worker_temp_view *seen = temp ? worker_temp_of(&split->view->worker, temp->name) : NULL;
    bool listed = false;
    for (size_t i = 0; i < split->table.session_count; i++)
        listed = listed || strcmp(split->table.sessions[i].uid, session->uid) == 0;
    if (split->view->record.phase != SPLIT_ACTIVE)
        *ret_waits_for = split->waits_for;
    else if (!is_patched(step, split))
        *ret_waits_for =
            step->view->observed.waits_for[0] ? step->view->observed.waits_for : "the target to run as it should";
    else if (!temp && split_is_full(step, &split->view->record))
        *ret_waits_for = "the queues of ended sessions to be emptied: the split has its limit of them";
    else if (!seen || seen->state != WORKER_TEMP_PRESENT)
        *ret_waits_for =
            seen && seen->state == WORKER_TEMP_FAILED ? seen->why.text : "its temporary queue to be created";
    else if (listed && split->former)
        *ret_waits_for = "a worker of another pod to be proven gone: until then it may take messages";
    else if (!listed || !split->table_in_force)
        *ret_waits_for = "the worker to put its filter in force";
    else if (split->view->worker.forwarding != WORKER_FORWARDING_RUNNING)
        *ret_waits_for = split->view->worker.forwarding_why.text[0] ? split->view->worker.forwarding_why.text
                                                                    : "the worker to begin forwarding";
    else
        return true;
    return false;
}

static const char *waits_for_queues(const struct step *step, const struct split_session *session)
{
    if (!target_is_read(step))
        return step->view->observed.waits_for[0] ? step->view->observed.waits_for : "the target to be read";
    if (target_is_restoring(step) || !session_is_servable(step, session))
        return "an earlier split of the target to be undone";
    for (size_t i = 0; i < step->view->queue_count; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        const struct split_record *split = queue_split(step, queue);
        bool usable = split && split->phase != SPLIT_FAILED;
        if (usable ||
            (!queue_is_pending(step, queue) && !session_queue_declared(step->view, session, &queue->resolved)))
            continue;
        return split ? "an earlier split of the target to be undone" : "a worker to check the cluster";
    }
    return NULL;
}

static void judge_live(struct step *step, size_t index, struct session_outcome *outcome)
{
    const struct split_session *session = &step->view->sessions[index].session;
    outcome->phase = "Pending";
    if (session_is_ready(session)) {
        outcome->phase = "Ready";
        return;
    }
    outcome->waits_for = waits_for_queues(step, session);
    size_t routed = 0;
    for (size_t i = 0; i < step->view->split_count && !outcome->waits_for; i++) {
        if (step->view->splits[i].record.phase == SPLIT_FAILED ||
            session_part_is_over(step, index, step->view->splits[i].record.original.type))
            continue; /* it fails only sessions that name it */
        routed++;
        if (!is_routed(step, &step->splits[i], session, &outcome->waits_for))
            outcome->waits_for = outcome->waits_for && outcome->waits_for[0] ? outcome->waits_for : "its queues";
    }
    if (!outcome->waits_for && routed > 0)
        outcome->phase = "Ready";
    else if (!outcome->waits_for)
        outcome->waits_for = "its queues to be split";
}

void session_judge_outcome(struct step *step, size_t index, struct session_outcome *outcome)
{
    const struct split_session *session = &step->view->sessions[index].session;
    const struct session_verdict *verdict = &step->verdicts[index];
    switch (verdict->fate) {
    case SESSION_LIVE:
        judge_live(step, index, outcome);
        return;
    case SESSION_NEW:
        /* It reads as what is waited for, and not as a verdict: that comes with a code. */
        outcome->phase = "Pending";
        reason_set(&outcome->why, REASON_NONE, 0, "news of what it needs: %.400s", verdict->why.text);
        outcome->waits_for = outcome->why.text;
        return;
    case SESSION_REFUSED:
        outcome->phase = "Failed";
        outcome->why = verdict->why;
        if (verdict->why.code == REASON_SETUP_DEADLINE)
            outcome->end_reason = reason_name(REASON_SETUP_DEADLINE);
        return;
    case SESSION_ENDING:
        outcome->phase = session_has_temps(step, session->uid) ? "Ending" : "Ended";
        outcome->end_reason = reason_name(verdict->end);
        reason_set(&outcome->why, verdict->end, 0, "%s",
                   verdict->sqs_over ? "its MirrordSQSSession was deleted" : "the session ended");
        return;
    case SESSION_OVER:
        return;
    }
}
