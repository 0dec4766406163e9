/* The end of an operator in its cluster (W-10): what `helm uninstall` waits for before it takes the operator away.
 *
 * First in order: sessions are ended and the operator that still runs drains and restores every split. What it has not done by the
 * deadline is done here: the operator is scaled to nothing, workloads get their own environment back from the records, and
 * nothing is left that would keep a namespace from being deleted. Temporary queues that stay at a broker are named. Holds no
 * broker connection. */
#pragma once

#include "common/base/err.h"
#include "supervisor/main/options.h"

/* Returns the process's exit code: 0 when no split is left. */
MUST_USE int uninstall_run(const struct options *options);
