/* The table that the worker of a split should make true in this phase. Pure. */
#include "supervisor/split/step.h"

const struct worker_temp_view *worker_temp_of(const struct worker_view *worker, const char *name)
{
    for (size_t i = 0; i < worker->temp_count; i++)
        if (strcmp(worker->temps[i].name, name) == 0)
            return &worker->temps[i];
    return NULL;
}

const struct reason *worker_trouble(const struct worker_view *worker)
{
    for (size_t i = 0; i < worker->condition_count; i++)
        if (worker->conditions[i].session[0] == '\0')
            return &worker->conditions[i].why;
    return NULL;
}

static enum worker_temp_state state_of(const struct split_step *split, const char *name)
{
    const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, name);
    return temp ? temp->state : WORKER_TEMP_UNKNOWN;
}

/* What was last asked of this temp; a deletion once ordered is not taken back because it takes several tries. */
static bool deletion_ordered(const struct split_step *split, const char *name)
{
    const struct wanted_table *pushed = split->view->worker.pushed;
    for (size_t i = 0; pushed && i < pushed->temp_count; i++)
        if (strcmp(pushed->temps[i].name, name) == 0)
            return pushed->temps[i].want == WORKER_TEMP_WANT_ABSENT;
    return false;
}

static enum worker_temp_want emptied_then_absent(const struct split_step *split, const char *name)
{
    enum worker_temp_state state = state_of(split, name);
    bool gone = state == WORKER_TEMP_EMPTY || state == WORKER_TEMP_ABSENT || deletion_ordered(split, name);
    return gone ? WORKER_TEMP_WANT_ABSENT : WORKER_TEMP_WANT_EMPTIED;
}

/* A session is served until its end is written down, or until the splits go on without a queue that it needs: then it
 * gets new queues with the next ones. */
static bool session_is_served(const struct step *step, enum queue_type type, const char *uid)
{
    for (size_t i = 0; i < step->view->session_count; i++)
        if (strcmp(step->view->sessions[i].session.uid, uid) == 0)
            return !session_is_over(&step->view->sessions[i].session) && !session_part_is_over(step, i, type) &&
                   session_is_servable(step, &step->view->sessions[i].session);
    return false;
}

/* From the release on never wanted present again: after a restart it is not known at first whether it was deleted. What
 * the worker does with leftovers is said by its specification; a deletion always follows a proof that nothing is left. */
static enum worker_temp_want want_fallback(const struct step *step, const struct split_step *split,
                                           const struct split_temp *temp)
{
    const struct split_record *record = &split->view->record;
    if (record->phase == SPLIT_FAILED)
        return WORKER_TEMP_WANT_ABSENT;
    if (record->phase != SPLIT_RESTORING || !record->released)
        return WORKER_TEMP_WANT_PRESENT;
    return step->target_clean ? emptied_then_absent(split, temp->name) : WORKER_TEMP_WANT_EMPTIED;
}

static enum worker_temp_want want_of(const struct step *step, const struct split_step *split,
                                     const struct split_temp *temp)
{
    if (temp->role == WORKER_TEMP_FALLBACK)
        return want_fallback(step, split, temp);
    if (split->view->record.phase == SPLIT_FAILED)
        return WORKER_TEMP_WANT_ABSENT;
    if (session_is_served(step, split->view->record.original.type, temp->session_uid) &&
        !deletion_ordered(split, temp->name))
        return WORKER_TEMP_WANT_PRESENT;
    /* Copies went to the application already: handed on they would reach it twice. */
    return temp->mirror ? WORKER_TEMP_WANT_ABSENT : emptied_then_absent(split, temp->name);
}

