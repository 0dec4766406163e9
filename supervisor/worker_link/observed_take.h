/* How reports become observations. For worker_peer.c. */
#pragma once

#include "supervisor/worker_link/wanted_table.h"
#include "supervisor/worker_link/worker_observed.h"

enum observed_outcome {
    OBSERVED_BAD = 1 /* a value that no worker of ours would say, or more entries than any split has */
};
/* message: one of the reports. 0, OBSERVED_BAD (nothing changed), -ENOMEM. */
MUST_USE int worker_observed_take(struct worker_observed *observed, const struct ipc_message *message);
/* A new connection tells everything from the start: forgets a half-told list. */
void worker_observed_restart(struct worker_observed *observed);
/* Forgets temps, conditions and figures that the table does not name. -ENOMEM: nothing forgotten. */
MUST_USE int worker_observed_prune(struct worker_observed *observed, const struct wanted_table *table);
