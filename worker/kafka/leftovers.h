/* Handing on what a temporary topic still holds when it should go away (C-4, K-17, C-3). */
#pragma once

#include "common/base/reason.h"
#include "worker/kafka/temp.h"

/* Whether the original's partition must not be received while temp is being emptied. */
bool emptying_holds(const struct temp *temp, uint32_t partition, struct mono now);
/* One portion: look, wait for the group, move. 0: goes on, or done (temp->emptied). ADMIN_FAILED with *why. */
MUST_USE int leftovers_turn(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why);
/* Where what the group of a temp has not consumed begins and ends, per partition, without reading it. */
MUST_USE int leftovers_look(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why);
/* How many records that is, after a look; *ret_all: false, there was not the time for all partitions, and what remains is less
 * than temp->emptying says. */
MUST_USE int leftovers_count(struct converge *converge, struct temp *temp, bool *ret_all, struct reason *why);
/* The records from leftover->from to leftover->end are count. */
void leftover_see(struct leftover *leftover, int64_t from, uint64_t count);
