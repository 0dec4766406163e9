/* The controller: which targets are to be looked at, when, and what came of it.
 *
 * Owns one memory for each target. A change only marks a target dirty; the work is done at the end of the loop's turn, one
 * view, plan and apply per target. A plan that failed is made again after a backoff. Never touches the outside itself. */
#pragma once

#include "common/loop/loop.h"
#include "supervisor/apply/view_build.h"

struct controller;

struct controller_config {
    struct loop *loop;
    struct view_source source;
};

/* Borrows what config points to for life. Looks at nothing before controller_run. -errno. */
MUST_USE int controller_new(const struct controller_config *config, struct controller **ret);
void controller_free(struct controller *controller);
DEFINE_CLEANUP(struct controller, controller)
/* From now on dirty targets are worked on; all of the store are dirty. */
void controller_run(struct controller *controller);
/* Nothing new is planned any more. */
void controller_stop(struct controller *controller);
void controller_mark(struct controller *controller, const struct resource_key *key); /* of a target */
void controller_mark_all(struct controller *controller);
