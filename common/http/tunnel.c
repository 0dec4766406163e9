/* See the header. libcurl makes the connection, with proxy and TLS, and carries bytes; request, answer and frames are ours. */
#include "common/http/tunnel.h"

#include <string.h>

#include "common/base/secret.h"
#include "common/http/client_internal.h"
#include "common/http/websocket.h"

enum { READ_BYTES = 16384, REQUEST_BYTES_MAX = 128 << 10, FRAME_HEAD_BYTES_MAX = 14 };

enum tunnel_state { TUNNEL_CONNECTING, TUNNEL_ASKED, TUNNEL_OPEN, TUNNEL_OVER };

struct http_tunnel {
    struct http_tunnel_spec spec; /* path and headers are not used any more */
    struct http_multi multi;
    struct http_call call; /* of it only the handle, and what belongs to that */
    enum tunnel_state state;
    char key[WEBSOCKET_KEY_SIZE];
    struct loop_timer *deadline;
    struct loop_fd *watch;  /* once it is connected */
    struct loop_work *work; /* looks again: something was sent, or is read again */
    struct buf request;     /* goes out first; may hold a token */
    struct buf out, in;
    struct buf message; /* its frames so far */
    bool hold;
};

static void over(struct http_tunnel *tunnel, int error, unsigned status)
{
    if (tunnel->state == TUNNEL_OVER)
        return;
    tunnel->state = TUNNEL_OVER;
    loop_timer_stop(tunnel->deadline);
    loop_fd_free(TAKE(tunnel->watch));
    tunnel->spec.on_over(tunnel->spec.context, error, status);
}

static void on_late(void *context) { over(context, -ETIMEDOUT, 0); }

/* --- Bytes --- */

/* *ret: whether all of it went out. */
static int send_from(struct http_tunnel *tunnel, struct buf *from, bool *ret)
{
    while (from->len > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(tunnel->call.easy, from->data, from->len, &sent);
        if (code == CURLE_AGAIN)
            break;
        if (code != CURLE_OK)
            return -ECONNRESET;
        buf_consume(from, sent);
    }
    *ret = from->len == 0;
    return 0;
}

static int send_all(struct http_tunnel *tunnel)
{
    bool had = tunnel->out.len > 0 && tunnel->state == TUNNEL_OPEN, done = false;
    int r = send_from(tunnel, &tunnel->request, &done);
    if (r == 0 && done && tunnel->state == TUNNEL_OPEN)
        r = send_from(tunnel, &tunnel->out, &done);
    if (r == 0 && done && had)
        tunnel->spec.on_sent(tunnel->spec.context);
    return r;
}

/* *ret_bytes 0: nothing more for now. -EPIPE: the server closed. */
static int read_some(struct http_tunnel *tunnel, size_t *ret_bytes)
{
    char *room = NULL;
    size_t got = 0;
    int r = buf_reserve(&tunnel->in, READ_BYTES, &room);
    if (r < 0)
        return r;
    CURLcode code = curl_easy_recv(tunnel->call.easy, room, READ_BYTES, &got);
    *ret_bytes = 0;
    if (code == CURLE_AGAIN)
        return 0;
    if (code != CURLE_OK)
        return -ECONNRESET;
    if (got == 0)
        return -EPIPE;
    tunnel->in.len += got;
    *ret_bytes = got;
    return 0;
}

/* --- What the server says --- */

static int take_answer(struct http_tunnel *tunnel)
{
    struct websocket_answer answer;
    int r = websocket_answer_read(buf_str(&tunnel->in), tunnel->key, str_of(tunnel->spec.protocol), &answer);
    if (r != 0)
        return r;
    buf_consume(&tunnel->in, answer.bytes);
    if (answer.status != 101) {
        over(tunnel, 0, answer.status);
        return 0;
    }
    tunnel->state = TUNNEL_OPEN;
    loop_timer_stop(tunnel->deadline);
    return 0;
}

static int frame_send(struct http_tunnel *tunnel, enum websocket_opcode opcode, struct str payload)
{
    uint8_t mask[WEBSOCKET_MASK_BYTES];
    random_bytes(mask, sizeof mask);
    loop_work_schedule(tunnel->work);
    return websocket_frame_write(opcode, payload, mask, &tunnel->out);
}

