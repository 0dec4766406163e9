/* When a split changes its phase, and what its record needs next. Pure; the table of transitions is state.def. */
#include "supervisor/split/step.h"

#include "supervisor/split/names.h"

void split_post(struct step *step, struct split_step *split, enum split_event event)
{
    enum split_phase next = split->view->record.phase;
    if (split_phase_next(split->view->record.phase, event, &next) == PHASE_IGNORED)
        step->memory->ignored_events++;
    else
        split->next = next;
}

bool split_has_session_temps(const struct split_record *record)
{
    for (size_t i = 0; i < record->temp_count; i++)
        if (record->temps[i].role == WORKER_TEMP_SESSION)
            return true;
    return false;
}

bool split_find_held(const struct split_step *split, struct split_held *ret)
{
    for (size_t i = 0; i < split->table.temp_count; i++) {
        const struct wanted_temp *wanted = &split->table.temps[i];
        const struct worker_temp_view *seen = worker_temp_of(&split->view->worker, wanted->name);
        if (wanted->role != WORKER_TEMP_SESSION || !seen || seen->state != WORKER_TEMP_WAITING)
            continue;
        ret->temp = &split->view->record.temps[i]; /* the table names what the record does, in its order */
        ret->code = seen->why.code == REASON_POSITION_BEHIND ? REASON_POSITION_BEHIND : REASON_WAITING_FOR_IN_FLIGHT;
        ret->deleted = wanted->want == WORKER_TEMP_WANT_ABSENT;
        return true;
    }
    return false;
}

const struct wanted_temp *split_failing_temp(const struct split_step *split, const struct reason **ret_why)
{
    for (size_t i = 0; i < split->table.temp_count; i++) {
        const struct wanted_temp *wanted = &split->table.temps[i];
        const struct worker_temp_view *seen = worker_temp_of(&split->view->worker, wanted->name);
        if (wanted->want == WORKER_TEMP_WANT_PRESENT || !seen || seen->state != WORKER_TEMP_FAILED)
            continue;
        *ret_why = &seen->why;
        return wanted;
    }
    return NULL;
}

static int wait_for_failing(struct step *step, struct split_step *split)
{
    const struct reason *why = NULL;
    const struct wanted_temp *failing = split_failing_temp(split, &why);
    if (!failing)
        return 0;
    return arena_printf(&step->plan->arena, &split->waits_for, "%s %.249s to be %s, which fails: %s",
                        queue_word(split->view->record.original.type), failing->name,
                        failing->want == WORKER_TEMP_WANT_ABSENT ? "deleted" : "emptied", why->text);
}

int split_wait_for_temps(struct step *step, struct split_step *split)
{
    struct split_held held;
    struct reason why;
    if (worker_cannot_start(step, split, &why)) {
        split->waits_for = WAITS_FOR_CONFIG;
        return 0;
    }
    if (!split_find_held(split, &held))
        return wait_for_failing(step, split);
    if (split->view->record.original.type != QUEUE_TYPE_KAFKA)
        return arena_printf(&step->plan->arena, &split->waits_for,
                            "what is held of queue %.249s to come free, and its counts to stay at zero",
                            held.temp->name);
    if (held.code == REASON_POSITION_BEHIND)
        return arena_printf(&step->plan->arena, &split->waits_for,
                            "the broker to have loaded what group %.255s has consumed", held.temp->group);
    return arena_printf(&step->plan->arena, &split->waits_for, "the members of group %.255s to leave it%s%.249s",
                        held.temp->group, held.deleted ? "" : ", which may hold messages of ",
                        held.deleted ? "" : held.temp->name);
}

int split_change_record(struct step *step, struct split_step *split, int result, struct json *document)
{
    if (result < 0)
        return result;
    split->record_changed = true;
    return plan_document(step->plan, ACTION_DOCUMENT_UPDATE, document);
}

/* As many queues of ended sessions as of living ones may be there: with more that nobody empties, a table would grow beyond what
 * a worker takes, and then not one of them could be deleted any more (S-15). */
bool split_is_full(const struct step *step, const struct split_record *record)
{
    return record->temp_count >= 1 + 2 * (size_t)step->view->settings->sessions_max;
}

/* A session's temp is written down before it is made. */
static int record_new_session(struct step *step, struct split_step *split)
{
    const struct split_record *record = &split->view->record;
    for (size_t i = 0; i < step->view->session_count && !split_is_full(step, record); i++) {
        const struct split_session *session = &step->view->sessions[i].session;
        const struct session_queue *queue = session_queue_split(step, session, record);
        struct split_temp temp = {.role = WORKER_TEMP_SESSION,
                                  .group = "",
                                  .session = session->key.name,
                                  .session_uid = session->uid,
                                  .mirror = queue && queue->mirror,
                                  .stamp = step->view->settings->stamp_session_key ? session->session_key : ""};
        struct json *document = NULL;
        if (!step->verdicts[i].served || split_record_temp_of(record, session->uid) ||
            session_part_is_over(step, i, record->original.type))
            continue;
        int r = temp_name(&step->plan->arena, step->view->settings->topic_format, step->view->random, session->uid,
                          false, &record->original, &temp.name);
        /* One variable may name the group for the queues of several splits: all of them give the session the same one. Its
         * uid is never used again, so the name is not either. */
        if (r == 0 && record->original.type == QUEUE_TYPE_KAFKA)
            r = session_group_name(&step->plan->arena, 0, session->uid, record->original.group, &temp.group);
        if (r == 0)
            r = split_record_with_temp(record, &temp, &document);
        return split_change_record(step, split, r, document);
    }
    return 0;
}

