/* What is wrong with a session that is not Ready yet. Pure; the first thing found is told. */
#include "supervisor/split/step.h"

#include "common/base/buf.h"
#include "common/regex/regex.h"
#include "ipc/table.h"
#include <stdio.h>

#define LIST_BYTES_MAX 400

/* "a, b, c" of the ids that the target's resources declare; cut when too long. */
static void list_ids(const struct target_view *view, struct buf *buf)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < view->queue_count; i++)
        if (view->queues[i].resolved.type == QUEUE_TYPE_KAFKA) /* the others stand in their registries */
            r = buf_printf(buf, "%s%s", buf->len ? ", " : "", view->queues[i].resolved.id);
    for (size_t i = 0; r == 0 && i < view->registry_count; i++)
        for (size_t j = 0; r == 0 && j < view->registries[i].queue_count; j++)
            r = buf_printf(buf, "%s%s", buf->len ? ", " : "", view->registries[i].queues[j].id);
    if (r == 0 && buf->len == 0)
        r = buf_append_str(buf, STR("none"));
    (void)r; /* a list that is too long ends where it is cut */
}

static const struct queue_view *queue_of(const struct target_view *view, enum queue_type type, const char *id)
{
    for (size_t i = 0; i < view->queue_count; i++)
        if (view->queues[i].resolved.type == type &&
            (strcmp(id, "*") == 0 || strcmp(view->queues[i].resolved.id, id) == 0))
            return &view->queues[i];
    return NULL;
}

/* The first registry that has the id, and *ret its queue; NULL: none has it. */
static const struct queue_registry *registry_of(const struct target_view *view, const char *id,
                                                const struct registry_queue **ret)
{
    for (size_t i = 0; i < view->registry_count; i++)
        for (size_t j = 0; j < view->registries[i].queue_count; j++)
            if (strcmp(view->registries[i].queues[j].id, id) == 0) {
                *ret = &view->registries[i].queues[j];
                return &view->registries[i];
            }
    return NULL;
}

/* The type that the resources give an id, if none of the wanted one has it; NULL: no resource has it. */
static const char *type_of(const struct target_view *view, enum queue_type wanted, const char *id)
{
    const struct registry_queue *declared = NULL;
    if (queue_of(view, wanted, id))
        return queue_type_name(wanted);
    if (queue_of(view, QUEUE_TYPE_KAFKA, id))
        return queue_type_name(QUEUE_TYPE_KAFKA);
    return registry_of(view, id, &declared) ? declared->type : NULL;
}

bool queue_type_is_enabled(const struct settings *settings, enum queue_type type)
{
    return type == QUEUE_TYPE_KAFKA ? settings->kafka_splitting : type == QUEUE_TYPE_SQS && settings->sqs_splitting;
}

/* All ids of a session whose type is not enabled here, so that one message names them all. */
static void check_enabled(const struct step *step, const struct split_session *session, struct reason *why)
{
    struct buf ids CLEANUP(buf_deinit) = BUF_INIT(LIST_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < session->queue_count; i++)
        if (!queue_type_is_enabled(step->view->settings, session->queues[i].type))
            r = buf_printf(&ids, "%s%s (%s)", ids.len ? ", " : "", session->queues[i].id,
                           queue_type_name(session->queues[i].type));
    if (ids.len)
        reason_set(why, REASON_QUEUE_TYPE_NOT_ENABLED, 0, "splitting is not enabled for the type of: %s", ids.data);
}

/* A registry that names a container speaks of that one alone. */
static void check_container(const struct target_view *view, const struct split_session *session,
                            const struct session_queue *queue, struct reason *why)
{
    const struct queue_resolved *other = NULL;
    for (size_t i = 0; i < view->queue_count; i++) {
        const struct queue_resolved *found = &view->queues[i].resolved;
        if (found->type != queue->type || (strcmp(queue->id, "*") != 0 && strcmp(found->id, queue->id) != 0))
            continue;
        if (queue_is_for(view, session, found))
            return;
        other = found;
    }
    if (other)
        reason_set(why, REASON_QUEUE_NOT_FOUND, 0,
                   "queue id %.200s is declared for container %.100s alone, and the session is for container %.100s",
                   queue->id, other->container, session_container(view, session));
}

