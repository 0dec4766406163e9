/* How many splits the container of the workers can hold. Each worker is a process of it, and the kernel ends them all when together
 * they pass its memory limit. Pure. */
#pragma once

#include "common/base/err.h"
#include <stdint.h>

#define CAPACITY_WORKER_BYTES (128ll << 20) /* one whose queue is saturated (P-5) */

/* splits: as the settings allow. memory: bytes, as the downward API of Kubernetes says them; NULL or "": no limit.
 * *ret_splits: at most splits, at least 1. -EINVAL: memory is no number. */
MUST_USE int capacity_splits(int64_t splits, const char *memory, int64_t *ret_splits);
