/* What a worker takes away from itself before it reads anything secret (S-12). */
#pragma once

#include "common/base/err.h"

#define WORKER_STACK_BYTES (512u << 10) /* of a thread */

/* No core files, not dumpable (so no other process of the user reads its memory), no new privileges, no SIGPIPE, small stacks
 * for the threads that are made from now on. */
MUST_USE int worker_harden(void);
