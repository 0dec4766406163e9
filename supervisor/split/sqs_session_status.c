/* MirrordSQSSession.status: one member says how far it is, as the clients that know it expect. Pure. */
#include "common/base/mono.h"
#include "supervisor/split/step.h"

#define STATUS_DENIED 403
#define STATUS_NOT_FOUND 404
#define STATUS_REFUSED 422
#define STATUS_FAILED 500
#define STATUS_TIMEOUT 504

static int set_names(struct json *map, const char *key, const char *original, const char *output)
{
    struct json *object = NULL;
    if (json_get(map, key))
        return 0; /* one id may stand for several queues; every variable tells its own */
    int r = json_object_at(map, key, &object);
    if (r == 0)
        r = json_set_text(object, "originalName", original);
    return r ? r : json_set_text(object, "outputName", output);
}

static int set_variables(struct step *step, const struct split_session *session, const struct split_record *record,
                         const struct split_temp *temp, struct json *map)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < record->entry_count; i++) {
        const struct entry_place place = split_entry_place(record, &record->entries[i]);
        const char *value = NULL;
        r = session_value(step, session, &place, temp->name, &value);
        if (r == 0)
            r = set_names(map, place.variable, place.at_count ? place.base : record->original.name, value);
    }
    return r;
}

static int set_split(struct step *step, const struct split_session *session, const struct split_record *record,
                     struct json *names, struct json *variables)
{
    const struct split_temp *temp = split_record_temp_of(record, session->uid);
    int r = 0;
    if (!temp || record->original.type != QUEUE_TYPE_SQS || record->phase == SPLIT_FAILED)
        return 0;
    for (const char *const *id = record->ids; r == 0 && *id; id++)
        r = set_names(names, *id, record->original.name, temp->name);
    return r ? r : set_variables(step, session, record, temp, variables);
}

static int set_details(struct step *step, const struct split_session *session, struct json *status,
                       const char *member)
{
    struct json *details = NULL, *names = NULL, *variables = NULL;
    int r = json_object_at(status, member, &details);
    if (r == 0)
        r = json_object_at(details, "queueNames", &names);
    if (r == 0)
        r = json_object_at(details, "envUpdates", &variables);
    for (size_t i = 0; r == 0 && i < step->view->split_count; i++)
        r = set_split(step, session, &step->view->splits[i].record, names, variables);
    return r;
}

static int set_starting(const struct split_session *session, struct json *status)
{
    struct json *starting = NULL;
    char since[WALL_TEXT_SIZE];
    wall_format(session->created_ms, since);
    int r = json_object_at(status, "Starting", &starting);
    return r ? r : json_set_text(starting, "start_time_utc", since);
}

static int64_t code_of(enum reason_code code)
{
    if (code == REASON_SETUP_DEADLINE)
        return STATUS_TIMEOUT;
    if (code == REASON_QUEUE_MISSING || code == REASON_QUEUE_NOT_FOUND || code == REASON_TARGET_NOT_FOUND)
        return STATUS_NOT_FOUND;
    if (code == REASON_BROKER_AUTHENTICATION || code == REASON_BROKER_AUTHORIZATION)
        return STATUS_DENIED;
    return STATUS_REFUSED;
}

static int set_error(struct json *object, const char *member, const char *reason, int64_t code)
{
    struct json *error = NULL;
    int r = json_object_at(object, member, &error);
    if (r == 0)
        r = json_set_text(error, "reason", reason[0] ? reason : "unknown");
    return r ? r : json_set_int(error, "statusCode", code);
}

/* As the session says it, whose document is all that is left of it when it is over. */
static int set_start_error(const struct step *step, size_t index, struct json *status)
{
    const struct session_verdict *verdict = &step->verdicts[index];
    const struct json *conditions = json_path(step->view->sessions[index].document, "status", "conditions", NULL);
    const struct json *ready = condition_find(conditions, "Ready");
    if (verdict->fate == SESSION_REFUSED)
        return set_error(status, "StartError", verdict->why.text, code_of(verdict->why.code));
    return set_error(status, "StartError", json_text(json_get(ready, "message")),
                     code_of(reason_from_name(json_str(json_get(ready, "reason")))));
}

/* Why a queue of the session cannot be taken away; NULL: nothing is known against it. */
static const struct reason *failing(const struct step *step, const char *uid)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct reason *why = NULL;
        const struct wanted_temp *temp = split_failing_temp(&step->splits[i], &why);
        if (temp && strcmp(temp->session, uid) == 0 && step->view->splits[i].record.original.type == QUEUE_TYPE_SQS)
            return why;
    }
    return NULL;
}

static int set_cleanup_error(struct step *step, const struct split_session *session, const struct reason *why,
                             struct json *status)
{
    struct json *cleanup = NULL;
    int r = json_object_at(status, "CleanupError", &cleanup);
    if (r == 0)
        r = set_error(cleanup, "error", why->text, STATUS_FAILED);
    return r ? r : set_details(step, session, cleanup, "details");
}

static bool queues_are_there(const struct step *step, const struct split_session *session)
{
    size_t there = 0;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_view *split = &step->view->splits[i];
        const struct split_temp *temp = split_record_temp_of(&split->record, session->uid);
        const struct worker_temp_view *seen = temp ? worker_temp_of(&split->worker, temp->name) : NULL;
        if (split->record.original.type != QUEUE_TYPE_SQS || split->record.phase == SPLIT_FAILED)
            continue;
        if (!seen || seen->state != WORKER_TEMP_PRESENT)
            return false;
        there++;
    }
    return there > 0;
}

/* What it was told once stays: queues and variables of a session do not change. */
static bool is_told(const struct json *before, const char *member) { return json_get(before, member) != NULL; }

static int set_live(struct step *step, const struct split_session *session, const struct json *before,
                    struct json *status)
{
    if (is_told(before, "Ready"))
        return 0;
    if (session_is_ready(session))
        return set_details(step, session, status, "Ready");
    if (is_told(before, "RegisteringFilters"))
        return 0;
    return queues_are_there(step, session) ? set_details(step, session, status, "RegisteringFilters")
                                           : set_starting(session, status);
}

int sqs_session_status(struct step *step, size_t index, struct json **ret)
{
    const struct split_session *session = &step->view->sessions[index].session;
    const struct json *before = json_get(step->verdicts[index].sqs->document, "status");
    const struct reason *why = failing(step, session->uid);
    struct json *status CLEANUP(json_freep) = json_new_object();
    enum session_fate fate = step->verdicts[index].fate;
    int r = status ? 0 : -ENOMEM;
    if (r == 0 && (fate == SESSION_REFUSED || strcmp(session->phase, "Failed") == 0))
        r = set_start_error(step, index, status);
    else if (r == 0 && why)
        r = set_cleanup_error(step, session, why, status);
    else if (r == 0 && (fate == SESSION_LIVE || fate == SESSION_NEW))
        r = set_live(step, session, before, status);
    if (r == 0 && json_count(status) > 0)
        *ret = TAKE(status);
    return r;
}
