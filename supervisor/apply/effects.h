/* Everything that a plan may do to the outside, as one table of functions, so that the simulator can stand in for the
 * world and stop it before and after each effect.
 *
 * An effect is issued and returns at once: 0 issued (or already so), < 0 not done, the target's plan ends there and is made
 * again from what is observed then. What came of it is seen only as a new observation, never as a return value. Every
 * effect may be issued again after a crash: names and incarnations make it the same effect. */
#pragma once

#include "common/base/err.h"
#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"

struct arena;
struct target_observed;
struct worker_view;
struct wanted_table;
struct target_wanted;

/* Of own kinds and records, in the store or at an API server. Documents are taken. */
struct document_effects {
    void *context;
    int (*create)(void *context, struct json *document_take);
    int (*update)(void *context, struct json *document_take);
    int (*status)(void *context, struct json *document_take);
    int (*remove)(void *context, const struct resource_key *key);
};

/* One process of a split. worker: its id (split name, or probe name). */
struct worker_effects {
    void *context;
    /* Documents are taken; the next incarnation is chosen by the effect. */
    int (*start)(void *context, const char *worker, struct json *spec_take, struct json *credentials_take);
    int (*table)(void *context, const char *worker, const struct wanted_table *table); /* copied */
    int (*stop)(void *context, const char *worker); /* in order; forced after the stop deadline */
    /* The other direction, for view_build: fills *ret (zeroed before); strings live in the arena or until the loop turns. */
    int (*observe)(void *context, const char *worker, struct arena *arena, struct worker_view *ret);
};

/* The driver of targets of one home. */
struct target_effects {
    void *context;
    /* What the target's environment should be; the driver makes it so (copied). */
    int (*set)(void *context, const struct target_wanted *wanted);
    /* concerned: a session or a split speaks of it. */
    void (*observe)(void *context, const struct resource_key *key, bool concerned, struct target_observed *ret);
};

/* The pod that our workers run in, and those of leaders before us. All NULL: there are no pods. */
struct pod_effects {
    const char *self; /* identity */
    void *context;
    /* Proven gone, and with it each of its workers. False: not yet; a change marks all targets dirty. */
    bool (*gone)(void *context, const char *identity);
};

struct effects {
    struct document_effects documents;
    struct worker_effects workers;
    struct target_effects targets;
    struct pod_effects pods;
};