static int take_payload(struct http_tunnel *tunnel, const struct websocket_frame *frame)
{
    int r = buf_append_str(&tunnel->message, frame->payload);
    if (r == 0 && frame->final) {
        tunnel->spec.on_message(tunnel->spec.context, buf_str(&tunnel->message));
        buf_clear(&tunnel->message);
    }
    return r;
}

static int act_on(struct http_tunnel *tunnel, const struct websocket_frame *frame)
{
    switch (frame->opcode) {
    case WEBSOCKET_CONTINUATION:
    case WEBSOCKET_TEXT:
    case WEBSOCKET_BINARY:
        return take_payload(tunnel, frame);
    case WEBSOCKET_PING:
        return frame_send(tunnel, WEBSOCKET_PONG, frame->payload);
    case WEBSOCKET_PONG:
        return 0;
    case WEBSOCKET_CLOSE:
        over(tunnel, 0, 0);
        return 0;
    }
    return -EPROTO;
}

static int take_frame(struct http_tunnel *tunnel)
{
    struct websocket_frame frame;
    int r = websocket_frame_read(buf_str(&tunnel->in), HTTP_TUNNEL_MESSAGE_BYTES_MAX, &frame);
    if (r != 0)
        return r;
    r = act_on(tunnel, &frame);
    buf_consume(&tunnel->in, frame.bytes);
    return r;
}

/* What is there, as far as it may be told. */
static int take_all(struct http_tunnel *tunnel)
{
    int r = 0;
    while (r == 0 && tunnel->state == TUNNEL_ASKED)
        r = take_answer(tunnel);
    while (r == 0 && tunnel->state == TUNNEL_OPEN && !tunnel->hold)
        r = take_frame(tunnel);
    return r < 0 ? r : 0;
}

static int receive_all(struct http_tunnel *tunnel)
{
    size_t bytes = 1;
    int r = take_all(tunnel);
    while (r == 0 && bytes > 0 && !tunnel->hold && tunnel->state != TUNNEL_OVER) {
        r = read_some(tunnel, &bytes);
        if (r == 0 && bytes > 0)
            r = take_all(tunnel);
    }
    return r;
}

static void look(struct http_tunnel *tunnel)
{
    if (!tunnel->watch)
        return;
    int r = receive_all(tunnel);
    if (r == 0 && tunnel->state != TUNNEL_OVER)
        r = send_all(tunnel);
    if (tunnel->state == TUNNEL_OVER)
        return;
    unsigned writing = tunnel->request.len > 0 || (tunnel->out.len > 0 && tunnel->state == TUNNEL_OPEN);
    if (r == 0)
        r = loop_fd_set(tunnel->watch, (tunnel->hold ? 0u : LOOP_READABLE) | (writing ? LOOP_WRITABLE : 0u));
    if (r < 0)
        over(tunnel, r == -EPIPE && tunnel->state == TUNNEL_OPEN ? 0 : r == -EPIPE ? -ECONNRESET : r, 0);
}

static void on_socket(void *context, unsigned events)
{
    (void)events;
    look(context);
}

static void on_work(void *context) { look(context); }

int http_tunnel_send(struct http_tunnel *tunnel, struct str data)
{
    return tunnel->state == TUNNEL_OVER ? 0 : frame_send(tunnel, WEBSOCKET_BINARY, data);
}

void http_tunnel_set_hold(struct http_tunnel *tunnel, bool hold)
{
    tunnel->hold = hold;
    loop_work_schedule(tunnel->work);
}

/* --- The way there --- */

static void on_connected(struct http_tunnel *tunnel, CURLcode code)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    int r = http_call_error(&tunnel->call, code);
    if (r == 0 && curl_easy_getinfo(tunnel->call.easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK)
        r = -ECONNRESET;
    if (r == 0)
        r = loop_fd_new(tunnel->multi.loop, fd, LOOP_READABLE | LOOP_WRITABLE, on_socket, tunnel, &tunnel->watch);
    if (r < 0)
        over(tunnel, r, 0);
    else
        tunnel->state = TUNNEL_ASKED;
}

