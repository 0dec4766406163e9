/* Handing on what a temporary topic still holds when it should go away (C-4, K-17, C-3). */
#pragma once

#include "common/base/reason.h"
#include "worker/kafka/temp.h"

/* Frees what is remembered of an emptying. */
void emptying_reset(struct emptying *emptying);
/* Whether the original's partition must not be received while temp is being emptied. */
bool emptying_holds(const struct temp *temp, uint32_t partition, struct mono now);
/* One step: look, wait for the group, move, look again. 0: goes on, or done (temp->emptied). ADMIN_FAILED with *why. */
MUST_USE int leftovers_turn(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why);
/* Counts what the group of a temp has not consumed, per partition; allocates the arrays of temp->emptying. */
MUST_USE int leftovers_count(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why);
