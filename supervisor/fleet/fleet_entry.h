/* One worker id and its present process. Internal to supervisor/fleet. */
#pragma once

#include "common/base/asleep.h"
#include "common/loop/backoff.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/fleet/fleet_look.h"
#include <uthash.h>

#define COMPONENT_FLEET "supervisor.fleet"

struct fleet_entry {
    char worker[GUARDIAN_SPLIT_SIZE];
    enum worker_presence presence;
    uint64_t incarnation;
    char spec_hash[GUARDIAN_HASH_SIZE];
    struct worker_peer *peer; /* of the present process; NULL without one */
    int32_t pid;              /* 0: not told yet */
    struct mono started;
    struct mono stop_deadline; /* STOPPING: killed then */
    bool killed;
    bool told; /* the guardian that we are connected to has it */
    unsigned failures;
    struct mono retry;
    struct reason why;       /* of the last end that was not ordered */
    struct json *last_words; /* of that end; owned; NULL: none yet */
    struct reason killing;   /* why it was killed by us */
    uint64_t event_seen;     /* last event of this incarnation that was told */
    bool memory_dirty;       /* to be saved */
    bool outdated;           /* to be replaced: its program, or a library of it, may be another by now */
    bool replacing;          /* its turn has come */
    char levels[257];        /* of its log, beside those of the setting; "": none */
    struct mono levels_until;
    uint64_t stray; /* incarnation of a process that is not in the guardian's table and holds its lock; 0: none */
    bool asked;     /* a plan has looked at it since the last sweep */
    UT_hash_handle hh;
};

struct fleet {
    struct fleet_config config;
    struct worker_link *link;
    struct loop_timer *tick;
    struct asleep asleep;
    char endpoint[GUARDIAN_ENDPOINT_SIZE];
    struct fleet_entry *entries;
    struct fleet_look *looks; /* utlist DL */
    uint64_t look_latest;     /* number */
    bool settled;
    bool known; /* a table was, once */
    bool lost;  /* the guardian, and its table is not known again */
};

struct fleet_entry *fleet_find(const struct fleet *fleet, const char *worker);
MUST_USE int fleet_entry_get(struct fleet *fleet, const char *worker, struct fleet_entry **ret);
void fleet_entry_gone(struct fleet *fleet, struct fleet_entry *entry, const struct reason *why);
/* It ended with the guardian that was its parent, so nobody knows how. */
void fleet_orphaned(struct fleet *fleet, struct fleet_entry *entry);
void fleet_kill(struct fleet *fleet, struct fleet_entry *entry, const struct reason *why);

/* fleet_lock.c */
/* The lock of an incarnation, held by *ret_fd; -EWOULDBLOCK when a process has it. */
MUST_USE int fleet_lock_open(const struct fleet *fleet, const char *worker, uint64_t incarnation, int *ret_fd);
void fleet_lock_remove(const struct fleet *fleet, const char *worker, uint64_t incarnation);
/* Deletes the lock file when nobody holds the lock; false: a process has it. */
bool fleet_lock_clear(const struct fleet *fleet, const char *worker, uint64_t incarnation);
/* Deletes lock files that ended workers left, and finds strays. When the guardian's table is known. */
void fleet_locks_sweep(struct fleet *fleet);

/* fleet_log.c */
MUST_USE int fleet_log_open(const struct fleet *fleet, const char *worker, int *ret_fd);
/* Keeps each log at most LOG_BYTES_MAX with FLEET_LOG_OLDER_MAX older ones. */
void fleet_log_rotate(const struct fleet *fleet, const char *worker);

/* fleet_memory.c */
void fleet_memory_load(const struct fleet *fleet, struct fleet_entry *entry);
void fleet_memory_save(const struct fleet *fleet, struct fleet_entry *entry);
void fleet_memory_drop(const struct fleet *fleet, const struct fleet_entry *entry);

/* fleet_replace.c: gives the next outdated worker its turn, when every other one is well. */
void fleet_replace_next(struct fleet *fleet);

/* fleet_look.c */
/* A worker of that name tells of one. */
void fleet_look_told(struct fleet *fleet, const char *worker, const struct ipc_message *message);
/* Its process is gone: all of them are over. */
void fleet_look_gone(struct fleet *fleet, const char *worker);
void fleet_looks_free(struct fleet *fleet);

/* fleet_levels.c */
/* Takes levels back whose time is over. */
void fleet_levels_look(const struct fleet *fleet, struct fleet_entry *entry);
/* A new process is there: it is told them too. */
void fleet_levels_begin(const struct fleet *fleet, const struct fleet_entry *entry);

/* fleet_words.c: keeps how it ended, and the end of its log. Best effort. */
void fleet_words_keep(const struct fleet *fleet, struct fleet_entry *entry, const struct reason *why);
void fleet_entry_free(struct fleet_entry *entry);

/* fleet_end.c: how a process ended, in words. */
/* Why a process could not be started: a positive errno, and the hard limit of open files that it would have inherited. */
void fleet_start_words(int error, uint64_t files_max, struct reason *ret);
void fleet_end_words(int wait_status, const struct reason *killing, const char *worker, struct reason *ret);
