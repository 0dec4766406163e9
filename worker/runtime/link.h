/* The worker's end of the link: says HELLO until it is welcomed, then heartbeats and reports, and hands over what the
 * supervisor wants. A lost supervisor changes nothing but that reports wait; forwarding never depends on the link. */
#pragma once

#include "common/base/err.h"
#include <stdbool.h>

#define LINK_HELLO_RETRY_MS 500
#define LINK_FIGURES_MS 1000
#define LINK_LINGER_MS 500 /* what an ordered end waits for its last frames to leave */

struct worker_runtime;
struct link;
MUST_USE int link_new(struct worker_runtime *runtime, struct link **ret);
void link_free(struct link *link);
/* Sends what the book holds, as far as there is room; figures too when due is true. */
void link_flush(struct link *link, bool figures_due);
/* Nothing that could be sent now is unsent. */
bool link_idle(const struct link *link);
