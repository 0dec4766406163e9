/* SplitSession.status: phase, what is waited for, the environment of the local process, conditions. Pure; written only when
 * it differs. */
#include "common/base/mono.h"
#include "supervisor/split/step.h"

/* Once its MirrordSQSSession was seen it is known by its uid: another one of that name is not what was made. */
static int write_sqs_session(struct step *step, size_t index, struct json *status)
{
    const struct sqs_session_view *sqs = step->verdicts[index].sqs;
    const struct json *before = json_get(step->view->sessions[index].document, "status");
    const char *told = json_text(json_get(before, "sqsSession"));
    if (!told[0] && !sqs)
        return 0;
    return json_set_text(status, "sqsSession", told[0] ? told : sqs->uid);
}

static int write_status(struct step *step, size_t index, const struct session_outcome *outcome, struct json *status)
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
        r = write_sqs_session(step, index, status);
    if (r == 0)
        r = session_conditions_write(step, index, outcome, status);
    return r ? r : session_env_write(step, index, outcome, status);
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
    struct session_outcome outcome = {.phase = ""};
    struct json *status CLEANUP(json_freep) = json_new_object();
    struct json *document CLEANUP(json_freep) = NULL;
    if (step->verdicts[index].fate == SESSION_OVER)
        return delete_when_old(step, view);
    session_judge_outcome(step, index, &outcome);
    int r = status ? write_status(step, index, &outcome, status) : -ENOMEM;
    if (r || json_equal(status, json_get(view->document, "status")))
        return r;
    r = json_dup(view->document, &document);
    if (r == 0)
        r = json_set_take(document, "status", TAKE(status));
    return r ? r : plan_document(step->plan, ACTION_DOCUMENT_STATUS, TAKE(document));
}
