/* A response whose end is not known yet. Owns what was pushed and not sent; MHD's connection sleeps while that is nothing.
 *
 * A sleeping connection is not watched by MHD: the loop watches its socket, so that a client who goes is noticed at
 * once. */
#include "common/http/server_internal.h"

#include <string.h>
#include <sys/socket.h>

#define BLOCK_BYTES 16384

struct http_stream {
    struct http_server *server;
    struct http_exchange *exchange;
    struct http_connection *connection;
    http_stream_closed_fn *on_closed;
    void *context;
    struct buf pending;
    size_t sent_bytes;     /* of pending */
    struct loop_fd *watch; /* on the client */
    bool asleep;           /* MHD waits for http_stream_push */
    bool ended;            /* no more pushes */
    bool started;          /* the response was begun */
    bool aborted;          /* the client is gone, or the server goes */
    struct http_stream *next, **slot;
};

int http_response_stream(struct http_response *response, http_stream_closed_fn *on_closed, void *context,
                         struct http_stream **ret)
{
    struct http_exchange *exchange =
        (struct http_exchange *)(void *)((char *)response - offsetof(struct http_exchange, response));
    struct http_stream *stream = calloc(1, sizeof *stream);

    check(!exchange->stream);
    if (!stream)
        return -ENOMEM;
    *stream = (struct http_stream){.server = exchange->server,
                                   .exchange = exchange,
                                   .connection = http_connection_of(exchange->mhd),
                                   .on_closed = on_closed,
                                   .context = context,
                                   .pending = BUF_INIT(HTTP_SERVER_STREAM_BYTES_MAX),
                                   .next = exchange->server->streams,
                                   .slot = &exchange->server->streams};
    if (stream->next)
        stream->next->slot = &stream->next;
    exchange->server->streams = stream;
    exchange->stream = stream;
    stream->connection->deadline = (struct mono){0}; /* until it is ended */
    *ret = stream;
    return 0;
}

static void wake(struct http_stream *stream)
{
    if (!stream->asleep)
        return;
    stream->asleep = false;
    MHD_resume_connection(stream->exchange->mhd);
    http_server_wake(stream->server);
}

/* Room is made by the bytes that are sent, once they are half of what there is: each byte is moved once or twice. */
static void drop_sent(struct http_stream *stream)
{
    if (stream->sent_bytes < stream->pending.len / 2 + 1)
        return;
    buf_consume(&stream->pending, stream->sent_bytes);
    stream->sent_bytes = 0;
}

int http_stream_push(struct http_stream *stream, struct str data)
{
    check(!stream->ended);
    if (stream->aborted)
        return 0; /* on_closed is on its way */
    int r = buf_append_str(&stream->pending, data);
    if (r == -ENOBUFS) { /* what is sent already must not count */
        buf_consume(&stream->pending, stream->sent_bytes);
        stream->sent_bytes = 0;
        r = buf_append_str(&stream->pending, data);
    }
    if (r < 0)
        return r;
    wake(stream);
    return 0;
}

void http_stream_end(struct http_stream *stream)
{
    stream->ended = true;
    stream->connection->deadline = mono_after(mono_now(), stream->server->request_ms);
    wake(stream);
}

void http_stream_abort(struct http_stream *stream)
{
    stream->ended = true;
    stream->aborted = true;
    wake(stream);
    /* A connection that is awake waits for its client to read. */
    if (stream->started)
        (void)shutdown(stream->connection->fd, SHUT_RDWR);
}

static ssize_t read_stream(void *context, uint64_t position, char *data, size_t size)
{
    struct http_stream *stream = context;
    size_t left = stream->pending.len - stream->sent_bytes;

    (void)position;
    if (stream->aborted)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (left > 0) {
        size_t length = left < size ? left : size;
        memcpy(data, stream->pending.data + stream->sent_bytes, length);
        stream->sent_bytes += length;
        drop_sent(stream);
        return (ssize_t)length;
    }
    if (stream->ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    stream->asleep = true;
    MHD_suspend_connection(stream->exchange->mhd);
    return 0;
}

struct MHD_Response *http_stream_response(struct http_stream *stream)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, stream, NULL);
}

static void on_client(void *context, unsigned events)
{
    struct http_stream *stream = context;

    if (!(events & LOOP_CLOSED))
        return;
    if (loop_fd_set(stream->watch, 0) == 0) /* once is enough */
        http_stream_abort(stream);
}

void http_stream_start(struct http_stream *stream)
{
    stream->started = true;
    /* Ignored failure: without the watch the end is noticed at the next push. */
    if (loop_fd_new(stream->server->loop, stream->connection->fd, LOOP_CLOSED, on_client, stream, &stream->watch) < 0)
        stream->watch = NULL;
}

void http_stream_close(struct http_stream *stream)
{
    if (!stream)
        return;
    loop_fd_free(stream->watch);
    *stream->slot = stream->next;
    if (stream->next)
        stream->next->slot = stream->slot;
    buf_deinit(&stream->pending);
    stream->on_closed(stream->context);
    free(stream);
}

void http_server_abort_streams(struct http_server *server)
{
    for (struct http_stream *stream = server->streams; stream; stream = stream->next)
        http_stream_abort(stream);
    if (server->daemon)
        (void)MHD_run(server->daemon); /* closes them; what it leaves, MHD_stop_daemon closes */
}
