/* The door of libmicrohttpd: requests on a listening socket, answered by one handler, driven by the loop.
 *
 * No MHD type leaves this folder. Knows HTTP and its limits (S-10), nothing of what is served. The handler answers at once, or
 * with a stream to which the application pushes later. */
#pragma once

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"
#include "common/loop/loop.h"
#include <stdbool.h>
#include <sys/types.h>

#define HTTP_SERVER_CONNECTIONS_MAX 64 /* when so many are open, the one that has been idle for longest is closed */
#define HTTP_SERVER_REQUEST_MS 30000   /* to send a head; then for the body and the response; and idle */
#define HTTP_SERVER_HEAD_BYTES_MAX (32u << 10)     /* request line and headers; more is 431 or 414 */
#define HTTP_SERVER_BODY_BYTES_MAX (1u << 20)      /* of a request */
#define HTTP_SERVER_RESPONSE_BYTES_MAX (64u << 20) /* of a response that is no stream */
#define HTTP_SERVER_STREAM_BYTES_MAX (16u << 20)   /* pushed to a stream and not sent yet */

/* Who is at the other end of a unix socket (SO_PEERCRED): as it was when the connection was made. */
struct http_peer {
    bool known; /* false: not a unix socket */
    uid_t uid;
    gid_t gid;
    pid_t pid;
};

/* Borrowed for the handler's call. */
struct http_request {
    const char *method;
    const char *path;         /* percent-decoded, without the query */
    const char *content_type; /* "" when absent */
    struct str body;
    bool body_too_large; /* beyond HTTP_SERVER_BODY_BYTES_MAX, and left out: the answer is 413 */
    struct http_peer peer;
    void *waited; /* context of its http_response_wait, where it comes once more after one; else NULL */
};
/* Decoded value of the query's first parameter of that name; NULL when absent, "" without a value. */
const char *http_request_query(const struct http_request *request, const char *name);
/* Value of the first header of that name, in any case; NULL when absent. */
const char *http_request_header(const struct http_request *request, const char *name);

struct http_header {
    const char *name, *value;
};

/* What the handler fills. As it comes it is a 500 without a body. */
struct http_response {
    unsigned status;
    const char *content_type;          /* a literal */
    const char *allow;                 /* a literal for 405, or NULL */
    const struct http_header *headers; /* beside these; read right after the handler returned */
    size_t header_count;
    struct buf body; /* at most HTTP_SERVER_RESPONSE_BYTES_MAX; unused for a stream */
};

struct http_stream;
/* The stream is over: its client went, it was ended and everything sent, or the server is freed. Comes exactly once, never
 * within a call of these functions but http_server_free; the stream is invalid afterwards. */
typedef void http_stream_closed_fn(void *context);
/* Turns the response into a stream; status and content_type still count. When this fails the callback never comes. */
MUST_USE int http_response_stream(struct http_response *response, http_stream_closed_fn *on_closed, void *context,
                                  struct http_stream **ret);
/* -ENOBUFS: the client reads too slowly; nothing was pushed, and the stream should be aborted. */
MUST_USE int http_stream_push(struct http_stream *stream, struct str data);
/* No more pushes; ends once everything is sent, or the client has had HTTP_SERVER_REQUEST_MS for it. */
void http_stream_end(struct http_stream *stream);
/* No more pushes; what is not sent yet is dropped, and so is the connection. */
void http_stream_abort(struct http_stream *stream);

struct http_wait;
/* The request is over without an answer: the server is freed. The wait is invalid afterwards. */
typedef void http_wait_closed_fn(void *context);
/* The handler cannot answer yet: what it filled counts for nothing, and after http_wait_over it is called once more with the same
 * request. Whoever waits sees that this comes in bounded time, for a client who goes is noticed only then. */
MUST_USE int http_response_wait(struct http_response *response, http_wait_closed_fn *on_closed, void *context,
                                struct http_wait **ret);
/* Invalid afterwards. The handler is called from the loop, not from within. */
void http_wait_over(struct http_wait *wait);

typedef void http_handler_fn(void *context, const struct http_request *request, struct http_response *response);

struct http_server;
/* listen_fd: a listening stream socket; the server owns it from here on, also on failure. */
MUST_USE int http_server_new(struct loop *loop, int listen_fd, http_handler_fn *handler, void *context,
                             struct http_server **ret);
void http_server_free(struct http_server *server);
DEFINE_CLEANUP(struct http_server, http_server)
/* Another time than HTTP_SERVER_REQUEST_MS for requests that begin from now on. */
void http_server_set_request_ms(struct http_server *server, int64_t request_ms);
/* Connections that are open now. */
unsigned http_server_connections(const struct http_server *server);
