/* What the supervisor remembers about a target from one reconcile to the next and may forget in a crash: clocks and what was
 * seen last. Nothing here is needed to finish or undo work; after a restart every clock starts again, in favour of sessions. */
#pragma once

#include "common/base/mono.h"
#include "common/base/reason.h"
#include "supervisor/split/phase.h"
#include <stdbool.h>
#include <uthash.h>

struct session_memory {
    char uid[37];
    uint64_t first_pass; /* the pass that saw it first */
    struct mono first_seen;
    struct mono renewed_seen; /* when the renewal last changed */
    char renewed[64];
    int64_t rollout_ms;     /* time spent in a rollout that made progress; not counted against the set-up deadline */
    bool finished;          /* its client said so before it deleted it */
    struct mono gone_since; /* its document is gone; unset: it is there */
    bool marked;
    UT_hash_handle hh;
};

struct split_memory {
    char name[64];
    enum split_phase phase; /* to see a change made by another incarnation of the supervisor */
    struct mono phase_since;
    struct mono progress_since;
    uint64_t target_progress; /* as it was told last */
    uint64_t
        worker_progress; /* the most that the worker got done in this phase: a restart that does it again is none */
    struct mono drained_since; /* the fallback was proven empty then; unset: it is not */
    struct mono forward_until; /* a drain is interrupted until then: messages go on flowing */
    struct mono try_until;     /* then the drain that is being tried counts as having failed */
    bool leftovers_kept;
    struct reason degraded; /* as the status tells it; REASON_NONE: it is well */
    enum reason_code degraded_logged;
    bool finished; /* all temporary queues were seen deleted, or given up: only process and record are left */
    struct mono abandoned_since; /* it is deleted, and nothing is left of its workload; unset: not so */
    int64_t remaining_told;      /* count of the last status write */
    struct mono remaining_told_at;
    bool marked;
    UT_hash_handle hh;
};

/* A queue that could not be provisioned is not tried again for the sessions that saw it fail. Passes are counted, because
 * times are whole seconds: a session of the same second must not be taken for one that was there. */
struct queue_failure {
    char id[288]; /* key of the queue */
    struct reason why;
    uint64_t pass; /* that saw it fail last */
    UT_hash_handle hh;
};

/* A probe that was started; stopped when no queue asks for it any more. */
struct probe_memory {
    char id[64];
    struct mono unwanted_since; /* unset: wanted */
    bool marked;
    UT_hash_handle hh;
};

struct target_memory {
    struct session_memory *sessions;
    struct split_memory *splits;
    struct queue_failure *failures;
    struct probe_memory *probes;
    uint64_t pass; /* of reconcile over this target, from 1 */
    struct mono last_run;
    struct reason held; /* why nothing of the target was changed in the last pass; for the log */
    bool existed;       /* its manifest was seen: where it is missing now, it was deleted */
    uint64_t ignored_events;
};

void target_memory_deinit(struct target_memory *memory);
/* The entry of a session or split, made when absent; -ENOMEM. */
MUST_USE int target_memory_session(struct target_memory *memory, const char *uid, struct mono now,
                                   struct session_memory **ret);
/* The client of a session said why it will be deleted: only the name of SESSION_FINISHED counts. Ignored when nothing is known
 * of the session. */
void target_memory_end_session(struct target_memory *memory, const char *uid, const char *reason);
/* How a session ended whose document is gone: SESSION_KILLED when nobody said it. */
enum reason_code target_memory_session_end(const struct target_memory *memory, const char *uid);
MUST_USE int target_memory_split(struct target_memory *memory, const char *name, struct mono now,
                                 struct split_memory **ret);
/* In the present pass. */
MUST_USE int target_memory_fail_queue(struct target_memory *memory, const char *id, const struct reason *why);
/* Why a queue failed, or NULL. */
const struct queue_failure *target_memory_failure(const struct target_memory *memory, const char *id);
/* The entry of a probe that runs, made when absent; target_memory_probe also marks it as wanted in this pass. */
MUST_USE int target_memory_find_probe(struct target_memory *memory, const char *id);
MUST_USE int target_memory_probe(struct target_memory *memory, const char *id);
/* It was wanted no more when it was last asked about. */
bool target_memory_probe_unwanted(const struct target_memory *memory, const char *id);
void target_memory_drop_probe(struct target_memory *memory, struct probe_memory *probe);
/* Those of passes before this one; true: there were some. */
bool target_memory_forget_failures(struct target_memory *memory, uint64_t pass);
/* The supervisor did not run for so long (common/base/asleep.h): every clock goes on from where it was. */
void target_memory_excuse(struct target_memory *memory, int64_t gap_ms);
/* Drops entries that were not asked for since the last call; those of sessions a while later, until their end is told. */
void target_memory_sweep(struct target_memory *memory, struct mono now);
