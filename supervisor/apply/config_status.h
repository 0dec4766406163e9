/* Condition Accepted of what belongs to no target: every MirrordKafkaClientConfig, and resources that name no kind of workload
 * that Sluice knows. So they are judged beside the targets, whenever an input changed. */
#pragma once

#include "supervisor/apply/view_build.h"
#include "supervisor/split/plan.h"

/* Adds the writes of the statuses that differ. < 0 only for lack of memory. */
MUST_USE int config_status_plan(const struct view_source *source, int64_t wall_ms, struct plan *plan);
