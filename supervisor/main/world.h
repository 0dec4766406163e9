/* The world as apply/effects.h sees it: the parts that rooms of the supervisor stand behind.
 *
 * Each function fills one part by value and borrows its room, which must outlive the table. Owns nothing. */
#pragma once

#include "supervisor/apply/effects.h"
#include "supervisor/apply/target_of.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/store/store.h"
#include "supervisor/target/kube_targets.h"
#include "supervisor/target/local_service.h"

struct document_effects world_of_store(struct store *store);
struct worker_effects world_of_fleet(struct fleet *fleet);
struct target_effects world_of_services(struct local_services *services);
struct target_effects world_of_targets(struct kube_targets *targets);

enum world_outcome {
    WORLD_NO_RECORD = 1, /* a probe, or a worker that nobody knows: any target may be meant */
    WORLD_NO_TARGET = 2, /* there is a record, but it does not say whose */
};
/* The target whose split this worker serves, by its record. */
MUST_USE int world_target_of(const struct store *store, enum target_home home, const char *worker,
                             struct resource_key *ret);
