/* QueueSplit.status.sessions[]: who is served, in route order, and how those before them ended. Pure.
 *
 * What ended stands here as long as an ended session would be kept, because the document of one that was deleted is gone. */
#include "common/base/mono.h"
#include "supervisor/split/step.h"

#define ENDED_MAX 100 /* the latest ones */

static int append(struct json *list, const char *name, const char *uid, const char *owner, struct json **ret)
{
    struct json *object = json_new_object();
    int r = object ? json_append_take(list, object) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "name", name);
    if (r == 0)
        r = json_set_text(object, "uid", uid);
    if (r == 0)
        r = json_set_text(object, "owner", owner);
    if (r == 0)
        *ret = object;
    return r;
}

static int write_live(struct step *step, const struct split_step *split, struct json *status, struct json *list)
{
    int64_t order = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->session_count; i++) {
        const struct split_session *session = &step->view->sessions[i].session;
        struct json *object = NULL;
        if (step->verdicts[i].fate != SESSION_LIVE || !split_record_temp_of(&split->view->record, session->uid))
            continue;
        r = append(list, session->key.name, session->uid, session->owner_username, &object);
        if (r == 0)
            r = json_set_int(object, "order", ++order);
    }
    return r ? r : json_set_int(status, "sessionCount", order); /* a column of kubectl cannot count a list */
}

/* One whose document says that it is over. */
static const char *end_of_document(const struct session_view *view)
{
    const struct json *conditions = json_path(view->document, "status", "conditions", NULL);
    const struct json *ready = condition_find(conditions, "Ready");
    if (view->session.end_reason[0])
        return view->session.end_reason;
    return ready ? json_text(json_get(ready, "reason")) : reason_name(REASON_SESSION_KILLED);
}

/* How a session ended; NULL: it did not. Whoever deletes one says with an annotation that it finished; else it was killed. */
static const char *end_of(const struct step *step, const char *uid)
{
    for (size_t i = 0; i < step->view->session_count; i++) {
        const struct session_verdict *verdict = &step->verdicts[i];
        if (strcmp(step->view->sessions[i].session.uid, uid) != 0)
            continue;
        switch (verdict->fate) {
        case SESSION_NEW:
        case SESSION_LIVE:
            return NULL;
        case SESSION_REFUSED:
            return reason_name(verdict->why.code);
        case SESSION_ENDING:
            return reason_name(verdict->end);
        case SESSION_OVER:
            return end_of_document(&step->view->sessions[i]);
        }
    }
    return reason_name(target_memory_session_end(step->memory, uid));
}

static int write_ended(struct step *step, const struct json *before, const char *end, struct json *list)
{
    const char *told = json_text(json_get(before, "endedAt"));
    struct json *object = NULL;
    char now[WALL_TEXT_SIZE];
    wall_format(step->view->wall_ms, now);
    int r = append(list, json_text(json_get(before, "name")), json_text(json_get(before, "uid")),
                   json_text(json_get(before, "owner")), &object);
    if (r == 0)
        r = json_set_text(object, "endReason", end);
    return r ? r : json_set_text(object, "endedAt", told[0] ? told : now);
}

static bool is_forgotten(struct step *step, const struct json *before)
{
    int64_t ended_ms = 0, left_ms;
    if (wall_parse(json_text(json_get(before, "endedAt")), &ended_ms) != 0)
        return false; /* it ended only now */
    left_ms = ended_ms + step->view->settings->session_kept_s * 1000 - step->view->wall_ms;
    if (left_ms > 0)
        plan_wake(step->plan, mono_after(step->view->now, left_ms));
    return left_ms <= 0;
}

/* The end that is told already, or the one that is seen now; NULL: none. */
static const char *end_to_tell(const struct step *step, const struct json *before)
{
    const char *told = json_text(json_get(before, "endReason"));
    return told[0] ? told : end_of(step, json_text(json_get(before, "uid")));
}

int split_sessions_write(struct step *step, struct split_step *split, struct json *status)
{
    const struct json *before = json_path(split->view->record.document, "status", "sessions", NULL);
    struct json *list CLEANUP(json_freep) = json_new_array();
    size_t ended = 0;
    int r = list ? write_live(step, split, status, list) : -ENOMEM;
    for (size_t i = 0; i < json_count(before); i++)
        ended += end_to_tell(step, json_at(before, i)) != NULL;
    for (size_t i = 0; r == 0 && i < json_count(before); i++) {
        const char *end = end_to_tell(step, json_at(before, i));
        if (end && ended-- <= ENDED_MAX && !is_forgotten(step, json_at(before, i)))
            r = write_ended(step, json_at(before, i), end, list);
    }
    return r ? r : json_set_take(status, "sessions", TAKE(list));
}
