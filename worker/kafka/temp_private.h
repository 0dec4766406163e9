/* What is done to a temp, step by step. Internal to temp*.c. Outcomes: 0, enum admin_outcome with *why, or -ENOMEM. */
#pragma once

#include "worker/kafka/converge.h"

/* Whether the slots have made the table in force true: then nothing is on its way to what it routes to no more (C-5). */
bool temps_let_go(const struct converge *converge);
/* Asks for the topic, once in a while until it is seen. */
MUST_USE int temp_create(struct converge *converge, struct temp *temp, struct reason *why);
/* What its group has committed stays; where it has not, it begins at 0 (K-2). */
MUST_USE int temp_position(struct converge *converge, struct temp *temp, uint32_t partitions, struct reason *why);
/* Looks once more for what was missing, and commits again what nobody moves, each when it is time (K-9). 0, -ENOMEM. */
MUST_USE int temp_positions_keep(struct converge *converge, struct temp *temp);
MUST_USE int temp_delete(struct converge *converge, struct temp *temp, struct reason *why);
/* Its group is one that nobody else has; a fallback is read by the application's. */
bool temp_owns_group(const struct temp *temp);
/* Deletes that one, once the topic is gone. ADMIN_GROUP_HELD: it has members; to be called again. */
MUST_USE int temp_ungroup(struct converge *converge, struct temp *temp, struct reason *why);
