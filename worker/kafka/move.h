/* Messages out of a temp, to the next session that matches or the fallback, or back to the original (K-17, C-3). */
#pragma once

#include "worker/kafka/converge.h"

/* What one partition of the last look holds, until this turn's portion is over; each transaction also moves the position
 * of the temp's group. back: to the original. Adds to temp->emptying.moved, and tells the leftover what was seen. 0,
 * ADMIN_FAILED with *why (what was committed stays moved). */
MUST_USE int move_partition(struct converge *converge, struct temp *temp, uint32_t partition, bool back,
                            struct reason *why);
