/* Names that were ours on a target and are no more: kept for 30 days, so that an old revision that comes back is seen (W-9).
 *
 * One ConfigMap of the operator's namespace holds them, one key for each value that was written: {until, target, origin}. */
#pragma once

#include "supervisor/target/kube_target.h"

#define RETIRED_DAYS 30
#define RETIRED_MAX 1000 /* a ConfigMap may have 1 MiB */

/* Everything that is known of originals beside the annotation: what the target remembers, and what was retired from it. Owned by the
 * caller. -ENOMEM. */
MUST_USE int kube_known_origins(const struct kube_target *target, struct json **ret);
/* The merge patch that adds what is marked on the target and takes away what is too old; *ret stays NULL when nothing is to be
 * written. retired: the ConfigMap as it is; NULL: there is none. -ENOMEM. */
MUST_USE int retired_patch(const struct kube_target *target, const struct json *retired, int64_t wall_ms,
                           struct json **ret);
