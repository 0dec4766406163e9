/* The controller: which targets are to be looked at, when, and what came of it.
 *
 * Owns one memory for each target. A change only marks a target dirty; the work is done at the end of the loop's turn, one
 * view, plan and apply per target. A plan that failed is made again after a backoff. Never touches the outside itself. */
#pragma once

#include "common/loop/loop.h"
#include "supervisor/apply/view_build.h"

struct controller;

/* What must be known, or over, before a target can be looked at. */
struct controller_gate {
    /* False: not now; controller_mark or controller_wrote comes. NULL: always. */
    bool (*may_look)(void *context, const struct resource_key *target);
    /* Writes of the plan just carried out are on their way; controller_wrote comes. NULL: never. */
    bool (*is_writing)(void *context, const struct resource_key *target);
    void *context;
};

struct controller_config {
    struct loop *loop;
    struct view_source source;
    struct controller_gate gate;
};

/* Borrows what config points to for life. Looks at nothing before controller_run. -errno. */
MUST_USE int controller_new(const struct controller_config *config, struct controller **ret);
void controller_free(struct controller *controller);
DEFINE_CLEANUP(struct controller, controller)
/* From now on dirty targets are worked on; all of the store are dirty. */
void controller_run(struct controller *controller);
/* The writes that is_writing spoke of are over; done: all of them. Others make the plan again after a backoff. */
void controller_wrote(struct controller *controller, const struct resource_key *key, bool done);
/* For so long nothing was heard of sessions and targets: it counts against none of them. */
void controller_excuse(struct controller *controller, int64_t gap_ms);
/* Nothing new is planned any more. */
void controller_stop(struct controller *controller);
void controller_mark(struct controller *controller, const struct resource_key *key); /* of a target */
void controller_mark_all(struct controller *controller);
