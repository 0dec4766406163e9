/* What keeps a workload from replacing its pods, by name, so that nobody waits in silence (W-4). Pure. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include <stdbool.h>

/* *ret: paused, updateStrategy OnDelete or partition, a quota (ReplicaFailure), a canary that is paused, a promotion that waits, an
 * aborted update; REASON_NONE: nothing. */
void obstacle_find(const struct json *workload, enum kind kind, struct reason *ret);
bool workload_is_scaled_to_zero(const struct json *workload);
