/* Owns the connection to the guardian. Never waits for an answer; any surprise on the socket loses the link, and one that
 * is known by path is made again. */
#include "supervisor/worker_link/guardian_client.h"

#include "common/base/buf.h"
#include "common/base/fd.h"
#include "common/base/mono.h"
#include "supervisor/worker_link/guardian_dial.h"
#include "supervisor/worker_link/guardian_queue.h"
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PACKETS_A_TURN_MAX 256
/* Kept free of orders: an EXIT_SEEN that found no room would leave a row in the guardian's table for ever. */
#define QUEUE_RESERVED (2 * GUARDIAN_CHILDREN_MAX)

struct guardian_client {
    struct loop *loop;                                       /* borrowed */
    int fd;                                                  /* -1: lost, or not there yet */
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* "": the descriptor was inherited */
    struct loop_timer *retry;                                /* with a path */
    const struct guardian_client_events *events;
    void *context;
    struct loop_fd *watch;
    struct loop_timer *heartbeat;
    struct guardian_queue queue;
    uint64_t command_incarnation; /* last one given */
};

bool guardian_client_inherited(void)
{
    struct ucred peer;
    int type = 0;
    socklen_t type_size = sizeof type, peer_size = sizeof peer;
    return getsockopt(GUARDIAN_FD, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_SEQPACKET &&
           getsockopt(GUARDIAN_FD, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 && peer.pid == getppid();
}

static void lose(struct guardian_client *client, int error)
{
    if (client->fd < 0)
        return;
    loop_timer_stop(client->heartbeat);
    loop_fd_free(TAKE(client->watch));
    fd_closep(&client->fd);
    guardian_queue_deinit(&client->queue);
    if (client->retry)
        loop_timer_start(client->retry, GUARDIAN_CLIENT_RETRY_MS);
    client->events->on_lost(client->context, error);
}

/* Sends or queues; the loop tells when the rest can go. */
static int order(struct guardian_client *client, struct guardian_packet *packet, const int *fds, size_t fd_count)
{
    if (client->fd < 0)
        return -ENOTCONN;
    if (packet->type != GUARDIAN_EXIT_SEEN && client->queue.count >= GUARDIAN_CLIENT_QUEUE_MAX)
        return -ENOBUFS;
    packet->version = GUARDIAN_VERSION;
    int result = guardian_queue_send(&client->queue, client->fd, packet, fds, fd_count);
    if (result == 0 && client->queue.count > 0)
        result = loop_fd_set(client->watch, LOOP_READABLE | LOOP_WRITABLE);
    return result;
}

static void exit_seen(struct guardian_client *client, const struct guardian_child *child)
{
    struct guardian_packet seen = {.type = GUARDIAN_EXIT_SEEN, .child = *child};
    int result = order(client, &seen, NULL, 0);
    if (result != 0 && result != -ENOTCONN) /* the guardian would keep the row for ever */
        lose(client, result);
}

static void on_heartbeat(void *context)
{
    struct guardian_client *client = context;
    struct guardian_packet packet = {.type = GUARDIAN_HEARTBEAT};
    if (client->queue.count > 0)
        return; /* what waits says as much */
    int result = order(client, &packet, NULL, 0);
    if (result != 0)
        lose(client, result);
}

static int obey(struct guardian_client *client, const struct guardian_packet *packet)
{
    const struct guardian_client_events *events = client->events;
    switch (packet->type) {
    case GUARDIAN_CHILD:
        events->on_child(client->context, &packet->child);
        return 0;
    case GUARDIAN_TABLE_END:
        on_heartbeat(client); /* at once: who waits for us to serve hears of it through the guardian */
        if (client->fd >= 0)
            events->on_table_end(client->context);
        return 0;
    case GUARDIAN_EXIT:
        events->on_exit(client->context, &packet->child, (int)packet->value);
        exit_seen(client, &packet->child);
        return 0;
    case GUARDIAN_START_FAILED:
        events->on_start_failed(client->context, &packet->child, (int)packet->value);
        exit_seen(client, &packet->child);
        return 0;
    default: /* a number from outside, not our enum */
        return -EPROTO;
    }
}

static void read_packets(struct guardian_client *client)
{
    for (int i = 0; i < PACKETS_A_TURN_MAX && client->fd >= 0; i++) {
        struct guardian_packet packet;
        ssize_t len = recv(client->fd, &packet, sizeof packet, MSG_DONTWAIT);
        if (len < 0 && (errno == EWOULDBLOCK || errno == EINTR))
            return;
        int result = len < 0 ? -errno : len == 0 ? -ECONNRESET : len != (ssize_t)sizeof packet ? -EPROTO : 0;
        if (result == 0)
            result = packet.version == GUARDIAN_VERSION ? obey(client, &packet) : -EPROTO;
        if (result != 0)
            lose(client, result);
    }
}

static void on_socket(void *context, unsigned events)
{
    struct guardian_client *client = context;
    int result = 0;
    if (events & LOOP_WRITABLE) {
        result = guardian_queue_flush(&client->queue, client->fd);
        if (result == 0 && client->queue.count == 0)
            result = loop_fd_set(client->watch, LOOP_READABLE);
    }
    if (events & (LOOP_READABLE | LOOP_CLOSED)) /* what was told before the link closed is still to be read */
        read_packets(client);
    if (result != 0)
        lose(client, result);
}

/* fd: consumed. */
static int open_link(struct guardian_client *client, int fd)
{
    CLEANUP(fd_closep) int owned = fd;
    int result = fd_set_nonblocking(fd);
    if (result == 0)
        result = loop_fd_new(client->loop, fd, LOOP_READABLE, on_socket, client, &client->watch);
    if (result != 0)
        return result;
    client->fd = fd;
    owned = -1;
    loop_timer_repeat(client->heartbeat, GUARDIAN_HEARTBEAT_MS);
    return 0;
}

/* Nobody there, or not yet, is nothing to tell: it is tried again until somebody is. */
static void on_retry(void *context)
{
    struct guardian_client *client = context;
    int fd = -1;
    int result = guardian_dial(client->path, &fd);
    if (result == 0)
        result = open_link(client, fd);
    if (result != 0)
        loop_timer_start(client->retry, GUARDIAN_CLIENT_RETRY_MS);
}

static int new_client(struct loop *loop, const struct guardian_client_events *events, void *context,
                      struct guardian_client **ret)
{
    struct guardian_client *client = calloc(1, sizeof *client);
    if (!client)
        return -ENOMEM;
    *client = (struct guardian_client){.loop = loop,
                                       .fd = -1,
                                       .events = events,
                                       .context = context,
                                       .queue = {.count_max = GUARDIAN_CLIENT_QUEUE_MAX + QUEUE_RESERVED}};
    *ret = client;
    return loop_timer_new(loop, on_heartbeat, client, &client->heartbeat);
}

int guardian_client_new(struct loop *loop, int fd, const struct guardian_client_events *events, void *context,
                        struct guardian_client **ret)
{
    CLEANUP(guardian_client_freep) struct guardian_client *client = NULL;
    int result = new_client(loop, events, context, &client);
    if (result == 0)
        result = open_link(client, fd);
    else
        fd_closep(&fd);
    if (result == 0)
        *ret = TAKE(client);
    return result;
}

int guardian_client_connect(struct loop *loop, const char *path, const struct guardian_client_events *events,
                            void *context, struct guardian_client **ret)
{
    CLEANUP(guardian_client_freep) struct guardian_client *client = NULL;
    int result = new_client(loop, events, context, &client);
    if (result == 0 && str_copy(client->path, sizeof client->path, str_of(path)) != 0)
        result = -ENAMETOOLONG;
    if (result == 0)
        result = loop_timer_new(loop, on_retry, client, &client->retry);
    if (result != 0)
        return result;
    loop_timer_start(client->retry, 0);
    *ret = TAKE(client);
    return 0;
}

void guardian_client_free(struct guardian_client *client)
{
    if (!client)
        return;
    loop_timer_free(client->heartbeat);
    loop_timer_free(client->retry);
    loop_fd_free(client->watch);
    guardian_queue_deinit(&client->queue);
    fd_closep(&client->fd);
    free(client);
}

int guardian_client_start_worker(struct guardian_client *client, const struct guardian_child *child,
                                 const struct guardian_worker_fds *fds)
{
    struct guardian_packet packet = {.type = GUARDIAN_START_WORKER, .child = *child};
    packet.child.kind = GUARDIAN_WORKER;
    return order(client, &packet, (const int[]){fds->executable, fds->log, fds->spec, fds->lock}, 4);
}

static int argv_write(const char *const *argv, int *ret_fd)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(GUARDIAN_ARGV_BYTES_MAX);
    size_t count = 0;
    int result = argv[0] && argv[0][0] ? 0 : -EINVAL;
    for (; result == 0 && argv[count]; count++)
        result = buf_append(&text, argv[count], strlen(argv[count]) + 1);
    if (result == -ENOBUFS || (result == 0 && count > GUARDIAN_ARGV_MAX))
        return -E2BIG;
    return result == 0 ? fd_memfd_sealed("command", text.data, text.len, ret_fd) : result;
}

int guardian_client_start_command(struct guardian_client *client, const char *id, const char *const *argv, int log_fd,
                                  uint64_t *ret_incarnation)
{
    struct guardian_packet packet = {.type = GUARDIAN_START_COMMAND, .child.kind = GUARDIAN_COMMAND};
    int result = id[0] ? str_copy(packet.child.split, sizeof packet.child.split, str_of(id)) : -EINVAL;
    if (result != 0)
        return result;
    CLEANUP(fd_closep) int argv_fd = -1;
    result = argv_write(argv, &argv_fd);
    if (result != 0)
        return result;
    /* The boot clock never goes back, so a supervisor after us gives other numbers without knowing ours. */
    uint64_t now = mono_now_us(), next = client->command_incarnation + 1;
    packet.child.incarnation = now > next ? now : next;
    result = order(client, &packet, (const int[]){argv_fd, log_fd}, 2);
    if (result != 0)
        return result;
    *ret_incarnation = client->command_incarnation = packet.child.incarnation;
    return 0;
}

int guardian_client_signal(struct guardian_client *client, const struct guardian_child *child, int signal_number)
{
    struct guardian_packet packet = {.type = GUARDIAN_SIGNAL, .value = signal_number, .child = *child};
    return order(client, &packet, NULL, 0);
}

int guardian_client_reexec(struct guardian_client *client)
{
    struct guardian_packet packet = {.type = GUARDIAN_REEXEC};
    return order(client, &packet, NULL, 0);
}