/* Of an id whose type nobody knows, its registry's own error says more. */
static void tell_untyped(const struct target_view *view, const char *id, struct reason *why)
{
    const struct registry_queue *queue = NULL;
    const struct queue_registry *registry = registry_of(view, id, &queue);
    check(registry);
    reason_set(why, queue->error.code, 0, "MirrordWorkloadQueueRegistry %.120s: %.380s", registry->key.name,
               queue->error.text);
}

/* An id that nobody declares is wrong only where its type is enabled: of the others check_enabled() names all at once. */
static void check_declared(const struct target_view *view, const struct session_queue *queue, struct reason *why)
{
    struct buf ids CLEANUP(buf_deinit) = BUF_INIT(LIST_BYTES_MAX);
    bool enabled = queue_type_is_enabled(view->settings, queue->type) || queue->type == QUEUE_TYPE_KAFKA;
    if (strcmp(queue->id, "*") == 0) {
        if (enabled && !queue_of(view, queue->type, "*"))
            reason_set(why, REASON_QUEUE_NOT_FOUND, 0, "no resource declares a queue of type %s for this target",
                       queue_type_name(queue->type));
        return;
    }
    const char *declared = type_of(view, queue->type, queue->id);
    list_ids(view, &ids);
    if (!declared && !enabled)
        return;
    if (!declared)
        reason_set(why, REASON_QUEUE_NOT_FOUND, 0, "queue id %.200s is not declared for this target; declared: %s",
                   queue->id, ids.data);
    else if (!declared[0])
        tell_untyped(view, queue->id, why);
    else if (strcmp(declared, queue_type_name(queue->type)) != 0)
        reason_set(why, REASON_QUEUE_TYPE_MISMATCH, 0, "queue id %.200s is of type %s, not %s; declared ids: %s",
                   queue->id, declared, queue_type_name(queue->type), ids.data);
}

static int check_filters(const struct session_queue *queue, struct reason *why)
{
    for (size_t i = 0; i < queue->filter_count; i++) {
        if (strlen(queue->filters[i].name) > TABLE_HEADER_BYTES_MAX) {
            reason_set(why, REASON_FILTER_INVALID, 0,
                       "queue %.100s, message_filter %.40s...: the name is longer than the limit of %d bytes",
                       queue->id, queue->filters[i].name, TABLE_HEADER_BYTES_MAX);
            return 0;
        }
        struct regex *regex CLEANUP(regex_freep) = NULL;
        struct reason cause = {.code = REASON_NONE};
        int r = regex_compile(str_of(queue->filters[i].pattern), &regex, &cause);
        if (r < 0)
            return r;
        if (r > 0) {
            reason_set(why, REASON_FILTER_INVALID, 0, "queue %.100s, message_filter %.100s: %.280s", queue->id,
                       queue->filters[i].name, cause.text);
            return 0;
        }
    }
    return 0;
}

static int check_queue(const struct step *step, const struct split_session *session,
                       const struct session_queue *queue, struct reason *why)
{
    if (queue->jq_filter) {
        reason_set(why, REASON_JQ_NOT_YET_SUPPORTED, 0, "queue %.200s: jq_filter is not supported yet", queue->id);
        return 0;
    }
    check_declared(step->view, queue, why);
    if (why->code == REASON_NONE)
        check_container(step->view, session, queue, why);
    return why->code != REASON_NONE ? 0 : check_filters(queue, why);
}

/* Splits that serve nobody else make place for new ones; else what was declared later must wait for its turn. */
static bool somebody_else_is_served(const struct step *step, const struct split_session *session)
{
    for (size_t i = 0; i < step->view->session_count; i++) {
        const struct split_session *other = &step->view->sessions[i].session;
        if (strcmp(other->uid, session->uid) != 0 && !session_is_over(other) && session_is_servable(step, other))
            return true;
    }
    return false;
}

/* A session that came after a failure gets a try of its own once what is left of the first is undone, unless the other
 * queues of the target went on without this one. */
static const struct reason *failure_for(const struct step *step, const struct queue_view *queue, size_t index)
{
    bool alone = !somebody_else_is_served(step, &step->view->sessions[index].session);
    return alone ? queue_failed_for(step, queue, index) : queue_failed(step, queue);
}

