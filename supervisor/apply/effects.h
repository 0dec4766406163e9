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

struct effects {
    void *context;
    /* Store or API server; the documents are taken. */
    int (*document_create)(void *context, struct json *document_take);
    int (*document_update)(void *context, struct json *document_take);
    int (*document_status)(void *context, struct json *document_take);
    int (*document_delete)(void *context, const struct resource_key *key);
    /* One process of a split. worker: its id (split name, or probe name). Documents are taken; the next incarnation is
     * chosen by the effect. */
    int (*worker_start)(void *context, const char *worker, struct json *spec_take, struct json *credentials_take);
    int (*worker_table)(void *context, const char *worker, const struct wanted_table *table); /* copied */
    int (*worker_stop)(void *context, const char *worker); /* in order; forced after the stop deadline */
    /* What the target's environment should be; the driver makes it so (copied). */
    int (*target_set)(void *context, const struct target_wanted *wanted);
};

/* The other direction: what is observed of workers and targets, for view_build. */
struct observer {
    void *context;
    /* Fills *ret (zeroed before) for a worker by its id; strings live in the arena or until the loop turns. */
    int (*worker)(void *context, const char *worker, struct arena *arena, struct worker_view *ret);
    void (*target)(void *context, const struct resource_key *key, struct target_observed *ret);
};
