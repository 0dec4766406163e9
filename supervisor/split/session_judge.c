/* Which sessions are to be served, which fail and which end. Pure but for the sessions' clocks in the memory. */
#include "supervisor/split/step.h"

#include <stdio.h>

const struct session_queue *session_queue_for(const struct split_session *session, enum queue_type type,
                                              const char *const *ids)
{
    const struct session_queue *every = NULL;
    for (size_t i = 0; i < session->queue_count; i++) {
        const struct session_queue *queue = &session->queues[i];
        if (queue->type != type)
            continue;
        for (size_t j = 0; ids[j]; j++)
            if (strcmp(ids[j], queue->id) == 0)
                return queue;
        if (strcmp(queue->id, "*") == 0)
            every = queue;
    }
    return every;
}

const char *session_container(const struct target_view *view, const struct split_session *session)
{
    if (session->target_container)
        return session->target_container;
    return view->workload.container_count > 0 ? view->workload.containers[0].name : "";
}

bool queue_is_for(const struct target_view *view, const struct split_session *session,
                  const struct queue_resolved *queue)
{
    return !queue->container || strcmp(queue->container, session_container(view, session)) == 0;
}

const struct session_queue *session_queue_declared(const struct target_view *view,
                                                   const struct split_session *session,
                                                   const struct queue_resolved *queue)
{
    const char *const ids[] = {queue->id, NULL};
    const struct session_queue *found = session_queue_for(session, queue->type, ids);
    bool every = found && strcmp(found->id, "*") == 0;
    return every && !queue_is_for(view, session, queue) ? NULL : found;
}

const struct session_queue *session_queue_split(const struct step *step, const struct split_session *session,
                                                const struct split_record *record)
{
    const struct session_queue *found = session_queue_for(session, record->original.type, record->ids);
    bool declared = false, meant = false;
    for (size_t i = 0; i < step->view->queue_count; i++)
        if (queue_split(step, &step->view->queues[i]) == record) {
            declared = true;
            meant = meant || queue_is_for(step->view, session, &step->view->queues[i].resolved);
        }
    return found && strcmp(found->id, "*") == 0 && declared && !meant ? NULL : found;
}

bool session_phase_is_over(const char *phase)
{
    return strcmp(phase, "Ending") == 0 || strcmp(phase, "Ended") == 0 || strcmp(phase, "Failed") == 0;
}

bool session_is_over(const struct split_session *session) { return session_phase_is_over(session->phase); }

bool session_is_servable(const struct step *step, const struct split_session *session)
{
    if (session_is_ready(session) || !target_is_split(step))
        return true;
    for (size_t i = 0; i < step->view->queue_count; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        const struct split_record *split = queue_split(step, queue);
        if (session_queue_declared(step->view, session, &queue->resolved) && (!split || split->phase == SPLIT_FAILED))
            return false;
    }
    return true;
}

bool session_is_ready(const struct split_session *session) { return strcmp(session->phase, "Ready") == 0; }

const char *session_told_end(const struct json *document)
{
    return json_text(json_get(json_path(document, "metadata", "annotations", NULL), "sluice.dev/end"));
}

static void look_at_renewal(const struct target_view *view, const struct split_session *session,
                            struct session_memory *memory)
{
    char renewed[sizeof memory->renewed];
    snprintf(renewed, sizeof renewed, "%s", session->renewed);
    if (strcmp(renewed, memory->renewed) == 0)
        return;
    memcpy(memory->renewed, renewed, sizeof renewed);
    memory->renewed_seen = view->now;
}

static void end(struct session_verdict *verdict, enum reason_code code)
{
    verdict->fate = SESSION_ENDING;
    verdict->end = code;
}

static void judge_setup(struct step *step, const struct session_view *view, struct session_verdict *verdict)
{
    int64_t limit_s = step->view->settings->session_setup_s;
    struct mono end_of_setup = mono_after(verdict->memory->first_seen, limit_s * 1000 + verdict->memory->rollout_ms);
    if (!mono_reached(step->view->now, end_of_setup)) {
        plan_wake(step->plan, end_of_setup);
        return;
    }
    verdict->fate = SESSION_REFUSED;
    reason_set(&verdict->why, REASON_SETUP_DEADLINE, 0, "not ready after %lld seconds; it waited for: %.300s",
               (long long)limit_s, json_text(json_path(view->document, "status", "waitsFor", NULL)));
}