/* Errors of the declared queues that this session names. */
static void check_named_queues(const struct step *step, size_t index, struct reason *why)
{
    const struct split_session *session = &step->view->sessions[index].session;
    for (size_t i = 0; i < step->view->queue_count && why->code == REASON_NONE; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        const struct reason *error = queue_error(queue);
        const struct split_record *split = queue_split(step, queue);
        if (!session_queue_declared(step->view, session, &queue->resolved))
            continue;
        if (split && target_is_split(step) && split->phase != SPLIT_FAILED)
            continue; /* a live split keeps what it began with, whatever the resource says now */
        error = error ? error : failure_for(step, queue, index);
        if (error)
            *why = *error;
        else if (target_is_split(step) && somebody_else_is_served(step, session))
            reason_set(
                why, REASON_SPEC_CHANGED, 0,
                "queue id %.200s was not there when the split of this target began; it counts from the next one on",
                queue->resolved.id);
    }
}

static bool filters_equal(const struct session_queue *a, const struct session_queue *b)
{
    if (a->filter_count != b->filter_count || a->filter_count == 0)
        return false;
    for (size_t i = 0; i < a->filter_count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->filter_count && !found; j++)
            found = strcmp(a->filters[i].name, b->filters[j].name) == 0 &&
                    strcmp(a->filters[i].pattern, b->filters[j].pattern) == 0;
        if (!found)
            return false;
    }
    return true;
}

static void check_overlap(const struct step *step, size_t index, struct reason *why)
{
    const struct target_view *view = step->view;
    const struct split_session *session = &view->sessions[index].session;
    for (size_t i = 0; i < index; i++)
        for (size_t q = 0; q < view->queue_count && step->verdicts[i].fate == SESSION_LIVE; q++) {
            const struct queue_resolved *queue = &view->queues[q].resolved;
            const struct session_queue *mine = session_queue_declared(view, session, queue);
            const struct session_queue *other = session_queue_declared(view, &view->sessions[i].session, queue);
            if (queue->settings->overlap == OVERLAP_REJECT && mine && other && !mine->mirror && !other->mirror &&
                filters_equal(mine, other))
                reason_set(why, REASON_FILTER_OVERLAP, 0, "session %.200s has the same filter for queue %.200s",
                           view->sessions[i].session.key.name, queue->id);
        }
}

static void check_target(const struct target_view *view, const struct split_session *session, struct reason *why)
{
    char name[RESOURCE_KEY_TEXT_SIZE];
    resource_key_text(&view->key, name);
    if (!view->exists) {
        bool doubted = view->doubt.code != REASON_NONE;
        reason_set(why, REASON_TARGET_NOT_FOUND, 0, "there is no %s%s%.300s", name, doubted ? "; " : "",
                   doubted ? view->doubt.text : "");
        return;
    }
    if (view->refused.code != REASON_NONE) {
        *why = view->refused;
        return;
    }
    for (size_t i = 0; session->target_container && i < view->workload.container_count; i++)
        if (strcmp(view->workload.containers[i].name, session->target_container) == 0)
            return;
    if (session->target_container)
        reason_set(why, REASON_CONTAINER_NOT_FOUND, 0, "%s has no container %.200s", name, session->target_container);
}

int session_check(const struct step *step, size_t index, struct reason *why)
{
    const struct split_session *session = &step->view->sessions[index].session;
    int r = 0;
    check_target(step->view, session, why);
    if (why->code == REASON_NONE && step->view->consumer_error.code != REASON_NONE)
        *why = step->view->consumer_error;
    for (size_t i = 0; r == 0 && why->code == REASON_NONE && i < session->queue_count; i++)
        r = check_queue(step, session, &session->queues[i], why);
    if (r == 0 && why->code == REASON_NONE && session->queue_count == 0)
        reason_set(why, REASON_FIELD_MISSING, 0, "spec.queues: names no queue");
    if (r == 0 && why->code == REASON_NONE)
        check_enabled(step, session, why);
    if (r == 0 && why->code == REASON_NONE)
        check_named_queues(step, index, why);
    if (r == 0 && why->code == REASON_NONE)
        check_overlap(step, index, why);
    if (r == 0 && why->code == REASON_NONE)
        session_check_limits(step, index, why);
    return r;
}
