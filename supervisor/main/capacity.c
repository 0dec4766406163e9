/* See the header. */
#include "supervisor/main/capacity.h"

#include "common/base/str.h"

int capacity_splits(int64_t splits, const char *memory, int64_t *ret_splits)
{
    uint64_t bytes = 0;
    if (!memory || !memory[0]) {
        *ret_splits = splits;
        return 0;
    }
    if (str_to_u64(str_of(memory), INT64_MAX, &bytes) != 0)
        return -EINVAL;
    int64_t fitting = (int64_t)bytes / CAPACITY_WORKER_BYTES;
    fitting = fitting > 0 ? fitting : 1;
    *ret_splits = fitting < splits ? fitting : splits;
    return 0;
}
