/* Owns the packets that wait for the guardian's socket. Never drops or reorders one; a surprise of the socket is passed
 * up, and the link is lost then. */
#include "supervisor/worker_link/guardian_queue.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <utlist.h>

struct guardian_queue_item {
    struct guardian_packet packet;
    int fds[GUARDIAN_QUEUE_FDS_MAX];
    size_t fd_count;
    struct guardian_queue_item *prev, *next;
};

static void item_free(struct guardian_queue_item *item)
{
    while (item->fd_count > 0)
        fd_closep(&item->fds[--item->fd_count]);
    free(item);
}

void guardian_queue_deinit(struct guardian_queue *queue)
{
    struct guardian_queue_item *item, *next;
    DL_FOREACH_SAFE(queue->items, item, next) { item_free(item); }
    *queue = (struct guardian_queue){.count_max = queue->count_max};
}

/* -EAGAIN: the socket is full, or as many descriptors as the system allows are on their way. */
static int send_now(int socket_fd, const struct guardian_packet *packet, const int *fds, size_t fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(GUARDIAN_QUEUE_FDS_MAX * sizeof(int))];
    } control = {.bytes = {0}};
    struct guardian_packet copy = *packet;
    struct iovec part = {.iov_base = &copy, .iov_len = sizeof copy};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        control.align = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(fd_count * sizeof(int))};
        memcpy(CMSG_DATA(&control.align), fds, fd_count * sizeof(int));
    }
    if (sendmsg(socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return 0;
    return errno == EWOULDBLOCK || errno == ETOOMANYREFS || errno == EINTR ? -EAGAIN : -errno;
}

static int append(struct guardian_queue *queue, const struct guardian_packet *packet, const int *fds, size_t fd_count)
{
    if (queue->count == queue->count_max)
        return -ENOBUFS;
    struct guardian_queue_item *item = calloc(1, sizeof *item);
    if (!item)
        return -ENOMEM;
    item->packet = *packet;
    for (; item->fd_count < fd_count; item->fd_count++) {
        item->fds[item->fd_count] = fcntl(fds[item->fd_count], F_DUPFD_CLOEXEC, 0);
        if (item->fds[item->fd_count] < 0) {
            int error = -errno;
            item_free(item);
            return error;
        }
    }
    DL_APPEND(queue->items, item);
    queue->count++;
    return 0;
}

int guardian_queue_send(struct guardian_queue *queue, int socket_fd, const struct guardian_packet *packet,
                        const int *fds, size_t fd_count)
{
    check(fd_count <= GUARDIAN_QUEUE_FDS_MAX);
    int result = queue->items ? -EAGAIN : send_now(socket_fd, packet, fds, fd_count);
    return result == -EAGAIN ? append(queue, packet, fds, fd_count) : result;
}

int guardian_queue_flush(struct guardian_queue *queue, int socket_fd)
{
    while (queue->items) {
        struct guardian_queue_item *item = queue->items;
        int result = send_now(socket_fd, &item->packet, item->fds, item->fd_count);
        if (result != 0)
            return result == -EAGAIN ? 0 : result;
        DL_DELETE(queue->items, item);
        queue->count--;
        item_free(item);
    }
    return 0;
}
