/* Condition Accepted of every MirrordKafkaClientConfig. They belong to no target, so they are judged beside the targets,
 * whenever an input changed. */
#pragma once

#include "supervisor/apply/view_build.h"
#include "supervisor/split/plan.h"

/* Adds the writes of the statuses that differ. < 0 only for lack of memory. */
MUST_USE int config_status_plan(const struct view_source *source, int64_t wall_ms, struct plan *plan);
