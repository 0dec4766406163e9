/* SplitSession.status: phase, what is waited for, the environment of the local process, conditions. Pure; written only when
 * it differs. */
#include <stdio.h>

#include "common/base/mono.h"
#include "supervisor/split/step.h"

struct outcome {
    const char *phase;
    const char *end_reason;
    const char *waits_for;
    struct reason why; /* of condition Ready */
};

static bool has_temps(const struct step *step, const char *uid)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (split_record_temp_of(&step->view->splits[i].record, uid))
            return true;
    return false;
}

/* Is every message that comes from now on routed by this session's filter in this split? */
static bool is_routed(const struct split_step *split, const struct split_session *session, const char **ret_waits_for)
{
    const struct split_temp *temp = split_record_temp_of(&split->view->record, session->uid);
    const struct worker_temp_view *seen = temp ? worker_temp_of(&split->view->worker, temp->name) : NULL;
    bool listed = false;
    for (size_t i = 0; i < split->table.session_count; i++)
        listed = listed || strcmp(split->table.sessions[i].uid, session->uid) == 0;
    if (split->view->record.phase != SPLIT_ACTIVE)
        *ret_waits_for = split->waits_for;
    else if (!seen || seen->state != WORKER_TEMP_PRESENT)
        *ret_waits_for =
            seen && seen->state == WORKER_TEMP_FAILED ? seen->why.text : "its temporary topic to be created";
    else if (!listed || !split->table_in_force)
        *ret_waits_for = "the worker to put its filter in force";
    else if (split->view->worker.forwarding != WORKER_FORWARDING_RUNNING)
        *ret_waits_for = split->view->worker.forwarding_why.text[0] ? split->view->worker.forwarding_why.text
                                                                    : "the worker to begin forwarding";
    else
        return true;
    return false;
}

static const char *waits_for_queues(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (step->view->splits[i].record.phase == SPLIT_RESTORING ||
            step->view->splits[i].record.phase == SPLIT_FAILED)
            return "an earlier split of the target to be undone";
    for (size_t i = 0; i < step->view->queue_count; i++)
        if (queue_is_pending(step, &step->view->queues[i]))
            return "a worker to check the cluster";
    return NULL;
}

static void judge_live(struct step *step, const struct split_session *session, struct outcome *outcome)
{
    outcome->phase = "Pending";
    if (session_is_ready(session)) {
        outcome->phase = "Ready";
        return;
    }
    outcome->waits_for = waits_for_queues(step);
    for (size_t i = 0; i < step->view->split_count && !outcome->waits_for; i++)
        if (!is_routed(&step->splits[i], session, &outcome->waits_for))
            outcome->waits_for = outcome->waits_for && outcome->waits_for[0] ? outcome->waits_for : "its queues";
    if (!outcome->waits_for && step->view->split_count > 0)
        outcome->phase = "Ready";
    else if (!outcome->waits_for)
        outcome->waits_for = "its queues to be split";
}

static void judge(struct step *step, size_t index, struct outcome *outcome)
{
    const struct split_session *session = &step->view->sessions[index].session;
    const struct session_verdict *verdict = &step->verdicts[index];
    switch (verdict->fate) {
    case SESSION_LIVE:
        judge_live(step, session, outcome);
        return;
    case SESSION_REFUSED:
        outcome->phase = "Failed";
        outcome->why = verdict->why;
        if (verdict->why.code == REASON_SETUP_DEADLINE)
            outcome->end_reason = reason_name(REASON_SETUP_DEADLINE);
        return;
    case SESSION_ENDING:
        outcome->phase = has_temps(step, session->uid) ? "Ending" : "Ended";
        outcome->end_reason = reason_name(verdict->end);
        reason_set(&outcome->why, verdict->end, 0, "the session ended");
        return;
    case SESSION_OVER:
        return;
    }
}

static const struct worker_condition_view *filter_condition(const struct step *step, const char *uid)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct worker_view *worker = &step->view->splits[i].worker;
        for (size_t j = 0; j < worker->condition_count; j++)
            if (strcmp(worker->conditions[j].session, uid) == 0)
                return &worker->conditions[j];
    }
    return NULL;
}

/* Names of queues that the session names with an empty filter, for people who wonder why nothing comes (C-14). */
static const char *empty_filter(const struct split_session *session)
{
    for (size_t i = 0; i < session->queue_count; i++)
        if (session->queues[i].filter_count == 0)
            return session->queues[i].id;
    return NULL;
}

static int write_conditions(struct step *step, size_t index, const struct outcome *outcome, struct json *status)
{
    const struct session_view *view = &step->view->sessions[index];
    const struct json *before = json_path(view->document, "status", "conditions", NULL);
    const struct worker_condition_view *filter = filter_condition(step, view->session.uid);
    const char *empty = empty_filter(&view->session);
    struct json *list CLEANUP(json_freep) = json_new_array();
    bool ready = strcmp(outcome->phase, "Ready") == 0;
    char text[320];
    int r = list ? condition_set(list, before, step->view->wall_ms, "Ready", ready, outcome->why.code,
                                 outcome->why.text[0] ? outcome->why.text
                                 : outcome->waits_for ? outcome->waits_for
                                                      : "")
                 : -ENOMEM;
    if (r == 0 && filter)
        r = condition_set(list, before, step->view->wall_ms, "FilterHealthy", false, filter->why.code,
                          filter->why.text);
    snprintf(text, sizeof text, "queue %.253s has an empty filter: it gets no message", empty ? empty : "");
    if (r == 0 && empty && !filter)
        r = condition_set(list, before, step->view->wall_ms, "FilterHealthy", true, REASON_FILTER_EMPTY, text);
    return r ? r : json_set_take(status, "conditions", TAKE(list));
}

