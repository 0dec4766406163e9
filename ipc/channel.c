/* ZeroMQ: the only file that knows it. Owns the context, the socket, its monitor and their watches.
 *
 * The socket's descriptor is edge-triggered and any call may take its signal away (zmq_getsockopt(3), ZMQ_FD), so after
 * every send and every batch ZMQ_EVENTS is asked, and what is left is taken in the next turn of the loop.
 * Logs nothing above debug; errors are -errno. */
#include "ipc/channel.h"

#include "common/base/log.h"
#include <zmq.h>

#define HANDSHAKE_MS 5000
#define MONITOR_ENDPOINT "inproc://monitor"
#define IDENTITY_BYTES_MAX 255

struct channel {
    const struct channel_handlers *handlers;
    void *context;
    enum ipc_sender peer;
    void *zmq;
    void *socket;
    void *monitor; /* worker's end only */
    struct loop_fd *watch;
    struct loop_fd *monitor_watch;
    struct loop_timer *again; /* frames are left that the descriptor will not tell of */
    int linger_ms;
};

static bool channel_readable(struct channel *channel)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(channel->socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

/* Calls that do not wait can be interrupted all the same. Between two parts that must not end them: the next call would
 * take the second part for the first of another. */
static int receive_bytes(void *socket, void *data, size_t size)
{
    int len;
    do
        len = zmq_recv(socket, data, size, ZMQ_DONTWAIT);
    while (len < 0 && errno == EINTR);
    return len < 0 ? -errno : len;
}

static int send_bytes(void *socket, const void *data, size_t size, int flags)
{
    int len;
    do
        len = zmq_send(socket, data, size, ZMQ_DONTWAIT | flags);
    while (len < 0 && errno == EINTR);
    return len < 0 ? -errno : 0;
}

/* One part of a frame; len may exceed size, then only size bytes were kept. -EAGAIN: none. */
static int receive_part(struct channel *channel, char *data, size_t size, size_t *ret_len, bool *ret_more)
{
    int len = receive_bytes(channel->socket, data, size);
    if (len < 0)
        return len;
    int more = 0;
    size_t more_size = sizeof more;
    if (zmq_getsockopt(channel->socket, ZMQ_RCVMORE, &more, &more_size) < 0)
        return -errno;
    *ret_len = (size_t)len;
    *ret_more = more;
    return 0;
}

/* A frame has one part; the other end's own stack cannot send more, so more is as bad as a wrong byte. */
static int receive_frame(struct channel *channel, char *data, size_t size, size_t *ret_len)
{
    bool more = false;
    size_t len = 0;
    int r = receive_part(channel, data, size, &len, &more);
    if (r)
        return r;
    while (more) {
        r = receive_part(channel, data, 0, &len, &more);
        if (r)
            return r;
        len = size + 1;
    }
    *ret_len = len;
    return 0;
}

static int receive_identity(struct channel *channel, char identity[IDENTITY_BYTES_MAX + 1])
{
    size_t len = 0;
    bool more = true;
    if (channel->peer == IPC_FROM_WORKER) {
        int r = receive_part(channel, identity, IDENTITY_BYTES_MAX, &len, &more);
        if (r)
            return r;
    }
    check(len <= IDENTITY_BYTES_MAX && more);         /* what a ROUTER puts in front (zmq_socket(3)) */
    identity[memchr(identity, 0, len) ? 0 : len] = 0; /* one with a NUL inside is nobody's */
    return 0;
}

/* Takes one frame and gives it to its handler; -EAGAIN when there is none. */
static int channel_receive(struct channel *channel)
{
    char identity[IDENTITY_BYTES_MAX + 1];
    char data[IPC_FRAME_BYTES_MAX];
    size_t len;
    int r = receive_identity(channel, identity);
    if (!r)
        r = receive_frame(channel, data, sizeof data, &len);
    if (r)
        return r;
    struct ipc_message message;
    int why = len > sizeof data ? CODEC_TRAILING : codec_decode((struct str){data, len}, channel->peer, &message);
    if (!why) {
        channel->handlers->message(channel->context, identity, &message);
        return 0;
    }
    log_debug("ipc", "frame refused", LF_STR("peer", identity), LF_INT("why", why), LF_INT("bytes", len));
    channel->handlers->bad_frame(channel->context, identity, why);
    return 0;
}

static void channel_drain(struct channel *channel)
{
    for (int i = 0; i < CHANNEL_BATCH_MAX; i++)
        if (channel_receive(channel))
            break;
    channel->handlers->writable(channel->context);
    if (channel_readable(channel))
        loop_timer_start(channel->again, 0);
}

static void on_readable(void *context, unsigned events)
{
    (void)events;
    channel_drain(context);
}

/* zmq_socket_monitor(3): number (2 bytes) and value, then the address in a second part. */
static int monitor_receive(struct channel *channel, uint16_t *ret_event)
{
    unsigned char event[6];
    char address[1];
    int r = receive_bytes(channel->monitor, event, sizeof event);
    if (r >= 0)
        r = receive_bytes(channel->monitor, address, 0);
    if (r < 0)
        return r;
    memcpy(ret_event, event, sizeof *ret_event);
    return 0;
}

static void monitor_drain(struct channel *channel)
{
    uint16_t event = 0;
    while (channel->monitor && monitor_receive(channel, &event) == 0)
        channel->handlers->connected(channel->context, event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

static void on_monitor(void *context, unsigned events)
{
    (void)events;
    struct channel *channel = context;
    monitor_drain(channel);
    loop_timer_start(channel->again, 0); /* the same news may have used up the socket's own signal */
}

static void on_again(void *context)
{
    monitor_drain(context);
    channel_drain(context);
}

static int set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0 ? 0 : -errno;
}

static int socket_limits(void *socket)
{
    const struct {
        int option, value;
    } limits[] = {{ZMQ_LINGER, 0},
                  {ZMQ_SNDHWM, CHANNEL_QUEUE_MAX},
                  {ZMQ_RCVHWM, CHANNEL_QUEUE_MAX},
                  {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
                  {ZMQ_RECONNECT_IVL, CHANNEL_RECONNECT_MS},
                  {ZMQ_RECONNECT_IVL_MAX, CHANNEL_RECONNECT_MAX_MS}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        int r = set_int(socket, limits[i].option, limits[i].value);
        if (r)
            return r;
    }
    int64_t bytes_max = CHANNEL_FRAME_HARD_MAX;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max) == 0 ? 0 : -errno;
}

static int watch_socket(struct loop *loop, void *socket, loop_fd_fn *callback, struct channel *channel,
                        struct loop_fd **ret_watch)
{
    int fd;
    size_t size = sizeof fd;
    if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size) < 0)
        return -errno;
    return loop_fd_new(loop, fd, LOOP_READABLE, callback, channel, ret_watch);
}

