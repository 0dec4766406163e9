/* The supervisor's end of the link to its workers: who is there, what each should do, what each says.
 *
 * A worker is known by split and incarnation from worker_link_expect on (it was started, or the guardian has it from an
 * earlier supervisor) until worker_link_forget. It is believed only after a HELLO whose socket identity, incarnation
 * and token are the expected ones (S-13), and then only about itself. Tables, STOP and log levels are kept and told
 * again after every WELCOME. All calls on the loop's thread; nothing is freed or forgotten inside a callback. */
#pragma once

#include "common/base/cleanup.h"
#include "common/loop/loop.h"
#include "supervisor/worker_link/wanted_table.h"
#include "supervisor/worker_link/worker_observed.h"

#define WORKER_LINK_TICK_MS 1000 /* how often deadlines are looked at */

struct worker_link;
struct worker_peer;

struct worker_link_events {
    /* Something of a worker of this split changed: its report, its connection, its liveness. Only marks dirty. */
    void (*on_change)(void *context, const char *split);
    /* Its figures changed; apart, because they change every second. */
    void (*on_figures)(void *context, const char *split);
    /* It tells of a look (ipc/look.h), with values that there are; nothing of it is kept here. */
    void (*on_look)(void *context, const char *split, const struct ipc_message *message);
    /* It sent more than WORKER_BAD_FRAMES_MAX bad frames and should be ended; told once. */
    void (*on_misbehaving)(void *context, const char *split, uint64_t incarnation, const struct reason *why);
};

/* endpoint: "ipc:///folder/file" in a folder 0700 whose lock the caller holds. events and context are borrowed. -errno. */
MUST_USE int worker_link_new(struct loop *loop, const char *endpoint, const struct worker_link_events *events,
                             void *context, struct worker_link **ret);
void worker_link_free(struct worker_link *link);
DEFINE_CLEANUP(struct worker_link, worker_link)

/* From now on this worker may say HELLO; its deadline for that runs from here. split: at most 64 bytes; token: at most
 * 64. *ret_peer is valid until worker_link_forget. Expecting it again yields the same peer. -E2BIG, -EEXIST when it is
 * expected with another token, -ENOMEM. */
MUST_USE int worker_link_expect(struct worker_link *link, const char *split, uint64_t incarnation, const char *token,
                                struct worker_peer **ret_peer);
/* The process is proven gone; also when it was never expected. */
void worker_link_forget(struct worker_link *link, const char *split, uint64_t incarnation);
/* NULL when it is not expected. */
struct worker_peer *worker_link_find(struct worker_link *link, const char *split, uint64_t incarnation);
/* Every worker that lives is expected by now (the guardian told its table): a stranger's HELLO is refused from now on.
 * Before, it is left unanswered, and the worker tries again. */
void worker_link_settled(struct worker_link *link);

enum worker_liveness {
    WORKER_AWAITED, /* no HELLO yet, and it has time left */
    WORKER_LATE,    /* no HELLO within WORKER_HELLO_DEADLINE_MS */
    WORKER_ALIVE,
    WORKER_HUNG /* nothing heard for WORKER_HUNG_MS */
};

/* What it said of itself in its latest HELLO. */
struct worker_hello {
    uint32_t pid;
    char spec_hash[65];
    uint64_t generation; /* of the table that it had then; a new table's must be greater */
};

enum worker_liveness worker_peer_liveness(const struct worker_peer *peer);
/* NULL before its first HELLO. */
const struct worker_hello *worker_peer_hello(const struct worker_peer *peer);
/* Never NULL; empty before the first report. Not const, so that events can be taken. */
struct worker_observed *worker_peer_observed(struct worker_peer *peer);
/* The table that it is told, or NULL: none yet, or the one pushed before its HELLO turned out to be too old. */
const struct wanted_table *worker_peer_wanted(const struct worker_peer *peer);
uint32_t worker_peer_bad_frames(const struct worker_peer *peer);

enum worker_link_outcome {
    /* The generation is not greater than the worker's or the last one pushed, although something differs: choose one
     * above worker_peer_generation_floor(). Otherwise an old acknowledgement could be taken for a new one (C-5). */
    WORKER_LINK_STALE = 1,
    WORKER_LINK_AWAY = 2 /* the worker is not connected, or reads too slowly */
};
uint64_t worker_peer_generation_floor(const struct worker_peer *peer);
/* Copies the table and tells it, now and after every WELCOME, until the next one. The same table again does nothing.
 * 0, WORKER_LINK_STALE, -E2BIG (wanted_table.h), -ENOMEM. */
MUST_USE int worker_link_push(struct worker_peer *peer, const struct wanted_table *table);
/* Tells STOP, now and after every WELCOME. deadline_ms: what the worker has to finish what it holds. */
void worker_link_stop(struct worker_peer *peer, uint32_t deadline_ms);
/* An order about a look (LOOK_BEGIN, LOOK_FILTER, LOOK_END): sent now or never, WORKER_LINK_AWAY, -errno. A new connection of the
 * worker ends all looks. */
MUST_USE int worker_link_look(struct worker_peer *peer, const struct ipc_message *order);
/* As log_set_levels. -E2BIG: more than 512 bytes. */
MUST_USE int worker_link_log_levels(struct worker_peer *peer, const char *levels);
