/* The server: one MHD daemon on an epoll descriptor of its own, which the loop watches.
 *
 * MHD runs only from the loop's callbacks, never from within a handler or a push, so it is never entered twice.
 * Owns daemon, watch, timer and work. MHD's own time-out counts silence; a client that sends a byte now and then is caught by
 * the sweep, which counts whole requests. */
#include "common/http/server_internal.h"

#include <fcntl.h>
#include <sys/socket.h>

#define SWEEP_MS 1000

static void run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;

    (void)MHD_run(server->daemon); /* fails only where a daemon has threads */
    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES)
        loop_timer_start(server->timer, timeout_ms < SWEEP_MS ? (int64_t)timeout_ms : SWEEP_MS);
}

void http_connection_idle(struct http_server *server, struct http_connection *connection)
{
    connection->idle_since = mono_now();
    connection->deadline = mono_after(connection->idle_since, server->request_ms);
    connection->busy = false;
}

/* When all places are taken nobody is accepted any more: whoever has sat on one for that long and asks for nothing makes room. */
static void make_room(const struct http_server *server, const struct http_connection *spared, int64_t idle_ms)
{
    const struct http_connection *longest = NULL;

    for (const struct http_connection *c = server->connections; c; c = c->next)
        if (c != spared && !c->busy && (!longest || c->idle_since.ms <= longest->idle_since.ms))
            longest = c;
    if (!longest || server->connection_count < HTTP_SERVER_CONNECTIONS_MAX)
        return;
    if (mono_reached(mono_now(), mono_after(longest->idle_since, idle_ms)))
        (void)shutdown(longest->fd, SHUT_RDWR); /* MHD sees the end and closes */
}

/* Requests that take too long lose their connection, whatever trickles in. On a timer of its own: what trickles in would move
 * the other one on and on. */
static void on_sweep(void *context)
{
    struct http_server *server = context;
    struct mono now = mono_now();

    for (struct http_connection *c = server->connections; c; c = c->next)
        if (mono_is_set(c->deadline) && mono_reached(now, c->deadline))
            (void)shutdown(c->fd, SHUT_RDWR); /* MHD sees the end and closes */
    make_room(server, NULL, SWEEP_MS);
}

static void on_timer(void *context) { run(context); }

static void on_epoll(void *context, unsigned events)
{
    (void)events;
    run(context);
}

static void on_work(void *context) { run(context); }

void http_server_wake(struct http_server *server) { loop_work_schedule(server->work); }

static void connection_open(struct http_server *server, struct MHD_Connection *mhd, void **slot)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_connection *connection = calloc(1, sizeof *connection);

    *slot = connection;
    if (!connection)
        return; /* its requests are refused */
    connection->fd = info ? info->connect_fd : -1;
    http_connection_idle(server, connection);
    connection->next = server->connections;
    if (connection->next)
        connection->next->slot = &connection->next;
    connection->slot = &server->connections;
    server->connections = connection;
    server->connection_count++;
    make_room(server, connection, 0);
}

static void connection_close(struct http_server *server, struct http_connection *connection)
{
    if (!connection)
        return;
    *connection->slot = connection->next;
    if (connection->next)
        connection->next->slot = connection->slot;
    server->connection_count--;
    free(connection);
    if (server->work) /* MHD accepts again only with its next run, and nothing else may wake it */
        http_server_wake(server);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_open(context, mhd, slot);
    else
        connection_close(context, *slot);
}

/* MHD's own words can hold parts of requests: they are not logged. */
static void on_mhd_log(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

/* MHD closes the socket when it stops, and on some failures: it gets one of its own. */
static int start_daemon(struct http_server *server)
{
    int listen_fd = fcntl(server->listen_fd, F_DUPFD_CLOEXEC, 0);

    if (listen_fd < 0)
        return -errno;
    errno = 0;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, http_server_access,
        server, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL, MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(HTTP_SERVER_REQUEST_MS / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_SERVER_HEAD_BYTES_MAX, MHD_OPTION_NOTIFY_COMPLETED, http_server_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    if (server->daemon)
        return 0;
    return errno ? -errno : -EIO;
}

static int watch_daemon(struct http_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int r;

    if (!info)
        return -EIO;
    if ((r = loop_timer_new(server->loop, on_timer, server, &server->timer)) < 0 ||
        (r = loop_timer_new(server->loop, on_sweep, server, &server->sweep)) < 0 ||
        (r = loop_work_new(server->loop, on_work, server, &server->work)) < 0 ||
        (r = loop_fd_new(server->loop, info->epoll_fd, LOOP_READABLE, on_epoll, server, &server->watch)) < 0)
        return r;
    loop_timer_repeat(server->sweep, SWEEP_MS);
    return 0;
}

int http_server_new(struct loop *loop, int listen_fd, http_handler_fn *handler, void *context,
                    struct http_server **ret)
{
    struct http_server *server CLEANUP(http_server_freep) = calloc(1, sizeof *server);

    if (!server) {
        fd_closep(&listen_fd);
        return -ENOMEM;
    }
    *server = (struct http_server){.loop = loop,
                                   .handler = handler,
                                   .context = context,
                                   .listen_fd = listen_fd,
                                   .request_ms = HTTP_SERVER_REQUEST_MS};
    int r = start_daemon(server);
    if (r == 0)
        r = watch_daemon(server);
    if (r < 0)
        return r;
    *ret = TAKE(server);
    return 0;
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    loop_fd_free(server->watch);
    loop_timer_free(server->timer);
    loop_timer_free(server->sweep);
    server->closing = true;
    http_server_abort_waits(server);
    http_server_abort_streams(server); /* MHD does not stop while one is suspended */
    loop_work_free(server->work);
    server->work = NULL;
    if (server->daemon)
        MHD_stop_daemon(server->daemon); /* closes connections */
    fd_closep(&server->listen_fd);
    free(server);
}

void http_server_set_request_ms(struct http_server *server, int64_t request_ms) { server->request_ms = request_ms; }

unsigned http_server_connections(const struct http_server *server) { return server->connection_count; }
