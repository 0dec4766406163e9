/* What a worker takes away from itself before it reads anything secret (S-12). */
#pragma once

#include "common/base/err.h"

/* No core files, not dumpable (so no other process of the user reads its memory), no new privileges, no SIGPIPE. */
MUST_USE int worker_harden(void);
