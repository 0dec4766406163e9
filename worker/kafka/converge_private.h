/* What the two halves of a turn share. Internal to converge*.c. */
#pragma once

#include "worker/kafka/converge.h"

/* The one condition about the split as a whole; NULL: all is well again. */
void converge_condition_tell(struct converge *converge, const struct reason *why);
/* Outside of forwarding: what keeps a slot from making its order true, or that nothing stands in the way any more. */
void converge_slots_tell(struct converge *converge);
void converge_forwarding_tell(struct converge *converge, enum worker_forwarding state, const struct reason *why);
/* Gives the slots their order when it differs from the last one. -ENOMEM. */
MUST_USE int converge_order(struct converge *converge, bool run);
/* One turn of mode FORWARD. 0, an outcome with *why for the next look, or -ENOMEM. */
MUST_USE int converge_forward(struct converge *converge, bool looked, struct reason *why);
/* APPLIED, once every slot has made the table's order true (C-5). */
void converge_applied_tell(struct converge *converge);
