/* The effects and observations of standalone mode: store, fleet and local services behind the two tables of apply/effects.h.
 *
 * Owns nothing but the map from worker to target, by which a worker's news finds the target to look at. */
#pragma once

#include "supervisor/apply/effects.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/store/store.h"
#include "supervisor/target/local_service.h"

struct world;

MUST_USE int world_new(struct store *store, struct fleet *fleet, struct local_services *services, struct world **ret);
void world_free(struct world *world);
DEFINE_CLEANUP(struct world, world)
const struct effects *world_effects(const struct world *world);
const struct observer *world_observer(const struct world *world);
enum world_outcome {
    WORLD_NO_RECORD = 1, /* a probe, or a worker that nobody knows: any target may be meant */
    WORLD_NO_TARGET = 2, /* there is a record, but it does not say whose */
};
/* The target whose split this worker serves, by its record. */
int world_target_of(const struct world *world, const char *worker, struct resource_key *ret);
