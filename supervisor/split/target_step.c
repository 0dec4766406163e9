/* What the target's environment should be: the union of what its splits need, so that many splits are one rollout (W-3).
 * Pure. */
#include "supervisor/split/step.h"

static int add_entry(struct step *step, struct target_entry *entries, const struct split_entry *entry)
{
    if (step->wanted.entry_count == TARGET_ENTRIES_MAX)
        return -ENOBUFS;
    entries[step->wanted.entry_count++] = (struct target_entry){entry->container, entry->variable, entry->temporary};
    return 0;
}

static void look(struct step *step)
{
    const struct target_observed *observed = &step->view->observed;
    target_entries_hash(step->wanted.entries, step->wanted.entry_count, step->wanted_hash);
    bool fits = observed->exists && observed->state == TARGET_STATE_READY &&
                strcmp(observed->entries_hash, step->wanted_hash) == 0;
    step->target_patched = fits && step->wanted.entry_count > 0 && observed->unpatched_gone;
    /* A target that is gone has no instance left that could use anything of ours. */
    step->target_clean = (fits && step->wanted.entry_count == 0) || !step->view->exists;
}

int target_step(struct step *step)
{
    const struct target_view *view = step->view;
    void *memory = NULL;
    int r = arena_alloc_array(&step->plan->arena, TARGET_ENTRIES_MAX, sizeof(struct target_entry), &memory);
    step->wanted = (struct target_wanted){.key = view->key, .uid = view->uid, .entries = memory};
    for (size_t i = 0; r == 0 && i < view->split_count; i++) {
        const struct split_record *record = &view->splits[i].record;
        for (size_t j = 0; r == 0 && j < record->entry_count && split_patches(&step->splits[i]); j++)
            r = add_entry(step, memory, &record->entries[j]);
        if (record->settings.restart_timeout_ms > step->wanted.restart_timeout_ms)
            step->wanted.restart_timeout_ms = record->settings.restart_timeout_ms;
    }
    if (r < 0)
        return r;
    look(step);
    return view->exists ? plan_target(step->plan, &step->wanted) : 0;
}
