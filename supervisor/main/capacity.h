/* How many splits the container of the workers can hold. Each worker is a process of it, and the kernel ends them all when together
 * they pass its memory limit. Pure. */
#pragma once

#include "common/base/err.h"
#include <stdint.h>

#define CAPACITY_WORKER_BYTES (256ll << 20) /* least limit of a worker: it has 92 MB with a saturated queue (P-5) */
#define CAPACITY_WORKER_BYTES_MAX (1024ll << 20) /* most; also where nothing else limits them */
#define CAPACITY_GUARDIAN_BYTES (64ll << 20)     /* of the container, for what is no worker */

struct capacity {
    int64_t splits;       /* at most so many, at least 1 */
    int64_t worker_bytes; /* limit of each worker's private data: those of all splits together fit (S-12) */
};
/* splits: as the settings allow. memory: bytes, as the downward API of Kubernetes says them; NULL or "": no limit.
 * -EINVAL: memory is no number. */
MUST_USE int capacity_of(int64_t splits, const char *memory, struct capacity *ret);
