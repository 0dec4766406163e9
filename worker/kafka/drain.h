/* How much the application has not consumed of the fallback (K-10). */
#pragma once

#include "worker/kafka/converge.h"

/* While nothing is received: reports the fallback as EMPTY, or PRESENT with what remains. ADMIN_FAILED with *why. */
MUST_USE int drain_tell(struct converge *converge, struct reason *why);
