/* Packets for the guardian that its socket did not take at once, with their descriptors, in order.
 *
 * Owns copies of both; bounded by count. Knows nothing of what the packets mean. */
#pragma once

#include "common/base/err.h"
#include "supervisor/guardian/guardian_wire.h"
#include <stdbool.h>
#include <stddef.h>

#define GUARDIAN_QUEUE_FDS_MAX 4

struct guardian_queue_item;
struct guardian_queue {
    struct guardian_queue_item *items;
    size_t count;
    size_t count_max;
};

void guardian_queue_deinit(struct guardian_queue *queue);
/* Sends at once when nothing waits, else keeps copies; fds are borrowed. -ENOBUFS: full; -errno of sendmsg. */
MUST_USE int guardian_queue_send(struct guardian_queue *queue, int socket_fd, const struct guardian_packet *packet,
                                 const int *fds, size_t fd_count);
/* Sends what waits, as much as the socket takes. */
MUST_USE int guardian_queue_flush(struct guardian_queue *queue, int socket_fd);
