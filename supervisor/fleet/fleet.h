/* All worker processes, as reconcile sees them: started, adopted, stopped, replaced, and what each says.
 *
 * Joins guardian (who lives) and worker_link (what they say). Owns one entry for each worker id, the lock files, what is
 * remembered of a worker for the next supervisor, and the log files. Decides only what needs no plan: a worker that says no HELLO in time, is hung or misbehaves is
 * killed; a dead one may be started again after a backoff. Never touches a broker, a target or the store. */
#pragma once

#include "common/json/json.h"
#include "common/loop/loop.h"
#include "supervisor/fleet/observed_worker.h"
#include "supervisor/worker_link/guardian_client.h"
#include "supervisor/worker_link/worker_link.h"

#define FLEET_WORKER_FILES_MAX 4096 /* descriptors of one worker */
#define FLEET_KILL_AFTER_MS 5000    /* after the stop deadline */
#define FLEET_LIVED_MS 10000        /* a worker that lived this long did not fail early */
#define FLEET_LOG_OLDER_MAX 3       /* older files of one log beside the present one */
#define FLEET_LOG_KEPT_MS 3600000   /* a log of a worker that nobody wants, after its last line */
#define FLEET_LOGS_ENDED_MAX 64     /* files of such logs; the oldest go first */

struct fleet;

/* Which program works on what: the type as specifications of workers have it, and its path. */
struct fleet_program {
    const char *type; /* NULL: the end */
    const char *path;
};

struct fleet_config {
    struct loop *loop;
    struct guardian_client *guardian;
    const struct fleet_program *programs; /* one for each family; the last has no type */
    const char *runtime_dir;              /* holds ipc/ with socket and locks, 0700 */
    const char *log_dir;
    int64_t worker_bytes;                                 /* limit of one worker's private data */
    const char *log_format, *log_levels;                  /* given to workers */
    void (*on_change)(void *context, const char *worker); /* marks dirty */
    void *context;
};

/* Borrows what config points to for life. -errno. */
MUST_USE int fleet_new(const struct fleet_config *config, struct fleet **ret);
void fleet_free(struct fleet *fleet); /* processes stay */
DEFINE_CLEANUP(struct fleet, fleet)

/* News from the guardian about children of kind GUARDIAN_WORKER. After fleet_on_lost its table comes again: workers that are
 * not in it have ended with the guardian that was their parent; till then a lock that can be taken says so. */
void fleet_on_child(struct fleet *fleet, const struct guardian_child *child);
void fleet_on_exit(struct fleet *fleet, const struct guardian_child *child, int wait_status);
void fleet_on_start_failed(struct fleet *fleet, const struct guardian_child *child, int error);
void fleet_on_table_end(struct fleet *fleet);
void fleet_on_lost(struct fleet *fleet);
/* False until the guardian's table is known, and while the guardian is lost: nobody may be started then. */
bool fleet_is_settled(const struct fleet *fleet);

/* The effects (apply/effects.h). Starting one that runs, or stopping one that does not, is nothing. */
MUST_USE int fleet_start(struct fleet *fleet, const char *worker, struct json *spec_take,
                         struct json *credentials_take);
MUST_USE int fleet_table(struct fleet *fleet, const char *worker, const struct wanted_table *table);
MUST_USE int fleet_stop(struct fleet *fleet, const char *worker);
/* The observation (zeroed before); pointers are valid until the loop turns. */
MUST_USE int fleet_observe(struct fleet *fleet, const char *worker, struct arena *arena, struct worker_view *ret);
/* Stops all in order, for the end of the supervisor's own life; on_change is called as they go. */
void fleet_stop_all(struct fleet *fleet);
/* From now on every worker that runs is to be replaced, one after the other; the next supervisor knows it too. */
void fleet_outdate_all(struct fleet *fleet);
size_t fleet_running(const struct fleet *fleet);
/* Every worker that was ever started here is proven gone. False also while the guardian's table was never known: it may have
 * some of a supervisor before us. */
bool fleet_all_gone(const struct fleet *fleet);
/* Ends workers that nobody wants: no plan has asked for them since the sweep before, and keep (which knows the records) does not
 * want them either. Forgets those of them that have ended. For probes whose queue is gone, and for what a death left behind. */
typedef bool fleet_keep_fn(void *context, const char *worker);
void fleet_sweep(struct fleet *fleet, fleet_keep_fn *keep, void *context);
/* Deletes logs of workers that are not in the fleet and that keep does not want: an hour after their last line, and the oldest
 * beyond FLEET_LOGS_ENDED_MAX files. */
void fleet_logs_sweep(const struct fleet *fleet, fleet_keep_fn *keep, void *context);
/* The worker whose log a file of the log folder is, by its name ("probe-0123456789abcdef.log.1"). False: some other file. */
bool fleet_log_name(const char *file, char ret_worker[GUARDIAN_SPLIT_SIZE]);
/* The next event that a worker reported, for the event log; false when there is none. Each is told once, also over restarts of the
 * supervisor; the false after the last one writes that down. */
bool fleet_event_take(struct fleet *fleet, char ret_worker[GUARDIAN_SPLIT_SIZE], struct observed_event *ret);
/* All of them, into the log. */
void fleet_events_log(struct fleet *fleet);
/* Figures of a worker, session "" for all; NULL: none yet. */
const struct figures *fleet_figures(struct fleet *fleet, const char *worker, const char *session);
/* What its process looks like from here; pointers are valid until the loop turns. False: there never was one. */
struct fleet_numbers {
    enum worker_presence presence;
    bool forwards;
    uint64_t starts;               /* of processes for this split */
    const struct figures *figures; /* of the whole split; NULL: none yet, as the next */
    const struct work *work;
    const uint32_t *problems; /* REASON_COUNT of them: how often the present process told of each */
};
bool fleet_numbers(struct fleet *fleet, const char *worker, struct fleet_numbers *ret);
enum fleet_levels_outcome {
    FLEET_LEVELS_NO_WORKER = 1, /* no process of that name runs */
    FLEET_LEVELS_INVALID = 2    /* not as log_set_levels wants them, or too long */
};
/* Levels of a worker's log that count for so long beside those of the setting, also for its next processes. */
MUST_USE int fleet_levels_set(struct fleet *fleet, const char *worker, const char *levels, uint32_t seconds);
/* How fast those of the whole split grow; NULL: none yet. */
const struct observed_pace *fleet_pace(struct fleet *fleet, const char *worker);