static void judge_life(struct step *step, const struct split_session *session, struct session_verdict *verdict)
{
    int64_t limit_s = step->view->settings->session_max_s;
    if (limit_s == 0 || session->created_ms == 0)
        return;
    int64_t left_ms = session->created_ms + limit_s * 1000 - step->view->wall_ms;
    if (left_ms <= 0)
        end(verdict, REASON_TIME_LIMIT);
    else
        plan_wake(step->plan, mono_after(step->view->now, left_ms));
}

/* Every clock posts a wake-up for its end. */
static void judge_clocks(struct step *step, const struct session_view *view, struct session_verdict *verdict)
{
    struct mono unused = mono_after(verdict->memory->renewed_seen, step->view->settings->session_unused_s * 1000);
    if (mono_reached(step->view->now, unused)) {
        end(verdict, REASON_SESSION_UNUSED);
        return;
    }
    plan_wake(step->plan, unused);
    if (!session_is_ready(&view->session))
        judge_setup(step, view, verdict);
    if (verdict->fate == SESSION_LIVE)
        judge_life(step, &view->session, verdict);
}

/* What a session needs may have been made before it and be heard of after it. */
static bool may_be_mended(struct step *step, const struct session_verdict *verdict)
{
    struct mono heard = mono_after(verdict->memory->first_seen, step->view->lag_ms);
    if (verdict->why.code == REASON_NONE || mono_reached(step->view->now, heard))
        return false;
    plan_wake(step->plan, heard);
    return true;
}

static int judge_new(struct step *step, size_t index, struct session_verdict *verdict)
{
    int r = session_check(step, index, &verdict->why);
    if (r == 0 && may_be_mended(step, verdict))
        verdict->fate = SESSION_NEW;
    return r;
}

static int judge_live(struct step *step, size_t index, struct session_verdict *verdict)
{
    const struct split_session *session = &step->view->sessions[index].session;
    int r = 0;
    if (!target_is_read(step))
        verdict->why.code = REASON_NONE; /* it waits */
    else if (step->held.code != REASON_NONE && !session_is_ready(session))
        verdict->why = step->held;
    else if (!session_is_ready(session))
        r = judge_new(step, index, verdict);
    else if (!step->view->exists && step->held.code == REASON_NONE)
        reason_set(&verdict->why, REASON_TARGET_NOT_FOUND, 0, "the target %s/%s is gone", step->view->key.namespace,
                   step->view->key.name);
    if (r == 0 && verdict->why.code == REASON_NONE && step->stuck.code != REASON_NONE)
        verdict->why = step->stuck;
    if (verdict->why.code != REASON_NONE && verdict->fate == SESSION_LIVE)
        verdict->fate = SESSION_REFUSED;
    if (r == 0 && verdict->fate == SESSION_LIVE && verdict->sqs_over &&
        !session_names_type(session, QUEUE_TYPE_KAFKA) && !session_names_type(session, QUEUE_TYPE_RMQ))
        end(verdict, REASON_SESSION_KILLED);
    if (r == 0 && verdict->fate == SESSION_LIVE)
        judge_clocks(step, &step->view->sessions[index], verdict);
    return r;
}

static int judge(struct step *step, size_t index)
{
    const struct session_view *view = &step->view->sessions[index];
    struct session_verdict *verdict = &step->verdicts[index];
    const char *phase = view->session.phase;
    verdict->fate = SESSION_LIVE;
    if (strcmp(phase, "Ended") == 0 || strcmp(phase, "Failed") == 0) {
        verdict->fate = SESSION_OVER;
        session_judge_sqs(step, index, verdict);
        return 0;
    }
    int r = target_memory_session(step->memory, view->session.uid, step->view->now, &verdict->memory);
    if (r < 0)
        return r;
    look_at_renewal(step->view, &view->session, verdict->memory);
    session_judge_sqs(step, index, verdict);
    target_memory_end_session(step->memory, view->session.uid, session_told_end(view->document));
    if (view->refused.code != REASON_NONE) {
        verdict->fate = SESSION_REFUSED;
        verdict->why = view->refused;
        return 0;
    }
    if (strcmp(phase, "Ending") == 0) {
        end(verdict, reason_from_name(str_of(view->session.end_reason)));
        return 0;
    }
    return judge_live(step, index, verdict);
}

int sessions_judge(struct step *step)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->session_count; i++) {
        r = judge(step, i);
        struct session_verdict *verdict = &step->verdicts[i];
        verdict->served =
            verdict->fate == SESSION_LIVE && session_is_servable(step, &step->view->sessions[i].session);
        step->live_count += verdict->fate == SESSION_LIVE;
        step->served_count += verdict->served;
    }
    return r;
}
