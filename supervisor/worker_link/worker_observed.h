/* What one worker says is: the latest of each report, checked and bounded (what a child says is gossip).
 *
 * Filled by worker_peer.c only, read by everybody else. Borrowed pointers are valid until the loop turns. */
#pragma once

#include "common/base/reason.h"
#include "ipc/messages.h"
#include "ipc/table.h"
#include "supervisor/worker_link/observed_pace.h"
#include <stdbool.h>

#define OBSERVED_EVENTS_MAX 256                           /* waiting to be taken; then the oldest is dropped */
#define OBSERVED_CONDITIONS_MAX (TABLE_SESSIONS_MAX + 64) /* active at a time */

struct observed_temp {
    char name[250];
    enum worker_temp_state state;
    uint64_t remaining; /* messages in it that nobody has consumed */
    uint64_t moved;     /* leftovers handed on so far */
    struct reason why;  /* REASON_NONE unless WAITING or FAILED */
};

struct observed_condition {
    struct reason why;
    char session[65]; /* uid; "" is the split */
};

struct observed_event {
    uint64_t sequence; /* in this incarnation, from 1; an event may be told again to a new supervisor */
    int64_t wall_ms;   /* when it happened */
    struct reason what;
    char session[65];
};

struct observed_position {
    uint32_t partition;
    uint64_t start, end;
};

struct observed_keyed; /* an entry of the maps below */

struct worker_observed {
    bool checked; /* the next four are known */
    char cluster[129];
    uint32_t partitions;
    enum worker_delivery delivery;
    bool positions_known; /* the list was told to its end */
    struct observed_position *positions;
    size_t position_count;
    uint64_t applied; /* generation in force, 0: none yet */
    bool forwarding_known;
    enum worker_forwarding forwarding;
    struct reason forwarding_why;
    bool stopped; /* nothing is held any more */
    bool stopped_clean;
    uint64_t events_dropped;
    bool work_known;
    struct work work;                /* what it told of itself last */
    uint32_t problems[REASON_COUNT]; /* how often each was told: conditions that came, and events */

    /* Behind the functions below. */
    struct observed_position *incoming; /* a list that has not ended yet */
    size_t incoming_count, incoming_room;
    struct observed_keyed *temps, *conditions, *figures;
    struct observed_event *events; /* ring of OBSERVED_EVENTS_MAX, made when the first comes */
    size_t event_first, event_count;
    uint64_t event_latest; /* sequence */
};

void worker_observed_deinit(struct worker_observed *observed);
/* NULL when the worker has not said anything about it. */
const struct observed_temp *worker_observed_temp(const struct worker_observed *observed, const char *name);
/* session "" is the whole split. */
const struct figures *worker_observed_figures(const struct worker_observed *observed, const char *session);
/* How fast they grow; NULL as above. */
const struct observed_pace *worker_observed_pace(const struct worker_observed *observed, const char *session);
/* Active conditions one after the other: the first after NULL, NULL after the last. In no order. */
const struct observed_condition *worker_observed_condition_next(const struct worker_observed *observed,
                                                                const struct observed_condition *previous);
/* Takes the oldest event; false when there is none. */
bool worker_observed_event_take(struct worker_observed *observed, struct observed_event *ret);
