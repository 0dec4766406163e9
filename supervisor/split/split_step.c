/* When a split changes its phase, and what its record needs next. Pure; the table of transitions is state.def. */
#include "supervisor/split/step.h"

#include "supervisor/split/names.h"

#define PROVISION_DEADLINE_MS 120000
#define WORKER_FAILURES_MAX 5
#define DRAIN_REPEAT_MS 30000       /* an empty split waits this long for the others, then forwards again */
#define DRAIN_FORWARD_MS 5000       /* how long it then forwards */
#define DRAIN_KEEP_FORWARD_MS 30000 /* leftovers are kept: forwarding goes on between tries */
#define DRAIN_TRY_MS 10000          /* length of such a try */
#define DRAIN_ZERO_MS 60000         /* nobody is there to drain: as a drain timeout (W-4) */

void split_post(struct step *step, struct split_step *split, enum split_event event)
{
    enum split_phase next = split->view->record.phase;
    if (split_phase_next(split->view->record.phase, event, &next) == PHASE_IGNORED)
        step->memory->ignored_events++;
    else
        split->next = next;
}

bool split_patches(const struct split_step *split)
{
    switch (split->view->record.phase) {
    case SPLIT_PATCHING:
    case SPLIT_ACTIVE:
    case SPLIT_IDLE:
    case SPLIT_DRAINING:
        return true;
    case SPLIT_RESTORING:
        /* The worker first aborts what is open, so that restored instances can read on at once (K-7). */
        return !split->memory->released;
    case SPLIT_PENDING:
    case SPLIT_PROVISIONING:
    case SPLIT_FAILED:
    case SPLIT_PHASE_COUNT:
        break;
    }
    return false;
}

static bool has_session_temps(const struct split_record *record)
{
    for (size_t i = 0; i < record->temp_count; i++)
        if (record->temps[i].role == WORKER_TEMP_SESSION)
            return true;
    return false;
}

static int change_record(struct step *step, struct split_step *split, int result, struct json *document)
{
    if (result < 0)
        return result;
    split->record_changed = true;
    return plan_document(step->plan, ACTION_DOCUMENT_UPDATE, document);
}

/* A session's temp is written down before it is made; one a pass, so that each write is seen before the next. */
static int record_new_session(struct step *step, struct split_step *split)
{
    const struct split_record *record = &split->view->record;
    for (size_t i = 0; i < step->view->session_count; i++) {
        const struct split_session *session = &step->view->sessions[i].session;
        struct split_temp temp = {
            .role = WORKER_TEMP_SESSION, .session = session->key.name, .session_uid = session->uid};
        struct json *document = NULL;
        if (step->verdicts[i].fate != SESSION_LIVE || split_record_temp_of(record, session->uid))
            continue;
        int r = temp_topic_name(&step->plan->arena, step->view->settings->topic_format, step->view->random,
                                session->uid, false, record->topic, &temp.name);
        if (r == 0)
            r = session_group_name(&step->plan->arena, step->view->random, session->uid, record->group, &temp.group);
        if (r == 0)
            r = split_record_with_temp(record, &temp, &document);
        return change_record(step, split, r, document);
    }
    return 0;
}

static int forget_deleted_temp(struct step *step, struct split_step *split)
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
        return change_record(step, split, r, document);
    }
    return 0;
}

static int keep_record(struct step *step, struct split_step *split)
{
    int r = forget_deleted_temp(step, split);
    return r || split->record_changed ? r : record_new_session(step, split);
}

/* --- Provisioning --- */

static const struct reason *provision_error(const struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    if (split->view->properties_error.code != REASON_NONE && worker->presence == WORKER_NONE)
        return &split->view->properties_error;
    if (worker->presence == WORKER_NONE && worker->failures >= WORKER_FAILURES_MAX)
        return &worker->why;
    for (size_t i = 0; i < worker->temp_count; i++)
        if (worker->temps[i].state == WORKER_TEMP_FAILED)
            return &worker->temps[i].why;
    return NULL;
}

static bool is_provisioned(const struct split_step *split)
{
    const struct split_temp *fallback = split_record_fallback(&split->view->record);
    const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, fallback->name);
    return split->view->record.positions_recorded && temp && temp->state == WORKER_TEMP_PRESENT;
}

static bool barrier_provisioned(const struct step *step)
{
    for (size_t i = 0; i < step->view->queue_count; i++)
        if (queue_is_pending(step, &step->view->queues[i]))
            return false;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_step *split = &step->splits[i];
        if (split->view->record.phase == SPLIT_PENDING)
            return false;
        if (split->view->record.phase == SPLIT_PROVISIONING && !is_provisioned(split))
            return false;
    }
    return true;
}

static bool deadline_over(struct step *step, const struct split_step *split, int64_t limit_ms)
{
    struct mono deadline = mono_after(split->memory->progress_since, limit_ms);
    if (mono_reached(step->view->now, deadline))
        return true;
    plan_wake(step->plan, deadline);
    return false;
}

