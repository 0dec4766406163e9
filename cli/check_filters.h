/* `check`, as far as it looks at messages that pass. */
#pragma once

#include "cli/check_rules.h"
#include "cli/connect.h"

/* Sessions that are ready and got nothing: whether their filters match what passes. Takes seconds for each of a few of them. figures NULL: not
 * known, and nothing is said. */
void check_filters(const struct connection *connection, const struct check_world *world, const struct json *figures,
                   struct findings *findings);