static int channel_new(struct loop *loop, int type, const struct channel_handlers *handlers, void *context,
                       struct channel **ret_channel)
{
    CLEANUP(channel_freep) struct channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return -ENOMEM;
    channel->handlers = handlers;
    channel->context = context;
    channel->peer = type == ZMQ_ROUTER ? IPC_FROM_WORKER : IPC_FROM_SUPERVISOR;
    channel->zmq = zmq_ctx_new();
    if (channel->zmq)
        channel->socket = zmq_socket(channel->zmq, type);
    if (!channel->socket)
        return -errno;
    int r = socket_limits(channel->socket);
    if (!r)
        r = loop_timer_new(loop, on_again, channel, &channel->again);
    if (!r)
        r = watch_socket(loop, channel->socket, on_readable, channel, &channel->watch);
    if (r)
        return r;
    loop_timer_start(channel->again, 0); /* a descriptor signals only after its socket was looked at once */
    *ret_channel = TAKE(channel);
    return 0;
}

int channel_bind(struct loop *loop, const char *endpoint, const struct channel_handlers *handlers, void *context,
                 struct channel **ret_channel)
{
    CLEANUP(channel_freep) struct channel *channel = NULL;
    int r = channel_new(loop, ZMQ_ROUTER, handlers, context, &channel);
    if (!r)
        r = set_int(channel->socket, ZMQ_ROUTER_MANDATORY, 1); /* an unknown identity is an outcome */
    if (!r)
        r = set_int(channel->socket, ZMQ_ROUTER_HANDOVER, 1); /* a worker that reconnected is itself */
    if (!r && zmq_bind(channel->socket, endpoint) < 0)
        r = -errno;
    if (!r)
        *ret_channel = TAKE(channel);
    return r;
}

