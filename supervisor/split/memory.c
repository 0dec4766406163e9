/* Clocks and last sights of one target. Owns its entries; fails only for lack of memory. */
#include "supervisor/split/memory.h"

#include "common/base/asleep.h"
#include <stdlib.h>

#define GONE_KEPT_MS 60000 /* writes of a record may come before the status that tells the end */

void target_memory_deinit(struct target_memory *memory)
{
    struct session_memory *session, *next_session;
    struct split_memory *split, *next_split;
    HASH_ITER (hh, memory->sessions, session, next_session) {
        HASH_DEL(memory->sessions, session);
        free(session);
    }
    HASH_ITER (hh, memory->splits, split, next_split) {
        HASH_DEL(memory->splits, split);
        free(split);
    }
    struct probe_memory *probe, *next_probe;
    HASH_ITER (hh, memory->probes, probe, next_probe)
        target_memory_drop_probe(memory, probe);
    (void)target_memory_forget_failures(memory, UINT64_MAX);
}

static int probe_entry(struct target_memory *memory, const char *id, struct probe_memory **ret)
{
    struct probe_memory *entry = NULL;
    HASH_FIND_STR(memory->probes, id, entry);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        if (str_copy(entry->id, sizeof entry->id, str_of(id)) != 0) {
            free(entry);
            return -EINVAL;
        }
        HASH_ADD_STR(memory->probes, id, entry);
    }
    *ret = entry;
    return 0;
}

int target_memory_find_probe(struct target_memory *memory, const char *id)
{
    struct probe_memory *entry = NULL;
    return probe_entry(memory, id, &entry);
}

int target_memory_probe(struct target_memory *memory, const char *id)
{
    struct probe_memory *entry = NULL;
    int r = probe_entry(memory, id, &entry);
    if (r == 0)
        entry->marked = true;
    return r;
}

bool target_memory_probe_unwanted(const struct target_memory *memory, const char *id)
{
    const struct probe_memory *entry = NULL;
    HASH_FIND_STR(memory->probes, id, entry);
    return entry && mono_is_set(entry->unwanted_since);
}

void target_memory_drop_probe(struct target_memory *memory, struct probe_memory *probe)
{
    HASH_DEL(memory->probes, probe);
    free(probe);
}

int target_memory_session(struct target_memory *memory, const char *uid, struct mono now, struct session_memory **ret)
{
    struct session_memory *entry = NULL;
    HASH_FIND_STR(memory->sessions, uid, entry);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        if (str_copy(entry->uid, sizeof entry->uid, str_of(uid)) != 0) {
            free(entry);
            return -EINVAL;
        }
        entry->first_pass = memory->pass;
        entry->first_seen = now;
        entry->renewed_seen = now;
        HASH_ADD_STR(memory->sessions, uid, entry);
    }
    entry->marked = true;
    entry->gone_since = (struct mono){0};
    *ret = entry;
    return 0;
}

void target_memory_end_session(struct target_memory *memory, const char *uid, const char *reason)
{
    struct session_memory *entry = NULL;
    HASH_FIND_STR(memory->sessions, uid, entry);
    if (entry)
        entry->finished = strcmp(reason, reason_name(REASON_SESSION_FINISHED)) == 0;
}

enum reason_code target_memory_session_end(const struct target_memory *memory, const char *uid)
{
    const struct session_memory *entry = NULL;
    HASH_FIND_STR(memory->sessions, uid, entry);
    return entry && entry->finished ? REASON_SESSION_FINISHED : REASON_SESSION_KILLED;
}

int target_memory_split(struct target_memory *memory, const char *name, struct mono now, struct split_memory **ret)
{
    struct split_memory *entry = NULL;
    HASH_FIND_STR(memory->splits, name, entry);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        if (str_copy(entry->name, sizeof entry->name, str_of(name)) != 0) {
            free(entry);
            return -EINVAL;
        }
        entry->phase = SPLIT_PHASE_COUNT;
        entry->phase_since = now;
        entry->progress_since = now;
        entry->remaining_told = -1;
        HASH_ADD_STR(memory->splits, name, entry);
    }
    entry->marked = true;
    *ret = entry;
    return 0;
}

const struct queue_failure *target_memory_failure(const struct target_memory *memory, const char *id)
{
    struct queue_failure *entry = NULL;
    HASH_FIND_STR(memory->failures, id, entry);
    return entry;
}

static int failure_entry(struct target_memory *memory, const char *id, struct queue_failure **ret)
{
    struct queue_failure *entry = NULL;
    HASH_FIND_STR(memory->failures, id, entry);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        if (str_copy(entry->id, sizeof entry->id, str_of(id)) != 0) {
            free(entry);
            return -EINVAL;
        }
        HASH_ADD_STR(memory->failures, id, entry);
    }
    *ret = entry;
    return 0;
}

int target_memory_fail_queue(struct target_memory *memory, const char *id, const struct reason *why)
{
    struct queue_failure *entry = NULL;
    int r = failure_entry(memory, id, &entry);
    if (r < 0)
        return r;
    entry->why = *why;
    entry->pass = memory->pass;
    return 0;
}

bool target_memory_forget_failures(struct target_memory *memory, uint64_t pass)
{
    struct queue_failure *failure, *next;
    bool found = false;
    HASH_ITER (hh, memory->failures, failure, next)
        if (failure->pass < pass) {
            HASH_DEL(memory->failures, failure);
            free(failure);
            found = true;
        }
    return found;
}

static void excuse_split(struct split_memory *split, int64_t gap_ms)
{
    asleep_excuse(&split->phase_since, gap_ms);
    asleep_excuse(&split->progress_since, gap_ms);
    asleep_excuse(&split->drained_since, gap_ms);
    asleep_excuse(&split->forward_until, gap_ms);
    asleep_excuse(&split->try_until, gap_ms);
    asleep_excuse(&split->abandoned_since, gap_ms);
    asleep_excuse(&split->remaining_told_at, gap_ms);
}

void target_memory_excuse(struct target_memory *memory, int64_t gap_ms)
{
    for (struct session_memory *session = memory->sessions; session; session = session->hh.next) {
        asleep_excuse(&session->first_seen, gap_ms);
        asleep_excuse(&session->renewed_seen, gap_ms);
        asleep_excuse(&session->gone_since, gap_ms);
    }
    for (struct split_memory *split = memory->splits; split; split = split->hh.next)
        excuse_split(split, gap_ms);
    for (struct probe_memory *probe = memory->probes; probe; probe = probe->hh.next)
        asleep_excuse(&probe->unwanted_since, gap_ms);
    asleep_excuse(&memory->last_run, gap_ms);
}

static void sweep_sessions(struct target_memory *memory, struct mono now)
{
    struct session_memory *session, *next;
    HASH_ITER (hh, memory->sessions, session, next) {
        if (!session->marked && !mono_is_set(session->gone_since))
            session->gone_since = now;
        if (!session->marked && mono_reached(now, mono_after(session->gone_since, GONE_KEPT_MS))) {
            HASH_DEL(memory->sessions, session);
            free(session);
        } else {
            session->marked = false;
        }
    }
}

void target_memory_sweep(struct target_memory *memory, struct mono now)
{
    struct split_memory *split, *next;
    sweep_sessions(memory, now);
    HASH_ITER (hh, memory->splits, split, next) {
        if (!split->marked) {
            HASH_DEL(memory->splits, split);
            free(split);
        } else {
            split->marked = false;
        }
    }
}
