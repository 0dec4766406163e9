/* What reconcile sees of a worker, and the tables and events that go between. Fails only for lack of memory. */
#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

int fleet_table(struct fleet *fleet, const char *worker, const struct wanted_table *table)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    if (!entry || !entry->peer || entry->presence == WORKER_STOPPING)
        return 0;
    entry->asked = true;
    struct wanted_table next = *table;
    next.generation = worker_peer_generation_floor(entry->peer) + 1;
    int r = worker_link_push(entry->peer, &next);
    check(r != WORKER_LINK_STALE); /* the floor was just asked for */
    return r;
}

static int copy_temps(struct worker_observed *observed, const struct wanted_table *pushed, struct arena *arena,
                      struct worker_view *view)
{
    void *memory = NULL;
    size_t count = 0;
    int r = arena_alloc_array(arena, pushed->temp_count + 1, sizeof(struct worker_temp_view), &memory);
    struct worker_temp_view *temps = memory;
    for (size_t i = 0; r == 0 && i < pushed->temp_count; i++) {
        const struct observed_temp *temp = worker_observed_temp(observed, pushed->temps[i].name);
        if (temp)
            temps[count++] =
                (struct worker_temp_view){temp->name, temp->state, temp->remaining, temp->moved, temp->why};
    }
    view->temps = temps;
    view->temp_count = count;
    return r;
}

static int copy_conditions(struct worker_observed *observed, struct arena *arena, struct worker_view *view)
{
    void *memory = NULL;
    size_t count = 0;
    const struct observed_condition *condition = NULL;
    while ((condition = worker_observed_condition_next(observed, condition)))
        count++;
    int r = arena_alloc_array(arena, count + 1, sizeof(struct worker_condition_view), &memory);
    struct worker_condition_view *conditions = memory;
    count = 0;
    while (r == 0 && (condition = worker_observed_condition_next(observed, condition)))
        conditions[count++] = (struct worker_condition_view){condition->why, condition->session};
    view->conditions = conditions;
    view->condition_count = count;
    return r;
}

static int copy_positions(const struct worker_observed *observed, struct arena *arena, struct worker_view *view)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, observed->position_count + 1, sizeof(struct wanted_position), &memory);
    struct wanted_position *positions = memory;
    for (size_t i = 0; r == 0 && i < observed->position_count; i++)
        positions[i] = (struct wanted_position){observed->positions[i].partition, observed->positions[i].start,
                                                observed->positions[i].end};
    view->positions = positions;
    view->position_count = observed->position_count;
    view->positions_complete = observed->positions_known;
    return r;
}

static int copy_reports(struct fleet_entry *entry, struct arena *arena, struct worker_view *view)
{
    struct worker_observed *observed = worker_peer_observed(entry->peer);
    const struct wanted_table *pushed = worker_peer_wanted(entry->peer);
    view->checked = observed->checked;
    view->cluster = observed->cluster;
    view->partitions = observed->partitions;
    view->delivery = observed->delivery;
    view->forwarding = observed->forwarding_known ? observed->forwarding : WORKER_FORWARDING_STOPPED;
    view->forwarding_why = observed->forwarding_why;
    view->pushed = pushed;
    view->generation = observed->applied;
    view->pushed_applied = pushed && observed->applied == pushed->generation;
    int r = pushed ? copy_temps(observed, pushed, arena, view) : 0;
    if (r == 0)
        r = copy_conditions(observed, arena, view);
    return r ? r : copy_positions(observed, arena, view);
}

int fleet_observe(struct fleet *fleet, const char *worker, struct arena *arena, struct worker_view *ret)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    if (!entry)
        return 0;
    entry->asked = true;
    ret->presence = entry->presence;
    ret->incarnation = entry->incarnation;
    ret->pid = entry->presence == WORKER_NONE ? 0 : entry->pid;
    ret->failures = entry->failures;
    ret->retry = entry->retry;
    if (entry->presence != WORKER_LIVE)
        ret->why = entry->why;
    ret->last_words = entry->last_words;
    if (!entry->replacing) /* no hash is that of any specification */
        memcpy(ret->spec_hash, entry->spec_hash, sizeof ret->spec_hash);
    return entry->peer ? copy_reports(entry, arena, ret) : 0;
}

/* A worker tells its events again to each new supervisor. */
static bool take_new_event(struct fleet_entry *entry, struct observed_event *ret)
{
    while (entry->peer && worker_observed_event_take(worker_peer_observed(entry->peer), ret))
        if (ret->sequence > entry->event_seen) {
            entry->event_seen = ret->sequence;
            entry->memory_dirty = true;
            return true;
        }
    return false;
}

bool fleet_event_take(struct fleet *fleet, char ret_worker[GUARDIAN_SPLIT_SIZE], struct observed_event *ret)
{
    for (struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next)
        if (take_new_event(entry, ret)) {
            memcpy(ret_worker, entry->worker, GUARDIAN_SPLIT_SIZE);
            return true;
        }
    /* Saved after they were told: a death between tells them twice, not never. */
    for (struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next)
        if (entry->memory_dirty)
            fleet_memory_save(fleet, entry);
    return false;
}

void fleet_events_log(struct fleet *fleet)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    struct observed_event event;
    while (fleet_event_take(fleet, worker, &event))
        log_info("supervisor.event", "a worker reports", LF_STR("split", worker), LF_STR("session", event.session),
                 LF_REASON(&event.what));
}

const struct figures *fleet_figures(struct fleet *fleet, const char *worker, const char *session)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    return entry && entry->peer ? worker_observed_figures(worker_peer_observed(entry->peer), session) : NULL;
}

const struct observed_pace *fleet_pace(struct fleet *fleet, const char *worker)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    return entry && entry->peer ? worker_observed_pace(worker_peer_observed(entry->peer), "") : NULL;
}

bool fleet_numbers(struct fleet *fleet, const char *worker, struct fleet_numbers *ret)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    if (!entry)
        return false;
    struct worker_observed *seen = entry->peer ? worker_peer_observed(entry->peer) : NULL;
    *ret = (struct fleet_numbers){.presence = entry->presence,
                                  .forwards =
                                      seen && seen->forwarding_known && seen->forwarding == WORKER_FORWARDING_RUNNING,
                                  .starts = entry->incarnation,
                                  .figures = seen ? worker_observed_figures(seen, "") : NULL,
                                  .work = seen && seen->work_known ? &seen->work : NULL,
                                  .problems = seen ? seen->problems : NULL};
    return true;
}
