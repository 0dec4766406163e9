/* What sessions and the target must be told about themselves: filters that cannot be evaluated (C-7), an application
 * that commits nothing (K-10), positions that were lost (K-12). */
#pragma once

#include "worker/kafka/converge.h"

/* Conditions of sessions whose filters are in quarantine. */
void health_filters_tell(struct converge *converge);

/* Ends the condition that positions were lost, once it is old: there is nothing to be done about it but to know (K-12). */
#define HEALTH_LOST_TOLD_MS 3600000
void health_positions_tell(struct converge *converge);

/* While forwarding: the target receives but its group's offset has not moved for HEALTH_COMMITS_MS. 0, ADMIN_FAILED. */
#define HEALTH_COMMITS_MS 60000
MUST_USE int health_commits_tell(struct converge *converge, struct reason *why);
