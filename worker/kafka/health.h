/* What sessions and the target must be told about themselves: filters that cannot be evaluated (C-7), an application
 * that commits nothing (K-10). */
#pragma once

#include "worker/kafka/converge.h"

/* Conditions of sessions whose filters are in quarantine. */
void health_filters_tell(struct converge *converge);

/* While forwarding: the target receives but its group's offset has not moved for HEALTH_COMMITS_MS. 0, ADMIN_FAILED. */
#define HEALTH_COMMITS_MS 60000
MUST_USE int health_commits_tell(struct converge *converge, struct reason *why);
