/* A table from a script's JSON, built by the same code that builds those from the supervisor. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "worker/runtime/table.h"

/* {"generation", "mode", "free", "temps": [{name, role, session, group, want}], "sessions": [{session, temp, mode,
 * stamp, "filters": [[name, pattern]]}], "positions": [[partition, start, end]]}; numbers as in ipc/table.h. */
MUST_USE int harness_table(const struct json *document, struct worker_table **ret, struct reason *why);
