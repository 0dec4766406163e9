/* SplitSession.status.conditions: Ready, Routed, FilterHealthy, WaitingForInFlight. Pure. */
#include "supervisor/split/step.h"

#include <stdio.h>

struct conditions {
    struct step *step;
    const struct session_view *view;
    const struct json *before;
    struct json *list;
};

static int put(const struct conditions *conditions, const char *type, bool value, enum reason_code code,
               const char *message)
{
    return condition_set(conditions->list, conditions->before, conditions->step->view->wall_ms, type, value, code,
                         message);
}

static bool is_about_filters(enum reason_code code)
{
    return code == REASON_FILTER_LIMIT || code == REASON_FILTER_INVALID;
}

/* The next thing that a worker tells of the session, counted over all splits from *at on; NULL: no more. */
static const struct reason *next_trouble(const struct step *step, const char *uid, size_t *at)
{
    size_t number = 0;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct worker_view *worker = &step->view->splits[i].worker;
        for (size_t j = 0; j < worker->condition_count; j++)
            if (number++ >= *at && strcmp(worker->conditions[j].session, uid) == 0) {
                *at = number;
                return &worker->conditions[j].why;
            }
    }
    return NULL;
}

static const struct reason *filter_condition(const struct step *step, const char *uid)
{
    size_t at = 0;
    const struct reason *why = NULL;
    while ((why = next_trouble(step, uid, &at)) && !is_about_filters(why->code))
        ;
    return why;
}

/* Of a session that is over, Ready says why; that nothing comes to it goes without saying. */
static bool is_said(const struct session_outcome *outcome, enum reason_code code)
{
    return session_phase_is_over(outcome->phase) && (code == REASON_FILTER_EMPTY || code == outcome->why.code);
}

/* Everything else under its own name: what is wrong with its queue is no matter of its filter. */
static int put_troubles(const struct conditions *conditions, const struct session_outcome *outcome)
{
    size_t at = 0;
    int r = 0;
    for (const struct reason *why;
         r == 0 && (why = next_trouble(conditions->step, conditions->view->session.uid, &at));)
        if (!is_about_filters(why->code) && !is_said(outcome, why->code) &&
            !condition_find(conditions->list, reason_name(why->code)))
            r = put(conditions, reason_name(why->code), true, why->code, why->text);
    return r;
}

/* The first queue that the session names with an empty filter, for people who wonder why nothing comes (C-14). */
static const char *empty_filter(const struct split_session *session)
{
    for (size_t i = 0; i < session->queue_count; i++)
        if (session->queues[i].filter_count == 0 && !session->queues[i].jq_filter)
            return session->queues[i].id;
    return NULL;
}

static int put_ready(const struct conditions *conditions, const struct session_outcome *outcome)
{
    const char *message = outcome->waits_for ? outcome->waits_for : "";
    return put(conditions, "Ready", strcmp(outcome->phase, "Ready") == 0, outcome->why.code,
               outcome->why.text[0] ? outcome->why.text : message);
}

static int put_filter(const struct conditions *conditions, const struct session_outcome *outcome)
{
    const struct reason *filter = filter_condition(conditions->step, conditions->view->session.uid);
    const char *empty = empty_filter(&conditions->view->session);
    char text[320];
    if (filter)
        return put(conditions, "FilterHealthy", false, filter->code, filter->text);
    if (!empty || is_said(outcome, REASON_FILTER_EMPTY))
        return 0;
    snprintf(text, sizeof text, "queue %.253s has an empty filter: it gets no message", empty);
    return put(conditions, "FilterHealthy", true, REASON_FILTER_EMPTY, text);
}

static bool was_true(const struct conditions *conditions, const char *type)
{
    return strcmp(json_text(json_get(condition_find(conditions->before, type), "status")), "True") == 0;
}

/* False while an instance may run that is not patched: messages may still reach it. After a restart of ours that is not known
 * at first, and what was told before stays. Nothing is routed to a session that failed or ended. */
static int put_routed(const struct conditions *conditions, const struct session_outcome *outcome)
{
    const struct target_observed *observed = &conditions->step->view->observed;
    char text[400]; /* who they are, by name (W-6) */
    bool routed =
        conditions->step->target_fits && conditions->step->wanted.entry_count > 0 && observed->unpatched_gone;
    if (session_phase_is_over(outcome->phase) || !target_is_split(conditions->step))
        return 0;
    if (observed->state == TARGET_STATE_UNKNOWN)
        routed = was_true(conditions, "Routed");
    if (routed)
        return put(conditions, "Routed", true, REASON_NONE, "");
    snprintf(
        text, sizeof text, "%s%s%.250s",
        observed->state == TARGET_STATE_FAILED
            ? "the application does not run as wanted; instances that are not patched may still get messages"
            : "the application is being restarted; until it was, instances that are not patched may get messages",
        observed->waits_for[0] ? "; it waits for " : "", observed->waits_for);
    return put(conditions, "Routed", false, REASON_NONE, text);
}

/* Without the count: a status does not change with traffic. */
static int put_in_flight(const struct conditions *conditions)
{
    const char *uid = conditions->view->session.uid;
    char text[320];
    for (size_t i = 0; i < conditions->step->view->split_count; i++) {
        const struct split_view *split = &conditions->step->view->splits[i];
        const struct split_temp *temp = split_record_temp_of(&split->record, uid);
        const struct worker_temp_view *seen = temp ? worker_temp_of(&split->worker, temp->name) : NULL;
        if (!seen || seen->state != WORKER_TEMP_WAITING)
            continue;
        snprintf(text, sizeof text, "messages of %.249s are held by its consumer", temp->name);
        return put(conditions, "WaitingForInFlight", true, REASON_WAITING_FOR_IN_FLIGHT, text);
    }
    return 0;
}

int session_conditions_write(struct step *step, size_t index, const struct session_outcome *outcome,
                             struct json *status)
{
    const struct session_view *view = &step->view->sessions[index];
    struct json *list CLEANUP(json_freep) = json_new_array();
    const struct conditions conditions = {step, view, json_path(view->document, "status", "conditions", NULL), list};
    int r = list ? put_ready(&conditions, outcome) : -ENOMEM;
    if (r == 0)
        r = put_routed(&conditions, outcome);
    if (r == 0)
        r = put_filter(&conditions, outcome);
    if (r == 0)
        r = put_in_flight(&conditions);
    if (r == 0)
        r = put_troubles(&conditions, outcome);
    if (r == 0 && step->verdicts[index].sqs_over)
        r = put(&conditions, "SQSSession", false, REASON_SESSION_KILLED,
                "its MirrordSQSSession was deleted, and with it its SQS queues");
    return r ? r : json_set_take(status, "conditions", TAKE(list));
}