static int break_split(struct step *step, struct split_step *split, const struct reason *why)
{
    split->broken = *why;
    split_post(step, split, SPLIT_EVENT_BROKEN);
    for (const char *const *id = split->view->record.ids; *id; id++) {
        int r = target_memory_fail_queue(step->memory, *id, why, step->view->wall_ms);
        if (r < 0)
            return r;
    }
    return 0;
}

static int advance_provisioning(struct step *step, struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    const struct reason *error = provision_error(split);
    struct reason late = {.code = REASON_NONE};
    struct json *document = NULL;
    split->waits_for = "its worker to create the temporary topics";
    if (!step->view->exists || step->live_count == 0) {
        split_post(step, split, step->view->exists ? SPLIT_EVENT_UNWANTED : SPLIT_EVENT_TARGET_GONE);
        return 0;
    }
    if (!error && deadline_over(step, split, PROVISION_DEADLINE_MS)) {
        reason_set(&late, worker->condition_count ? worker->conditions[0].why.code : REASON_SETUP_DEADLINE, 0,
                   "topic %.200s: not provisioned in time; %.200s", split->view->record.topic,
                   worker->condition_count ? worker->conditions[0].why.text : "the worker made no progress");
        error = &late;
    }
    if (error)
        return break_split(step, split, error);
    if (worker->positions_complete && !split->view->record.positions_recorded) {
        int r =
            split_record_with_positions(&split->view->record, worker->positions, worker->position_count, &document);
        return change_record(step, split, r, document);
    }
    if (is_provisioned(split) && barrier_provisioned(step)) {
        split_post(step, split, SPLIT_EVENT_BARRIER_PROVISIONED);
        return 0;
    }
    if (is_provisioned(split))
        split->waits_for = "the other queues of the target to be provisioned";
    return keep_record(step, split);
}

/* --- Patching --- */

static bool enough_patched(const struct step *step, const struct split_step *split)
{
    const struct target_observed *observed = &step->view->observed;
    int32_t pods = split->view->record.settings.wait_for_pods;
    bool fits = strcmp(observed->entries_hash, step->wanted_hash) == 0;
    return step->target_patched || (fits && pods >= 0 && observed->patched_ready >= (uint32_t)pods && pods > 0);
}

static int advance_patching(struct step *step, struct split_step *split)
{
    split->waits_for = step->view->observed.waits_for[0] ? step->view->observed.waits_for : "the target to restart";
    if (!step->view->exists)
        split_post(step, split, SPLIT_EVENT_TARGET_GONE);
    else if (enough_patched(step, split))
        split_post(step, split, SPLIT_EVENT_TARGET_PATCHED);
    else if (step->stuck.code != REASON_NONE)
        split_post(step, split, SPLIT_EVENT_TARGET_STUCK);
    else if (step->live_count == 0)
        split_post(step, split, SPLIT_EVENT_UNWANTED);
    return keep_record(step, split);
}

/* --- Active, Idle --- */

static int advance_active(struct step *step, struct split_step *split)
{
    if (!step->view->exists)
        split_post(step, split, SPLIT_EVENT_TARGET_GONE);
    else if (step->live_count == 0 && !has_session_temps(&split->view->record))
        split_post(step, split, SPLIT_EVENT_LAST_SESSION_ENDED);
    return keep_record(step, split);
}

static int advance_idle(struct step *step, struct split_step *split)
{
    struct mono over = mono_after(split->memory->phase_since, split->view->record.settings.ttl_ms);
    split->waits_for = "the time to live to end, or a session";
    if (!step->view->exists)
        split_post(step, split, SPLIT_EVENT_TARGET_GONE);
    else if (step->live_count > 0)
        split_post(step, split, SPLIT_EVENT_SESSION_ARRIVED);
    else if (mono_reached(step->view->now, over))
        split_post(step, split, SPLIT_EVENT_TTL_OVER);
    else
        plan_wake(step->plan, over);
    return 0;
}

/* --- Draining --- */

static bool gives_up_waiting(struct step *step, const struct split_step *split)
{
    const struct split_settings *settings = &split->view->record.settings;
    int64_t limit_ms = settings->drain_timeout_ms;
    if (!step->view->exists)
        return true;
    if (step->view->observed.scaled_to_zero && (limit_ms < 0 || limit_ms > DRAIN_ZERO_MS))
        limit_ms = DRAIN_ZERO_MS;
    if (limit_ms < 0)
        return false;
    struct mono over = mono_after(split->memory->phase_since, limit_ms);
    if (!mono_reached(step->view->now, over)) {
        plan_wake(step->plan, over);
        return false;
    }
    return true;
}

static bool is_empty(const struct split_step *split)
{
    const struct split_temp *fallback = split_record_fallback(&split->view->record);
    const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, fallback->name);
    return split->table_in_force && split->table.mode == WORKER_MODE_HOLD && temp && temp->state == WORKER_TEMP_EMPTY;
}

static void forward_for(struct step *step, struct split_step *split, int64_t ms)
{
    split->memory->forward_until = mono_after(step->view->now, ms);
    split->memory->try_until = mono_after(step->view->now, ms + DRAIN_TRY_MS);
    split->memory->drained_since = (struct mono){0};
    plan_wake(step->plan, split->memory->forward_until);
}

