/* MirrordSQSSession documents: each session with SQS queues has one, for people and scripts that know sessions by it. Nothing is decided by
 * them but that whoever deletes one ends the SQS part of its session (sqs_session_judge.c). Pure. */
#include "supervisor/split/input_status.h"
#include "supervisor/split/step.h"

static int set_filters(struct json *map, const char *id, const struct session_queue *queue)
{
    struct json *filters = NULL;
    int r = json_object_at(map, id, &filters);
    for (size_t i = 0; r == 0 && i < queue->filter_count; i++)
        r = json_set_text(filters, queue->filters[i].name, queue->filters[i].pattern);
    return r;
}

static int set_queue(struct json *spec, const char *id, const struct session_queue *queue)
{
    struct json *filters = NULL, *programs = NULL;
    int r = json_object_at(spec, "queueFilters", &filters);
    if (r == 0)
        r = set_filters(filters, id, queue);
    if (r == 0 && queue->jq_filter)
        r = json_object_at(spec, "queueJqFilters", &programs);
    return r || !programs ? r : json_set_text(programs, id, queue->jq_filter);
}

/* "*" stands for every declared queue that the session does not name itself. */
static int set_queues(const struct step *step, const struct split_session *session, struct json *spec)
{
    struct json *filters = NULL;
    int r = json_object_at(spec, "queueFilters", &filters);
    for (size_t i = 0; r == 0 && i < session->queue_count; i++)
        if (session->queues[i].type == QUEUE_TYPE_SQS && strcmp(session->queues[i].id, "*") != 0)
            r = set_queue(spec, session->queues[i].id, &session->queues[i]);
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++) {
        const struct queue_resolved *queue = &step->view->queues[i].resolved;
        const struct session_queue *named = session_queue_declared(step->view, session, queue);
        if (queue->type == QUEUE_TYPE_SQS && named)
            r = set_queue(spec, queue->id, named);
    }
    return r;
}

static int set_consumer(const struct split_session *session, struct json *spec)
{
    struct json *consumer = NULL;
    int r = json_object_at(spec, "queueConsumer", &consumer);
    if (r == 0)
        r = json_set_text(consumer, "name", session->target_name);
    if (r == 0)
        r = json_set_text(consumer, "workloadType", session->target_kind);
    return r || !session->target_container ? r : json_set_text(consumer, "container", session->target_container);
}

/* The session owns it: a cluster deletes it with the session, whoever still runs then. */
static int set_owner(const struct split_session *session, struct json *metadata)
{
    const struct kind_row *kind = kind_row(KIND_SPLIT_SESSION);
    struct json *owners CLEANUP(json_freep) = json_new_array(), *owner CLEANUP(json_freep) = json_new_object();
    int r = owners && owner ? json_set_text(owner, "apiVersion", kind->api_version) : -ENOMEM;
    if (r == 0)
        r = json_set_text(owner, "kind", kind->name);
    if (r == 0)
        r = json_set_text(owner, "name", session->key.name);
    if (r == 0)
        r = json_set_text(owner, "uid", session->uid);
    if (r == 0)
        r = json_set_bool(owner, "controller", true);
    if (r == 0)
        r = json_append_take(owners, TAKE(owner));
    return r ? r : json_set_take(metadata, "ownerReferences", TAKE(owners));
}

static int build(const struct step *step, const struct split_session *session, struct json **ret)
{
    const struct kind_row *kind = kind_row(KIND_SQS_SESSION);
    struct json *document CLEANUP(json_freep) = json_new_object(), *metadata = NULL, *spec = NULL;
    int r = document ? json_set_text(document, "apiVersion", kind->api_version) : -ENOMEM;
    if (r == 0)
        r = json_set_text(document, "kind", kind->name);
    if (r == 0)
        r = json_object_at(document, "metadata", &metadata);
    if (r == 0)
        r = json_set_text(metadata, "namespace", session->key.namespace);
    if (r == 0)
        r = json_set_text(metadata, "name", session->key.name);
    if (r == 0)
        r = set_owner(session, metadata);
    if (r == 0)
        r = json_object_at(document, "spec", &spec);
    if (r == 0)
        r = json_set_text(spec, "sessionId", session->key.name);
    if (r == 0)
        r = set_consumer(session, spec);
    if (r == 0)
        r = set_queues(step, session, spec);
    if (r == 0)
        *ret = TAKE(document);
    return r;
}