int split_forget_temps(struct step *step, struct split_step *split)
{
    const struct split_record *record = &split->view->record;
    for (size_t i = 0; i < split->table.temp_count; i++) {
        const struct wanted_temp *wanted = &split->table.temps[i];
        const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, wanted->name);
        struct json *document = NULL;
        if (wanted->want != WORKER_TEMP_WANT_ABSENT || wanted->role != WORKER_TEMP_SESSION || !temp ||
            temp->state != WORKER_TEMP_ABSENT || !split->table_in_force)
            continue;
        int r = split_record_without_temp(record, wanted->name, &document);
        return split_change_record(step, split, r, document);
    }
    return 0;
}

int split_keep_record(struct step *step, struct split_step *split)
{
    int r = split_forget_temps(step, split);
    return r || split->record_changed ? r : record_new_session(step, split);
}

/* --- Patching --- */

bool split_enough_patched(const struct step *step, const struct split_step *split)
{
    const struct target_observed *observed = &step->view->observed;
    int32_t pods = split->view->record.settings.wait_for_pods;
    bool known = step->target_fits && step->wanted.entry_count > 0 && observed->state != TARGET_STATE_UNKNOWN;
    return step->target_patched || (known && pods > 0 && observed->patched_ready >= (uint32_t)pods);
}

static int advance_patching(struct step *step, struct split_step *split)
{
    split->waits_for = step->patch_waits                   ? "the other queues of the target to be provisioned"
                       : step->view->observed.waits_for[0] ? step->view->observed.waits_for
                                                           : "the target to restart";
    if (!step->view->exists)
        split_post(step, split, SPLIT_EVENT_TARGET_GONE);
    else if (split_enough_patched(step, split))
        split_post(step, split, SPLIT_EVENT_TARGET_PATCHED);
    else if (step->stuck.code != REASON_NONE)
        split_post(step, split, SPLIT_EVENT_TARGET_STUCK);
    else if (step->served_count == 0)
        split_post(step, split, SPLIT_EVENT_UNWANTED);
    return split_keep_record(step, split);
}

/* --- Active, Idle --- */

static int advance_active(struct step *step, struct split_step *split)
{
    if (!step->view->exists)
        split_post(step, split, SPLIT_EVENT_TARGET_GONE);
    else if (step->served_count == 0 && !split_has_session_temps(&split->view->record))
        split_post(step, split, SPLIT_EVENT_LAST_SESSION_ENDED);
    int r = split_wait_for_temps(step, split);
    return r ? r : split_keep_record(step, split);
}

/* Splits of one target go to drain together; one that still empties the queues of its sessions is waited for. A session
 * that needs other splits does not have to wait for the time to live. */
static bool ttl_over(struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        struct mono over = mono_after(split->memory->phase_since, split->view->record.settings.ttl_ms);
        enum split_phase phase = split->view->record.phase;
        if (phase == SPLIT_IDLE && step->live_count == 0 && !mono_reached(step->view->now, over)) {
            plan_wake(step->plan, over);
            return false;
        }
        if (phase != SPLIT_IDLE && phase != SPLIT_DRAINING && phase != SPLIT_RESTORING && phase != SPLIT_FAILED)
            return false;
    }
    return true;
}

static int advance_idle(struct step *step, struct split_step *split)
{
    split->waits_for = "the time to live to end, or a session";
    if (!step->view->exists)
        split_post(step, split, SPLIT_EVENT_TARGET_GONE);
    else if (step->served_count > 0)
        split_post(step, split, SPLIT_EVENT_SESSION_ARRIVED);
    else if (ttl_over(step))
        split_post(step, split, SPLIT_EVENT_TTL_OVER);
    return split_forget_temps(step, split);
}

int split_advance(struct step *step, struct split_step *split)
{
    split->waits_for = "";
    if (split_is_abandoned(step, split))
        return split_finish(step, split);
    switch (split->view->record.phase) {
    case SPLIT_PENDING:
        split_post(step, split, SPLIT_EVENT_RECORDED);
        return 0;
    case SPLIT_PROVISIONING:
        return split_provision(step, split);
    case SPLIT_PATCHING:
        return advance_patching(step, split);
    case SPLIT_ACTIVE:
        return advance_active(step, split);
    case SPLIT_IDLE:
        return advance_idle(step, split);
    case SPLIT_DRAINING:
        return split_drain(step, split);
    case SPLIT_RESTORING:
        return split_restore(step, split);
    case SPLIT_FAILED:
        return split_undo(step, split);
    case SPLIT_PHASE_COUNT:
        break;
    }
    return 0;
}

void split_look(struct step *step, struct split_step *split)
{
    if (split->view->record.phase == SPLIT_DRAINING)
        split_drain_look(step, split);
}
