/* What the target's environment should be: the union of what its splits need, so that many splits are one rollout (W-3).
 * Pure. */
#include "supervisor/split/step.h"

static bool any_phase(const struct step *step, enum split_phase first, enum split_phase last)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        enum split_phase phase = step->view->splits[i].record.phase;
        if (phase >= first && phase <= last)
            return true;
    }
    return false;
}

bool target_is_read(const struct step *step) { return step->view->exists || !step->view->observed.unread; }

/* Entries in force belong to splits of these phases; the phases of state.def stand in the order of a life. */
static bool holds_patch(const struct split_record *record)
{
    switch (record->phase) {
    case SPLIT_PATCHING:
    case SPLIT_ACTIVE:
    case SPLIT_IDLE:
    case SPLIT_DRAINING:
        return true;
    case SPLIT_RESTORING:
        /* The worker first aborts what is open, so that restored instances can read on at once (K-7). */
        return !record->released;
    case SPLIT_PENDING:
    case SPLIT_PROVISIONING:
    case SPLIT_FAILED:
    case SPLIT_PHASE_COUNT:
        break;
    }
    return false;
}

/* All or none: splits that leave a barrier are written one by one, and a crash may lie between. Until the last one
 * has followed, the target stays as it is. */
static bool wants_patch(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (holds_patch(&step->view->splits[i].record))
            return !step->patch_waits;
    return false;
}

/* Those whose entries are in force together, or were. */
static bool is_of_set(const struct split_record *record, bool patched, bool wanted)
{
    return wanted ? split_record_has_entries(record) : !(patched && split_record_has_entries(record));
}

/* One variable may name queues of several splits: each of them gets the whole, with every fallback in its place. */
static int value_of(struct step *step, const struct split_entry *entry, bool patched, bool wanted, const char **ret)
{
    struct entry_value value = {
        .arena = &step->plan->arena, .container = entry->container, .variable = entry->variable, .base = entry->base};
    int r = 0;
    *ret = entry->temporary;
    if (!entry->at_count)
        return 0;
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_record *record = &step->view->splits[i].record;
        if (r == 0 && is_of_set(record, patched, wanted))
            r = split_record_add(record, &value);
    }
    return r ? r : entry_value_compose(&value, ret);
}

static int add_entries(struct step *step, const struct split_record *record, bool patched, bool wanted,
                       struct target_entry *entries, size_t *count)
{
    int r = 0;
    if (record->entry_count > TARGET_ENTRIES_MAX - *count)
        return -ENOBUFS;
    split_record_entries(record, &entries[*count]);
    for (size_t i = 0; r == 0 && i < record->entry_count; i++)
        r = value_of(step, &record->entries[i], patched, wanted, &entries[*count + i].value);
    *count += record->entry_count;
    return r;
}

static void add_settings(struct step *step, const struct split_settings *settings)
{
    if (settings->restart_timeout_ms > step->wanted.restart_timeout_ms)
        step->wanted.restart_timeout_ms = settings->restart_timeout_ms;
    step->wanted.pin_dependents = step->wanted.pin_dependents || settings->pin_dependents;
    step->wanted.ignore_autoscaler = step->wanted.ignore_autoscaler || settings->ignore_autoscaler;
}

static void look(struct step *step)
{
    const struct target_observed *observed = &step->view->observed;
    target_entries_hash(step->wanted.entries, step->wanted.entry_count, step->wanted_hash);
    step->target_fits =
        (observed->exists || observed->held) && strcmp(observed->entries_hash, step->wanted_hash) == 0;
    bool ready = step->target_fits && observed->state == TARGET_STATE_READY;
    step->target_patched = ready && step->wanted.entry_count > 0 && observed->unpatched_gone;
    /* A target that is gone has no instance left that could use anything of ours, unless its driver holds it: then it is restored
     * first. But it may come back, and until every split has let go it would then be pointed to all of their fallbacks again. */
    bool gone = !step->view->exists && !observed->held && step->held.code == REASON_NONE;
    step->target_clean = step->wanted.entry_count == 0 && (ready || gone);
}

int target_step(struct step *step)
{
    const struct target_view *view = step->view;
    void *memory = NULL, *past = NULL;
    int r = arena_alloc_array(&step->plan->arena, TARGET_ENTRIES_MAX, sizeof(struct target_entry), &memory);
    if (r == 0)
        r = arena_alloc_array(&step->plan->arena, TARGET_ENTRIES_MAX, sizeof(struct target_entry), &past);
    step->wanted = (struct target_wanted){.key = view->key, .uid = view->uid, .entries = memory, .past = past};
    step->patch_waits =
        any_phase(step, SPLIT_PENDING, SPLIT_PROVISIONING) && !any_phase(step, SPLIT_ACTIVE, SPLIT_RESTORING);
    bool patched = wants_patch(step);
    for (size_t i = 0; r == 0 && i < view->split_count; i++) {
        const struct split_record *record = &view->splits[i].record;
        if (patched && split_record_has_entries(record))
            r = add_entries(step, record, patched, true, memory, &step->wanted.entry_count);
        else
            r = add_entries(step, record, patched, false, past, &step->wanted.past_count);
        add_settings(step, &record->settings);
    }
    if (r < 0)
        return r;
    look(step);
    bool reachable = view->exists || view->observed.held;
    return reachable && step->held.code == REASON_NONE ? plan_target(step->plan, &step->wanted) : 0;
}
