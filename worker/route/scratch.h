/* Working memory of one thread for route_decide. */
#pragma once

#include "worker/route/index.h"

struct route_scratch;

MUST_USE int route_scratch_new(struct route_scratch **ret);
void route_scratch_free(struct route_scratch *scratch);
DEFINE_CLEANUP(struct route_scratch, route_scratch)
/* Makes it large enough for an index; to be called before the first decision with that index, so that deciding needs no
 * memory. Earlier decisions' mirror lists become invalid. -ENOMEM: it still serves the index it was prepared for. */
MUST_USE int route_scratch_prepare(struct route_scratch *scratch, const struct route_index *index);