static int add_variable(struct json *list, const char *name, const char *value)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_get(json_at(list, i), "name")), name) == 0)
            return 0;
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? json_set_text(object, "name", name) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "value", value);
    return r ? r : json_append_take(list, TAKE(object));
}

/* The declared queue that a split stands for; NULL when the resource was edited since. */
static const struct queue_resolved *declared(const struct step *step, const struct split_record *record)
{
    for (size_t i = 0; i < step->view->queue_count; i++)
        for (const char *const *id = record->ids; *id; id++)
            if (strcmp(step->view->queues[i].resolved.id, *id) == 0)
                return &step->view->queues[i].resolved;
    return NULL;
}

/* Topic variables as the record has them; group variables as they are declared now. */
static int write_env_of(const struct step *step, const struct split_record *record, const struct split_temp *temp,
                        struct json *list)
{
    const struct queue_resolved *queue = declared(step, record);
    int r = 0;
    for (size_t i = 0; r == 0 && i < record->entry_count; i++)
        r = add_variable(list, record->entries[i].variable, temp->name);
    for (size_t i = 0; r == 0 && queue && i < queue->group_count; i++)
        r = add_variable(list, queue->groups[i].variable, temp->group);
    return r;
}

static int write_queue_of(const struct split_record *record, const struct split_temp *temp, struct json *list)
{
    int r = 0;
    for (const char *const *id = record->ids; r == 0 && *id; id++) {
        struct json *object CLEANUP(json_freep) = json_new_object();
        r = object ? json_set_text(object, "id", *id) : -ENOMEM;
        if (r == 0)
            r = json_set_text(object, "type", "Kafka");
        if (r == 0)
            r = json_set_text(object, "original", record->topic);
        if (r == 0)
            r = json_set_text(object, "temporary", temp->name);
        if (r == 0)
            r = json_append_take(list, TAKE(object));
    }
    return r;
}

/* Once Ready the environment stays as it was given: the local process runs with it. */
static int write_queues(struct step *step, size_t index, const struct outcome *outcome, struct json *status)
{
    const struct session_view *view = &step->view->sessions[index];
    const struct json *before = json_get(view->document, "status");
    struct json *env CLEANUP(json_freep) = json_new_array(), *queues CLEANUP(json_freep) = json_new_array();
    int r = env && queues ? 0 : -ENOMEM;
    if (json_get(before, "env")) {
        json_free(TAKE(env));
        json_free(TAKE(queues));
        r = json_dup(json_get(before, "env"), &env);
        if (r == 0)
            r = json_dup(json_get(before, "queues"), &queues);
    }
    for (size_t i = 0; r == 0 && i < step->view->split_count && !json_get(before, "env"); i++) {
        const struct split_record *record = &step->view->splits[i].record;
        const struct split_temp *temp = split_record_temp_of(record, view->session.uid);
        r = temp ? write_env_of(step, record, temp, env) : 0;
        if (r == 0 && temp)
            r = write_queue_of(record, temp, queues);
    }
    if (r || (strcmp(outcome->phase, "Ready") != 0 && !json_get(before, "env")))
        return r;
    r = json_set_take(status, "env", TAKE(env));
    return r ? r : json_set_take(status, "queues", TAKE(queues));
}

static int write_status(struct step *step, size_t index, const struct outcome *outcome, struct json *status)
{
    char now[WALL_TEXT_SIZE];
    bool over = strcmp(outcome->phase, "Ended") == 0 || strcmp(outcome->phase, "Failed") == 0;
    wall_format(step->view->wall_ms, now);
    int r = json_set_text(status, "phase", outcome->phase);
    if (r == 0)
        r = json_set_text(status, "waitsFor", outcome->waits_for ? outcome->waits_for : "");
    if (r == 0 && outcome->end_reason)
        r = json_set_text(status, "endReason", outcome->end_reason);
    if (r == 0 && over)
        r = json_set_text(status, "endedAt", now);
    if (r == 0)
        r = write_conditions(step, index, outcome, status);
    return r ? r : write_queues(step, index, outcome, status);
}

static int delete_when_old(struct step *step, const struct session_view *view)
{
    int64_t left_ms = view->session.ended_ms + step->view->settings->session_kept_s * 1000 - step->view->wall_ms;
    if (left_ms <= 0)
        return plan_delete(step->plan, &view->session.key);
    plan_wake(step->plan, mono_after(step->view->now, left_ms));
    return 0;
}

int session_status_step(struct step *step, size_t index)
{
    const struct session_view *view = &step->view->sessions[index];
    struct outcome outcome = {.phase = ""};
    struct json *status CLEANUP(json_freep) = json_new_object();
    struct json *document CLEANUP(json_freep) = NULL;
    if (step->verdicts[index].fate == SESSION_OVER)
        return delete_when_old(step, view);
    judge(step, index, &outcome);
    int r = status ? write_status(step, index, &outcome, status) : -ENOMEM;
    if (r || json_equal(status, json_get(view->document, "status")))
        return r;
    r = json_dup(view->document, &document);
    if (r == 0)
        r = json_set_take(document, "status", TAKE(status));
    return r ? r : plan_document(step->plan, ACTION_DOCUMENT_STATUS, TAKE(document));
}
