/* See the header. A message of the server begins with its channel: 0 is data, 1 is what went wrong, and the first message of each
 * says the port in two bytes (kubelet, "portforward" over WebSocket). */
#include "common/kube/forward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/http/tunnel.h"
#include "common/kube/client_internal.h"

enum {
    SOCKET_NAME_SIZE = 16, /* of a socket that the kernel named: five hex digits (unix(7), "Autobind feature") */
    CHANNEL_DATA = 0,
    CHANNEL_ERROR = 1,
    CHANNELS = 2,
    PORT_BYTES = 2,
    READ_BYTES = 32 << 10,
    WAITING_BYTES_MAX = HTTP_TUNNEL_MESSAGE_BYTES_MAX + READ_BYTES,
};
static const char protocol[] = "v4.channel.k8s.io";

struct connection {
    struct kube_forward *forward; /* NULL: free */
    struct http_tunnel *tunnel;
    int fd; /* who connected */
    struct loop_fd *watch;
    struct buf waiting; /* for our end, which is written to as fast as it is read */
    bool sending;       /* the tunnel has something to send: nothing more is read */
    bool greeted[CHANNELS];
    bool over; /* freed with the next look */
};

struct kube_forward {
    struct kube_client *client;
    char *path;
    char *pod;
    int listen_fd;
    char name[SOCKET_NAME_SIZE];
    struct loop_fd *watch;
    struct loop_work *work;
    struct reason why;
    bool failed;
    struct connection connections[KUBE_FORWARD_CONNECTIONS_MAX];
};

static void connection_close(struct connection *connection)
{
    if (!connection->forward)
        return;
    loop_fd_free(connection->watch);
    fd_closep(&connection->fd);
    http_tunnel_free(connection->tunnel);
    buf_deinit(&connection->waiting);
    *connection = (struct connection){.fd = -1};
}

static void sweep(void *context)
{
    struct kube_forward *forward = context;
    for (size_t i = 0; i < KUBE_FORWARD_CONNECTIONS_MAX; i++)
        if (forward->connections[i].over)
            connection_close(&forward->connections[i]);
}

/* From a callback of the tunnel, which goes later; who connected sees the end now. */
static void connection_over(struct connection *connection)
{
    connection->over = true;
    loop_fd_free(TAKE(connection->watch));
    fd_closep(&connection->fd);
    loop_work_schedule(connection->forward->work);
}

static void fail(struct connection *connection, enum reason_code code, int status, const char *what)
{
    struct kube_forward *forward = connection->forward;
    forward->failed = true;
    reason_set(&forward->why, code, status, "%s, asked for a port of pod %s: %s", kube_client_name(forward->client),
               forward->pod, what);
}

static void connection_watch(struct connection *connection)
{
    unsigned events = (connection->sending ? 0u : LOOP_READABLE) | (connection->waiting.len > 0 ? LOOP_WRITABLE : 0u);
    if (connection->over)
        return;
    http_tunnel_set_hold(connection->tunnel, connection->waiting.len > 0);
    if (loop_fd_set(connection->watch, events) < 0)
        connection_over(connection);
}

/* --- From the pod --- */

static void write_waiting(struct connection *connection)
{
    while (connection->waiting.len > 0) {
        ssize_t done = send(connection->fd, connection->waiting.data, connection->waiting.len, MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN)
            return;
        if (done < 0) {
            connection_over(connection); /* nobody reads it any more */
            return;
        }
        buf_consume(&connection->waiting, (size_t)done);
    }
}

static void on_message(void *context, struct str data)
{
    struct connection *connection = context;
    unsigned channel = data.len > 0 ? (unsigned char)data.data[0] : CHANNELS;
    if (connection->over || channel >= CHANNELS)
        return;
    size_t skipped = connection->greeted[channel] ? 1 : 1 + PORT_BYTES;
    struct str rest = data.len > skipped ? (struct str){data.data + skipped, data.len - skipped} : STR("");
    connection->greeted[channel] = true;
    if (rest.len > 0 && channel == CHANNEL_ERROR)
        fail(connection, REASON_KUBE_UNREACHABLE, 0, "the pod cannot be reached");
    else if (rest.len > 0 && buf_append_str(&connection->waiting, rest) < 0)
        connection_over(connection);
    else
        write_waiting(connection);
    connection_watch(connection);
}

static void on_sent(void *context)
{
    struct connection *connection = context;
    connection->sending = false;
    connection_watch(connection);
}

static void on_over(void *context, int error, unsigned status)
{
    struct connection *connection = context;
    char words[64];
    snprintf(words, sizeof words, "HTTP status %u", status);
    if (status == 403)
        fail(connection, REASON_RIGHT_MISSING, 403,
             "you may not; the right is 'get' and 'create' on pods/portforward");
    else if (status == 401)
        fail(connection, REASON_NOT_AUTHENTICATED, 401, "it does not accept the credentials");
    else if (status)
        fail(connection, REASON_KUBE_UNREACHABLE, (int)status, status == 404 ? "there is no such pod" : words);
    else if (error < 0)
        fail(connection, REASON_KUBE_UNREACHABLE, 0, strerror(-error));
    if (!connection->over)
        connection_over(connection);
}

