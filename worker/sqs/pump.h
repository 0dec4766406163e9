/* Where a received message goes. Decides nothing by itself: route_decide and the leftovers' rules do. */
#pragma once

#include "worker/sqs/engine_private.h"

/* For messages of the original (source_route_fn). */
void pump_route(struct engine *engine, struct held *held);
/* For messages of a session's queue that are handed on (C-4), or of the fallback that go back to the original (C-3). */
void pump_hand_on(struct engine *engine, struct held *held);