static int add_temps(struct step *step, struct split_step *split)
{
    const struct split_record *record = &split->view->record;
    void *memory = NULL;
    int r = arena_alloc_array(&step->plan->arena, record->temp_count + 1, sizeof(struct wanted_temp), &memory);
    struct wanted_temp *temps = memory;
    for (size_t i = 0; r == 0 && i < record->temp_count; i++)
        temps[i] = (struct wanted_temp){.name = record->temps[i].name,
                                        .role = record->temps[i].role,
                                        .want = want_of(step, split, &record->temps[i]),
                                        .session = record->temps[i].session_uid,
                                        .group = record->temps[i].group,
                                        .stamp = record->temps[i].stamp};
    split->table.temps = temps;
    split->table.temp_count = record->temp_count;
    return r;
}

/* A session is routed once its queue was seen; and always when it was Ready, so that a new worker begins with it. */
static bool is_routable(const struct split_step *split, const struct split_session *session,
                        const struct split_temp *temp)
{
    const struct wanted_table *pushed = split->view->worker.pushed;
    if (session_is_ready(session) || state_of(split, temp->name) == WORKER_TEMP_PRESENT)
        return true;
    for (size_t i = 0; pushed && i < pushed->session_count; i++)
        if (strcmp(pushed->sessions[i].uid, session->uid) == 0)
            return true;
    return false;
}

static int add_filters(struct step *step, const struct session_queue *queue, struct wanted_session *session)
{
    void *memory = NULL;
    size_t count = queue ? queue->filter_count : 0;
    int r = arena_alloc_array(&step->plan->arena, count + 1, sizeof(struct wanted_filter), &memory);
    struct wanted_filter *filters = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        filters[i] = (struct wanted_filter){queue->filters[i].name, queue->filters[i].pattern};
    session->filters = filters;
    session->filter_count = count;
    return r;
}

static int add_session(struct step *step, struct split_step *split, size_t index, struct wanted_session *sessions)
{
    const struct split_session *session = &step->view->sessions[index].session;
    const struct split_temp *temp = split_record_temp_of(&split->view->record, session->uid);
    /* A worker refuses a table that routes to a temp which is not wanted. */
    if (!temp || want_of(step, split, temp) != WORKER_TEMP_WANT_PRESENT || !is_routable(split, session, temp))
        return 0;
    const struct session_queue *queue = session_queue_split(step, session, &split->view->record);
    struct wanted_session *wanted = &sessions[split->table.session_count++];
    *wanted = (struct wanted_session){.uid = session->uid,
                                      .temp = temp->name,
                                      .mode = queue && queue->mirror ? WORKER_SESSION_MIRROR : WORKER_SESSION_STEAL,
                                      .stamp = temp->stamp};
    return add_filters(step, queue, wanted);
}

static int add_sessions(struct step *step, struct split_step *split)
{
    void *memory = NULL;
    int r =
        arena_alloc_array(&step->plan->arena, step->view->session_count + 1, sizeof(struct wanted_session), &memory);
    for (size_t i = 0; r == 0 && i < step->view->session_count; i++)
        r = add_session(step, split, i, memory);
    split->table.sessions = memory;
    return r;
}

static bool somebody_is_patched(const struct step *step)
{
    const struct target_observed *observed = &step->view->observed;
    return step->target_fits && step->wanted.entry_count > 0 &&
           (observed->patched_ready > 0 || observed->scaled_to_zero || step->target_patched);
}

/* Forwarding begins with the first patched instance (C-2) and goes on even when that one dies again. An unpatched one that stays may
 * be away from its group for a moment only, as after a reboot of its node: an empty group proves nothing then (K-9). */
static enum worker_mode mode_while_patching(const struct step *step, const struct split_step *split)
{
    const struct wanted_table *pushed = split->view->worker.pushed;
    bool begun = pushed && pushed->mode == WORKER_MODE_FORWARD;
    bool free = step->view->observed.unpatched_staying == 0;
    return begun || (free && somebody_is_patched(step)) ? WORKER_MODE_FORWARD : WORKER_MODE_PREPARE;
}