/* --- To the pod --- */

static void read_some(struct connection *connection)
{
    char message[1 + READ_BYTES] = {CHANNEL_DATA};
    ssize_t got = recv(connection->fd, message + 1, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0 || http_tunnel_send(connection->tunnel, (struct str){message, 1 + (size_t)got}) < 0) {
        connection_over(connection);
        return;
    }
    connection->sending = true;
}

static void on_socket(void *context, unsigned events)
{
    struct connection *connection = context;
    if (events & LOOP_WRITABLE)
        write_waiting(connection);
    if (!connection->over && events & (LOOP_READABLE | LOOP_CLOSED))
        read_some(connection);
    connection_watch(connection);
}

/* --- Making --- */

static int connection_open(struct kube_forward *forward, struct connection *connection, int fd)
{
    struct kube_client *client = forward->client;
    const char *headers[KUBE_HEADERS_MAX + 2];
    *connection = (struct connection){.forward = forward, .fd = fd, .waiting = BUF_INIT(WAITING_BYTES_MAX)};
    kube_credentials_headers(&client->credentials, headers);
    const struct http_tunnel_spec spec = {.path = forward->path,
                                          .headers = headers,
                                          .protocol = protocol,
                                          .on_message = on_message,
                                          .on_sent = on_sent,
                                          .on_over = on_over,
                                          .context = connection};
    int r = http_tunnel_new(client->http, &spec, &connection->tunnel);
    if (r == 0)
        r = loop_fd_new(client->loop, fd, LOOP_READABLE, on_socket, connection, &connection->watch);
    return r;
}

static struct connection *connection_free(struct kube_forward *forward)
{
    for (size_t i = 0; i < KUBE_FORWARD_CONNECTIONS_MAX; i++)
        if (!forward->connections[i].forward)
            return &forward->connections[i];
    return NULL;
}

/* Others on this host may find the socket; they have no business with our rights. */
static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}

static void on_caller(void *context, unsigned events)
{
    struct kube_forward *forward = context;
    struct connection *connection = connection_free(forward);
    int fd = accept4(forward->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    (void)events;
    if (fd < 0)
        return; /* who called is gone again */
    if (!connection || !is_ours(fd)) {
        fd_closep(&fd);
        return;
    }
    forward->failed = false;
    if (connection_open(forward, connection, fd) < 0)
        connection_close(connection);
}

static int listen_somewhere(struct kube_forward *forward)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof address;
    forward->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (forward->listen_fd < 0 ||
        bind(forward->listen_fd, (const struct sockaddr *)&address, sizeof address.sun_family) < 0 ||
        listen(forward->listen_fd, KUBE_FORWARD_CONNECTIONS_MAX) < 0 ||
        getsockname(forward->listen_fd, (struct sockaddr *)&address, &size) < 0)
        return -errno;
    const size_t before = offsetof(struct sockaddr_un, sun_path) + 1; /* the NUL that says abstract */
    int r = size > before
                ? str_copy(forward->name, SOCKET_NAME_SIZE, (struct str){address.sun_path + 1, size - before})
                : -EINVAL;
    return r == 0 ? loop_fd_new(forward->client->loop, forward->listen_fd, LOOP_READABLE, on_caller, forward,
                                &forward->watch)
                  : r;
}

int kube_forward_new(struct kube_client *client, const char *namespace, const char *pod, uint16_t port,
                     struct kube_forward **ret)
{
    CLEANUP(kube_forward_freep) struct kube_forward *forward = calloc(1, sizeof *forward);
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    char query[32];
    snprintf(query, sizeof query, "ports=%u", port);
    const struct kube_path place = {.resource = {"", "v1", "pods"},
                                    .namespace = namespace,
                                    .name = pod,
                                    .subresource = "portforward",
                                    .query = query};
    if (!forward)
        return -ENOMEM;
    forward->client = client;
    forward->listen_fd = -1;
    for (size_t i = 0; i < KUBE_FORWARD_CONNECTIONS_MAX; i++)
        forward->connections[i].fd = -1;
    int r = kube_path_build(&place, &path);
    if (r == 0)
        r = buf_take(&path, &forward->path);
    if (r == 0)
        r = str_dup(str_of(pod), &forward->pod);
    if (r == 0)
        r = loop_work_new(client->loop, sweep, forward, &forward->work);
    if (r == 0)
        r = listen_somewhere(forward);
    if (r == 0)
        *ret = TAKE(forward);
    return r;
}

void kube_forward_free(struct kube_forward *forward)
{
    if (!forward)
        return;
    for (size_t i = 0; i < KUBE_FORWARD_CONNECTIONS_MAX; i++)
        connection_close(&forward->connections[i]);
    loop_fd_free(forward->watch);
    fd_closep(&forward->listen_fd);
    loop_work_free(forward->work);
    free(forward->path);
    free(forward->pod);
    free(forward);
}

const char *kube_forward_name(const struct kube_forward *forward) { return forward->name; }

const struct reason *kube_forward_trouble(const struct kube_forward *forward)
{
    return forward->failed ? &forward->why : NULL;
}
