/* The access policy of a temporary queue: the original's, about another queue. Pure but for memory.
 *
 * Rewritten as JSON, value by value: a topic, a role or an action that has the queue's name keeps it. */
#pragma once

#include "common/base/buf.h"

#define POLICY_BYTES_MAX (64u << 10) /* SQS has 8 KiB at most: API reference, CreateQueue */

enum policy_outcome { POLICY_REFUSED = 1 };

/* Every text that is the ARN of a queue of this name, whatever its region and account, becomes that of the other. POLICY_REFUSED: it is no
 * JSON, or too long. -ENOMEM. */
MUST_USE int policy_rewrite(struct str policy, const char *from, const char *to, struct buf *ret);