/* Leftovers that nobody consumes in time, by the setting: kept (and messages flow on meanwhile), or given up. */
static void judge_timeout(struct step *step, struct split_step *split)
{
    struct split_memory *memory = split->memory;
    if (split->drained || !gives_up_waiting(step, split))
        return;
    if (split->view->record.settings.leftovers != LEFTOVERS_KEEP || !step->view->exists) {
        split->drained = true;
        return;
    }
    memory->leftovers_kept = true;
    if (mono_reached(step->view->now, memory->try_until))
        forward_for(step, split, DRAIN_KEEP_FORWARD_MS);
    else
        plan_wake(step->plan, memory->try_until);
}

static void look_at_drain(struct step *step, struct split_step *split)
{
    struct split_memory *memory = split->memory;
    if (is_empty(split) && !mono_is_set(memory->drained_since))
        memory->drained_since = step->view->now;
    if (!is_empty(split))
        memory->drained_since = (struct mono){0};
    split->drained = mono_is_set(memory->drained_since);
    judge_timeout(step, split);
}

static bool barrier_drained(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (step->splits[i].view->record.phase == SPLIT_DRAINING && !step->splits[i].drained)
            return false;
    return true;
}

/* The others still drain: what came into the original meanwhile must not wait for them. */
static void wait_for_others(struct step *step, struct split_step *split)
{
    struct mono repeat = mono_after(split->memory->drained_since, DRAIN_REPEAT_MS);
    split->waits_for = "the other queues of the target to be drained";
    if (!mono_is_set(split->memory->drained_since))
        return;
    if (mono_reached(step->view->now, repeat))
        forward_for(step, split, DRAIN_FORWARD_MS);
    else
        plan_wake(step->plan, repeat);
}

static int advance_draining(struct step *step, struct split_step *split)
{
    split->waits_for = "the application to consume what is left in the fallback";
    if (step->live_count > 0 && step->view->exists)
        split_post(step, split, SPLIT_EVENT_SESSION_ARRIVED);
    else if (has_session_temps(&split->view->record))
        split->waits_for = "the queues of ended sessions to be emptied";
    else if (barrier_drained(step))
        split_post(step, split, SPLIT_EVENT_BARRIER_DRAINED);
    else if (split->drained)
        wait_for_others(step, split);
    return keep_record(step, split);
}

/* --- Restoring, Failed --- */

static bool all_absent(const struct split_step *split)
{
    for (size_t i = 0; i < split->view->record.temp_count; i++) {
        const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, split->view->record.temps[i].name);
        if (!temp || temp->state != WORKER_TEMP_ABSENT || split->table.temps[i].want != WORKER_TEMP_WANT_ABSENT)
            return false;
    }
    return split->table_in_force;
}

/* Everything that the record lists is undone: the process goes, then the record. */
static int finish(struct step *step, struct split_step *split)
{
    struct json *document = NULL;
    split->memory->finished = true;
    split->waits_for = "its worker to end";
    if (split->view->worker.presence != WORKER_NONE)
        return split->view->worker.presence == WORKER_STOPPING
                   ? 0
                   : plan_worker_stop(step->plan, split->view->record.key.name);
    if (!split->view->record.deleting)
        return plan_delete(step->plan, &split->view->record.key);
    int r = split_record_without_finalizer(&split->view->record, &document);
    return change_record(step, split, r, document);
}

static int advance_restoring(struct step *step, struct split_step *split)
{
    split->waits_for = "its worker to let go of the broker";
    if (split->table_in_force && split->table.mode == WORKER_MODE_RELEASE)
        split->memory->released = true;
    if (split->memory->released)
        split->waits_for =
            step->view->observed.waits_for[0] ? step->view->observed.waits_for : "the target to run as before";
    if (step->target_clean)
        split->waits_for = "its worker to delete the temporary topics";
    if (split->memory->finished || (step->target_clean && split->memory->released && all_absent(split)))
        return finish(step, split);
    return 0;
}

static int advance_failed(struct step *step, struct split_step *split)
{
    split->waits_for = "its worker to delete the temporary topics";
    return split->memory->finished || all_absent(split) ? finish(step, split) : 0;
}

int split_advance(struct step *step, struct split_step *split)
{
    split->next = split->view->record.phase;
    split->waits_for = "";
    switch (split->view->record.phase) {
    case SPLIT_PENDING:
        split_post(step, split, SPLIT_EVENT_RECORDED);
        return 0;
    case SPLIT_PROVISIONING:
        return advance_provisioning(step, split);
    case SPLIT_PATCHING:
        return advance_patching(step, split);
    case SPLIT_ACTIVE:
        return advance_active(step, split);
    case SPLIT_IDLE:
        return advance_idle(step, split);
    case SPLIT_DRAINING:
        return advance_draining(step, split);
    case SPLIT_RESTORING:
        return advance_restoring(step, split);
    case SPLIT_FAILED:
        return advance_failed(step, split);
    case SPLIT_PHASE_COUNT:
        break;
    }
    return 0;
}

void split_look(struct step *step, struct split_step *split)
{
    if (split->view->record.phase == SPLIT_DRAINING)
        look_at_drain(step, split);
}