/* Between two tries to drain messages flow on, if there is anybody for whom; and as long as nobody may end the drain. */
static enum worker_mode mode_while_draining(const struct step *step, const struct split_step *split)
{
    if (step->held.code != REASON_NONE)
        return WORKER_MODE_FORWARD;
    bool holds = mono_reached(step->view->now, split->memory->forward_until) || !somebody_is_patched(step);
    return holds ? WORKER_MODE_HOLD : WORKER_MODE_FORWARD;
}

static enum worker_mode mode_of(const struct step *step, const struct split_step *split)
{
    switch (split->view->record.phase) {
    case SPLIT_PENDING:
        return WORKER_MODE_CHECK;
    case SPLIT_PROVISIONING:
        return WORKER_MODE_PREPARE;
    case SPLIT_PATCHING:
        return mode_while_patching(step, split);
    case SPLIT_ACTIVE:
    case SPLIT_IDLE:
        return WORKER_MODE_FORWARD;
    case SPLIT_DRAINING:
        return mode_while_draining(step, split);
    case SPLIT_RESTORING:
    case SPLIT_FAILED:
    case SPLIT_PHASE_COUNT:
        break;
    }
    return WORKER_MODE_RELEASE;
}

/* Once a split was Active nobody unpatched consumed, unless its sessions did not wait for all instances; K-9's watch for
 * foreign consumers goes on from there. */
static bool original_is_free(const struct step *step, const struct split_step *split)
{
    enum split_phase phase = split->view->record.phase;
    const struct wanted_table *pushed = split->view->worker.pushed;
    if (phase == SPLIT_PENDING || phase == SPLIT_PROVISIONING)
        return false;
    if (phase == SPLIT_PATCHING || phase == SPLIT_DRAINING || split->view->record.settings.wait_for_pods >= 0)
        return step->target_patched || (pushed && pushed->original_free);
    return step->view->observed.state == TARGET_STATE_UNKNOWN || !step->target_fits ||
           step->view->observed.unpatched_gone;
}

/* After a restart of ours the target is not known at once, and a table of ours could only stop what a worker that lives on
 * does rightly. */
static bool knows_too_little(const struct step *step, const struct split_step *split)
{
    bool hidden = step->held.code != REASON_NONE && !step->view->exists;
    return split->view->record.phase == SPLIT_PATCHING && (step->view->exists || hidden) &&
           !split->view->worker.pushed && step->view->observed.state == TARGET_STATE_UNKNOWN;
}

/* A worker that settled what was open under the split's transactional ids has fenced every other (K-7); it does so before it
 * applies its first table of these modes. Elsewhere only a proof counts, an expired Lease is none. */
static const struct former_worker *find_former(const struct split_step *split, bool applied)
{
    const struct split_view *view = split->view;
    enum worker_mode mode = split->table.mode;
    bool takes_over = mode != WORKER_MODE_CHECK && mode != WORKER_MODE_PREPARE;
    bool fenced = applied && takes_over && view->worker.delivery == WORKER_DELIVERY_EXACTLY_ONCE;
    return fenced ? NULL : former_left(view->formers, view->former_count);
}

int table_step(struct step *step, struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    split->table = (struct wanted_table){.mode = mode_of(step, split),
                                         .original_free = original_is_free(step, split),
                                         .positions = split->view->record.positions,
                                         .position_count = split->view->record.position_count};
    int r = add_temps(step, split);
    if (r == 0)
        r = add_sessions(step, split);
    if (r < 0)
        return r;
    bool same = worker->pushed && wanted_table_equal(worker->pushed, &split->table);
    bool applied = same && worker->pushed_applied && worker->presence == WORKER_LIVE;
    split->former = find_former(split, applied);
    split->table_in_force = applied && !split->former;
    if (same || knows_too_little(step, split) ||
        (worker->presence != WORKER_LIVE && worker->presence != WORKER_STARTING))
        return 0;
    return plan_worker_table(step->plan, split->view->record.key.name, &split->table);
}
