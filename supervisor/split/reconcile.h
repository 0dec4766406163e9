/* The only place that decides: from everything about one target to a plan.
 *
 * Pure: the same view and memory give the same plan. Called whenever something about the target changed, and at plan->wake. */
#pragma once

#include "supervisor/split/memory.h"
#include "supervisor/split/plan.h"
#include "supervisor/split/view.h"

/* Fills *plan (initialised). < 0: lack of memory; the plan is then to be thrown away and the memory is as good as before. */
MUST_USE int reconcile(const struct target_view *view, struct target_memory *memory, struct plan *plan);
