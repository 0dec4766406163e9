/* The original topic's side: identity, positions of the application's group, who else consumes it. */
#pragma once

#include "worker/kafka/converge.h"

/* The original is gone. 0 where the work can go on without it, else ADMIN_FAILED; *why says so in any case. */
MUST_USE int original_gone(const struct converge *converge, struct reason *why);
/* Is this the cluster that was meant, and is the original there, or needed? 0, or ADMIN_FAILED with *why. */
MUST_USE int original_identify(struct converge *converge, struct reason *why);
/* Rights that forwarding will need, asked for without touching anything (K-13). */
MUST_USE int original_check(struct converge *converge, struct reason *why);
/* Tells start and end of each partition that the group has no offset for (K-3). */
MUST_USE int original_positions_tell(struct converge *converge, struct reason *why);
/* Every partition has an offset of the group when this returns 0 (K-3, K-12). */
MUST_USE int original_positions_ensure(struct converge *converge, struct reason *why);
