/* Whether messages of the original are received now and routed at once, and what is told about it. Calls nobody. */
#pragma once

#include "worker/sqs/engine_private.h"

/* FIFO: keeps what comes of the original until leftovers are in front of it (C-4). Whenever those or the table may have changed. */
void forward_order_turn(struct engine *engine);
/* There is a table. */
void forward_turn(struct engine *engine);
