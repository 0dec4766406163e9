/* See the header. */
#include "worker/sqs/batch.h"

#include "worker/sqs/request.h"

bool batch_takes(const struct batch *batch, size_t bytes)
{
    if (!batch->entries)
        return true;
    return batch->entries < batch->entries_max && bytes <= REQUEST_BATCH_BYTES_MAX &&
           batch->bytes <= REQUEST_BATCH_BYTES_MAX - bytes;
}

bool batch_due(const struct batch_queue *queue)
{
    if (!queue->waiting || queue->in_flight >= queue->in_flight_max)
        return false;
    return !queue->in_flight || queue->waiting >= REQUEST_BATCH_MAX || queue->bytes >= REQUEST_BATCH_BYTES_MAX ||
           queue->oldest_ms >= BATCH_LINGER_MS;
}
