/* libcurl's multi interface on our loop. Owns one watch for each of libcurl's sockets and one timer; the calls are
 * client.c's. Tells finished handles only after libcurl has returned, so that they may be removed. */
#include "common/http/client_internal.h"

#define CONNECTIONS_KEPT \
    64 /* libcurl's own limit follows the calls at hand: in a quiet moment it would close what is used again in the next */

struct http_socket {
    struct http_multi *multi;
    curl_socket_t fd;
    struct loop_fd *watch;
    struct http_socket *next, **slot;
};

static void act(struct http_multi *multi, curl_socket_t fd, int events)
{
    int running = 0;

    /* Ignored: what concerns a handle is told by its message. */
    (void)curl_multi_socket_action(multi->curl, fd, events, &running);
    multi->acted(multi->context);
}

static void on_socket(void *context, unsigned events)
{
    struct http_socket *socket = context;
    int mask = 0;

    if (events & LOOP_READABLE)
        mask |= CURL_CSELECT_IN;
    if (events & LOOP_WRITABLE)
        mask |= CURL_CSELECT_OUT;
    if (events & LOOP_CLOSED)
        mask |= CURL_CSELECT_ERR;
    act(socket->multi, socket->fd, mask); /* may free socket */
}

static void on_timer(void *context) { act(context, CURL_SOCKET_TIMEOUT, 0); }

static void socket_free(struct http_socket *socket)
{
    if (!socket)
        return;
    loop_fd_free(socket->watch);
    *socket->slot = socket->next;
    if (socket->next)
        socket->next->slot = socket->slot;
    free(socket);
}

static struct http_socket *socket_new(struct http_multi *multi, curl_socket_t fd, unsigned events)
{
    struct http_socket *socket = calloc(1, sizeof *socket);

    if (!socket)
        return NULL;
    *socket = (struct http_socket){.multi = multi, .fd = fd, .next = multi->sockets, .slot = &multi->sockets};
    if (socket->next)
        socket->next->slot = &socket->next;
    multi->sockets = socket;
    if (loop_fd_new(multi->loop, fd, events, on_socket, socket, &socket->watch) < 0 ||
        curl_multi_assign(multi->curl, fd, socket) != CURLM_OK) {
        socket_free(socket);
        return NULL;
    }
    return socket;
}

/* libcurl says what it waits for on a socket. */
static int on_wish(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct http_socket *socket = assigned;
    unsigned events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        socket_free(socket);
        return 0;
    }
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= LOOP_READABLE;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= LOOP_WRITABLE;
    if (!socket)
        return socket_new(context, fd, events) ? 0 : -1;
    return loop_fd_set(socket->watch, events) < 0 ? -1 : 0;
}

static int on_timer_wish(CURLM *curl, long delay_ms, void *context)
{
    struct http_multi *multi = context;

    (void)curl;
    if (delay_ms < 0)
        loop_timer_stop(multi->timer);
    else
        loop_timer_start(multi->timer, delay_ms);
    return 0;
}

int http_multi_init(struct http_multi *multi, struct loop *loop, http_acted_fn *acted, void *context)
{
    *multi = (struct http_multi){.loop = loop, .acted = acted, .context = context, .curl = curl_multi_init()};
    if (!multi->curl)
        return -ENOMEM;
    int r = loop_timer_new(loop, on_timer, multi, &multi->timer);
    if (r < 0)
        return r;
    if (curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_wish) != CURLM_OK ||
        curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi) != CURLM_OK ||
        curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer_wish) != CURLM_OK ||
        curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi) != CURLM_OK ||
        curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT) != CURLM_OK)
        return -ENOMEM;
    return 0;
}

void http_multi_deinit(struct http_multi *multi)
{
    if (multi->curl)
        curl_multi_cleanup(multi->curl); /* wishes the sockets away, ignored failure: there is no handle left */
    while (multi->sockets)
        socket_free(multi->sockets);
    loop_timer_free(multi->timer);
}