static void on_acted(void *context)
{
    struct http_tunnel *tunnel = context;
    CURLMsg *message;
    int left = 0;
    while ((message = curl_multi_info_read(tunnel->multi.curl, &left)) != NULL)
        if (message->msg == CURLMSG_DONE && tunnel->state == TUNNEL_CONNECTING)
            on_connected(tunnel, message->data.result);
}

/* "https://host:port/prefix": what stands between the scheme and the path. */
static struct str host_of(const char *base_url)
{
    const char *host = strstr(base_url, "://") + 3; /* http_client_new has looked */
    return (struct str){host, strcspn(host, "/")};
}

static int request_write(struct http_tunnel *tunnel, const struct http_tunnel_spec *spec)
{
    const char *base_url = tunnel->call.client->base_url;
    struct str host = host_of(base_url);
    uint8_t random[16];
    random_bytes(random, sizeof random);
    websocket_key(random, tunnel->key);
    int r = buf_printf(&tunnel->request,
                       "GET %s%s HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n",
                       host.data + host.len, spec->path, STR_ARG(host), tunnel->key, spec->protocol);
    for (const char *const *header = spec->headers; r == 0 && header && *header; header++)
        r = buf_printf(&tunnel->request, "%s\r\n", *header);
    return r == 0 ? buf_append_str(&tunnel->request, STR("\r\n")) : r;
}

static int set_up(struct http_tunnel *tunnel)
{
    const struct http_call_spec spec = {.method = "GET", .path = ""};
    int r = http_call_set_up(&tunnel->call, &spec);
    if (r < 0)
        return r;
    CURL *easy = tunnel->call.easy;
    bool done = curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L) == CURLE_OK &&
                curl_multi_add_handle(tunnel->multi.curl, easy) == CURLM_OK;
    return done ? 0 : -ENOMEM;
}

int http_tunnel_new(struct http_client *client, const struct http_tunnel_spec *spec, struct http_tunnel **ret)
{
    struct http_tunnel *tunnel CLEANUP(http_tunnel_freep) = calloc(1, sizeof *tunnel);
    struct loop *loop = client->multi.loop;
    if (!tunnel)
        return -ENOMEM;
    *tunnel = (struct http_tunnel){
        .spec = *spec,
        .call = {.client = client, .body = BUF_INIT(1)},
        .request = BUF_SECRET_INIT(REQUEST_BYTES_MAX),
        .out = BUF_INIT(HTTP_TUNNEL_UNSENT_BYTES_MAX),
        .in = BUF_INIT(HTTP_TUNNEL_MESSAGE_BYTES_MAX + FRAME_HEAD_BYTES_MAX + READ_BYTES),
        .message = BUF_INIT(HTTP_TUNNEL_MESSAGE_BYTES_MAX),
    };
    int r = http_multi_init(&tunnel->multi, loop, on_acted, tunnel);
    if (r == 0)
        r = loop_timer_new(loop, on_late, tunnel, &tunnel->deadline);
    if (r == 0)
        r = loop_work_new(loop, on_work, tunnel, &tunnel->work);
    if (r == 0)
        r = request_write(tunnel, spec);
    if (r == 0)
        r = set_up(tunnel);
    if (r < 0)
        return r == -ENOBUFS ? -ENAMETOOLONG : r;
    loop_timer_start(tunnel->deadline, HTTP_TUNNEL_OPEN_MS);
    *ret = TAKE(tunnel);
    return 0;
}

void http_tunnel_free(struct http_tunnel *tunnel)
{
    if (!tunnel)
        return;
    loop_fd_free(tunnel->watch); /* before libcurl closes what it watches */
    if (tunnel->call.easy) {
        (void)curl_multi_remove_handle(tunnel->multi.curl, tunnel->call.easy); /* ignored: it may not be in there */
        curl_easy_cleanup(tunnel->call.easy);
    }
    http_headers_free(tunnel->call.headers);
    http_material_unref(tunnel->call.material);
    http_multi_deinit(&tunnel->multi);
    loop_timer_free(tunnel->deadline);
    loop_work_free(tunnel->work);
    buf_deinit(&tunnel->request);
    buf_deinit(&tunnel->out);
    buf_deinit(&tunnel->in);
    buf_deinit(&tunnel->message);
    free(tunnel);
}
