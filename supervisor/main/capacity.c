/* See the header. */
#include "supervisor/main/capacity.h"

#include "common/base/str.h"

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

int capacity_of(int64_t splits, const char *memory, struct capacity *ret)
{
    uint64_t bytes = 0;
    if (!memory || !memory[0]) {
        *ret = (struct capacity){splits, CAPACITY_WORKER_BYTES_MAX};
        return 0;
    }
    if (str_to_u64(str_of(memory), INT64_MAX, &bytes) != 0)
        return -EINVAL;
    int64_t room = (int64_t)bytes - CAPACITY_GUARDIAN_BYTES, fitting = room / CAPACITY_WORKER_BYTES;
    if (fitting < 1) { /* one is always tried; when it is too much, its container ends it */
        *ret = (struct capacity){1, CAPACITY_WORKER_BYTES};
        return 0;
    }
    int64_t some = smaller(fitting, splits);
    *ret = (struct capacity){some, smaller(room / some, CAPACITY_WORKER_BYTES_MAX)};
    return 0;
}
