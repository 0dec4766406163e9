/* What a supervisor does about workers by itself, in every home: their targets are looked at when they change, and those that nobody
 * wants are ended. Owns nothing. */
#pragma once

#include "supervisor/fleet/fleet.h"
#include "supervisor/main/controller.h"
#include "supervisor/main/world.h"

#define WORKER_SWEEP_MS 30000 /* longer than a target rests after a failure, so that each is looked at in between */

/* The target of the worker is looked at again; all, when it is not known. */
void worker_care_changed(struct controller *controller, const struct store *store, enum target_home home,
                         const char *worker);
/* Every WORKER_SWEEP_MS: every target is looked at between two sweeps, and a plan asks for the workers that it wants. */
void worker_care_sweep(struct controller *controller, const struct store *store, struct fleet *fleet);