/* One that is refused at once has one too: that is where people look for the reason. */
static bool is_wanted(const struct step *step, size_t index)
{
    const struct session_view *view = &step->view->sessions[index];
    const struct session_verdict *verdict = &step->verdicts[index];
    bool told = json_text(json_path(view->document, "status", "sqsSession", NULL))[0];
    bool known =
        verdict->fate == SESSION_LIVE || (verdict->fate == SESSION_REFUSED && view->refused.code == REASON_NONE);
    return known && !told && target_is_read(step) && step->view->settings->sqs_splitting &&
           session_names_type(&view->session, QUEUE_TYPE_SQS) && !view->sqs_name_taken;
}

static int write_status(struct step *step, const struct sqs_session_view *sqs, struct json *status_take)
{
    struct json *status CLEANUP(json_freep) = status_take, *document CLEANUP(json_freep) = NULL;
    if (json_equal(status, json_get(sqs->document, "status")))
        return 0;
    int r = json_dup(sqs->document, &document);
    if (r == 0)
        r = json_set_take(document, "status", TAKE(status));
    return r ? r : plan_document(step->plan, ACTION_DOCUMENT_STATUS, TAKE(document));
}

static int keep(struct step *step, size_t index)
{
    const struct session_verdict *verdict = &step->verdicts[index];
    const struct split_session *session = &step->view->sessions[index].session;
    struct json *document = NULL, *status = NULL;
    if (!verdict->sqs && !is_wanted(step, index))
        return 0;
    if (!verdict->sqs) {
        int r = build(step, session, &document);
        return r ? r : plan_document(step->plan, ACTION_DOCUMENT_CREATE, document);
    }
    /* One that failed is kept as long as its session: that is where it says why. */
    if (strcmp(session->phase, "Ended") == 0 && !session_has_temps(step, session->uid))
        return plan_delete(step->plan, &verdict->sqs->key);
    int r = sqs_session_status(step, index, &status);
    return r || !status ? r : write_status(step, verdict->sqs, status);
}

static bool is_kept(const struct step *step, const struct sqs_session_view *sqs)
{
    for (size_t i = 0; i < step->view->session_count; i++)
        if (step->verdicts[i].sqs == sqs)
            return true;
    return false;
}

/* Its session was there and is gone, or everything is heard of at once. Else it is left to the cluster, which deletes it with
 * its owner: that one may only not have been heard of yet. */
static bool owner_is_gone(const struct step *step, const struct sqs_session_view *sqs)
{
    const struct session_memory *known = NULL;
    for (size_t i = 0; i < step->view->session_count; i++)
        if (strcmp(step->view->sessions[i].session.uid, sqs->owner_uid) == 0)
            return false;
    HASH_FIND_STR(step->memory->sessions, sqs->owner_uid, known);
    return known || step->view->lag_ms == 0;
}

static int refuse(struct step *step, const struct sqs_session_view *sqs)
{
    struct input_verdict verdict = {.accepted = false};
    reason_set(
        &verdict.why, REASON_SESSION_NOT_OURS, 0,
        "Sluice did not make it: such resources are made for sessions, and one that is made by hand does nothing");
    return input_status_plan(step->plan, sqs->document, step->view->wall_ms, &verdict);
}

int sqs_sessions_step(struct step *step)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->session_count; i++)
        r = keep(step, i);
    for (size_t i = 0; r == 0 && i < step->view->sqs_session_count; i++) {
        const struct sqs_session_view *sqs = &step->view->sqs_sessions[i];
        if (is_kept(step, sqs))
            continue;
        if (!sqs->owner_uid[0])
            r = refuse(step, sqs);
        else if (owner_is_gone(step, sqs))
            r = plan_delete(step->plan, &sqs->key);
    }
    return r;
}
