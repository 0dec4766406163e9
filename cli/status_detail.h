/* One session or split with everything that its status says. Pure. */
#pragma once

#include "cli/status_table.h"

/* document: a SplitSession or a QueueSplit. */
MUST_USE int status_detail(const struct state *state, const struct json *document, int64_t wall_now_ms,
                           const struct terminal *terminal, struct buf *ret);
/* "  Ready True Accepted: message" and the next step, for each of status.conditions. */
MUST_USE int conditions_text(const struct json *document, const struct terminal *terminal, struct buf *ret);
