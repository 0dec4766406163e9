/* Sessions and splits as tables, and resources that are refused or of which something has no effect. Pure. */
#pragma once

#include "cli/state.h"
#include "cli/table.h"

/* namespaces: with a column for them. -ENOBUFS, -ENOMEM. */
MUST_USE int status_tables(const struct state *state, bool namespaces, int64_t wall_now_ms,
                           const struct terminal *terminal, struct buf *ret);
/* Good, bad or in between: the colour of a session's or split's phase. */
enum colour phase_colour(const char *phase);