static int monitor_open(struct loop *loop, struct channel *channel)
{
    if (zmq_socket_monitor(channel->socket, MONITOR_ENDPOINT,
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) < 0)
        return -errno;
    channel->monitor = zmq_socket(channel->zmq, ZMQ_PAIR);
    if (!channel->monitor || zmq_connect(channel->monitor, MONITOR_ENDPOINT) < 0)
        return -errno;
    return watch_socket(loop, channel->monitor, on_monitor, channel, &channel->monitor_watch);
}

int channel_connect(struct loop *loop, const char *endpoint, const char *identity,
                    const struct channel_handlers *handlers, void *context, struct channel **ret_channel)
{
    CLEANUP(channel_freep) struct channel *channel = NULL;
    int r = channel_new(loop, ZMQ_DEALER, handlers, context, &channel);
    if (!r)
        r = set_int(channel->socket, ZMQ_IMMEDIATE, 1); /* no queue before there is a peer, and none for a lost one */
    if (!r && zmq_setsockopt(channel->socket, ZMQ_ROUTING_ID, identity, strlen(identity)) < 0)
        r = -errno;
    if (!r)
        r = monitor_open(loop, channel);
    if (!r && zmq_connect(channel->socket, endpoint) < 0)
        r = -errno;
    if (!r)
        *ret_channel = TAKE(channel);
    return r;
}

static int send_parts(struct channel *channel, const char *identity, const struct ipc_frame *frame)
{
    int r = identity ? send_bytes(channel->socket, identity, strlen(identity), ZMQ_SNDMORE) : 0;
    return r ? r : send_bytes(channel->socket, frame->data, frame->len, 0);
}

int channel_send(struct channel *channel, const char *identity, const struct ipc_frame *frame)
{
    check(!identity == (channel->peer == IPC_FROM_SUPERVISOR));
    int r = send_parts(channel, identity, frame);
    bool readable = channel_readable(channel); /* also takes in that a queue has room again, or a peer is new */
    if (r == -EAGAIN || r == -EHOSTUNREACH)
        r = send_parts(channel, identity, frame);
    if (readable)
        loop_timer_start(channel->again, 0);
    if (r == -EAGAIN)
        return CHANNEL_FULL;
    return r == -EHOSTUNREACH ? CHANNEL_GONE : r;
}

void channel_set_linger(struct channel *channel, int linger_ms) { channel->linger_ms = linger_ms; }

static void socket_close(void *socket, int linger_ms)
{
    if (!socket)
        return;
    if (set_int(socket, ZMQ_LINGER, linger_ms))
        log_debug("ipc", "linger not set, ignored: the default set at the start holds");
    zmq_close(socket);
}

void channel_free(struct channel *channel)
{
    if (!channel)
        return;
    loop_fd_free(channel->watch);
    loop_fd_free(channel->monitor_watch);
    loop_timer_free(channel->again);
    socket_close(channel->monitor, 0);
    socket_close(channel->socket, channel->linger_ms);
    /* Interrupted, it would leave its threads at work, and the last frames unsent. */
    while (channel->zmq && zmq_ctx_term(channel->zmq) < 0 && errno == EINTR)
        continue;
    free(channel);
}
