/* What the MirrordSQSSession of a session says about its SQS part: whoever deletes it ends that part. Pure. */
#include "supervisor/split/step.h"

bool session_names_type(const struct split_session *session, enum queue_type type)
{
    for (size_t i = 0; i < session->queue_count; i++)
        if (session->queues[i].type == type)
            return true;
    return false;
}

/* Made by us: it has the name of the session that owns it. */
static const struct sqs_session_view *find(const struct target_view *view, const struct split_session *session)
{
    for (size_t i = 0; i < view->sqs_session_count; i++)
        if (strcmp(view->sqs_sessions[i].owner_uid, session->uid) == 0 &&
            strcmp(view->sqs_sessions[i].key.name, session->key.name) == 0)
            return &view->sqs_sessions[i];
    return NULL;
}

/* It was there and is not: but of two kinds that are listed one after the other, the later one may not have been heard of yet. */
void session_judge_sqs(struct step *step, size_t index, struct session_verdict *verdict)
{
    const struct session_view *view = &step->view->sessions[index];
    const char *told = json_text(json_path(view->document, "status", "sqsSession", NULL));
    verdict->sqs = find(step->view, &view->session);
    if (!told[0] || !verdict->memory || (verdict->sqs && strcmp(verdict->sqs->uid, told) == 0))
        return;
    struct mono heard = mono_after(verdict->memory->first_seen, step->view->lag_ms);
    if (mono_reached(step->view->now, heard))
        verdict->sqs_over = true;
    else
        plan_wake(step->plan, heard);
}

bool session_part_is_over(const struct step *step, size_t index, enum queue_type type)
{
    return type == QUEUE_TYPE_SQS && step->verdicts[index].sqs_over;
}
