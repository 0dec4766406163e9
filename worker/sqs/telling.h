/* What the engine as a whole tells: conditions, forwarding, tables in force, filters that fail, figures. */
#pragma once

#include "worker/sqs/engine_private.h"

/* The one condition about the split as a whole; a new one takes the place of the old one. NULL: none. */
void telling_condition(struct engine *engine, const struct reason *why);
void telling_forwarding(struct engine *engine, enum worker_forwarding state, const struct reason *why);
/* At the end of each turn. */
void telling_turn(struct engine *engine);
