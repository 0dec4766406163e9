/* A WebSocket to the server of a client: messages both ways over one connection (RFC 6455).
 *
 * Uses the client's place, TLS and proxy (the door of libcurl), and is freed before it. Messages have a limit, and so has what
 * waits to be sent. Callbacks come from the loop; in one, the tunnel may not be freed. */
#pragma once

#include "common/http/client.h"

#define HTTP_TUNNEL_OPEN_MS 15000                /* to connect, and for the server's answer */
#define HTTP_TUNNEL_MESSAGE_BYTES_MAX (1u << 20) /* of one that the server sends */
#define HTTP_TUNNEL_UNSENT_BYTES_MAX (1u << 20)

struct http_tunnel;
struct http_tunnel_spec {
    const char *path; /* with the query, escaped */
    const char *const
        *headers;         /* further ones, "Name: value", ended by NULL; copied, and wiped afterwards; may be NULL */
    const char *protocol; /* the subprotocol that both must speak; a literal */
    void (*on_message)(void *context, struct str data); /* borrowed for the callback */
    void (*on_sent)(void *context);                     /* nothing waits to be sent any more */
    /* The end, told once. status: of an answer that is not 101, with error 0; else error: < 0 as http_result says it, or 0
     * when the server closed in order. */
    void (*on_over)(void *context, int error, unsigned status);
    void *context;
};
/* -ENOMEM, -ENAMETOOLONG; all else is told by on_over. */
MUST_USE int http_tunnel_new(struct http_client *client, const struct http_tunnel_spec *spec,
                             struct http_tunnel **ret);
void http_tunnel_free(struct http_tunnel *tunnel);
DEFINE_CLEANUP(struct http_tunnel, http_tunnel)
/* One message, sent once the server speaks WebSocket. -ENOBUFS: beyond HTTP_TUNNEL_UNSENT_BYTES_MAX; -ENOMEM. */
MUST_USE int http_tunnel_send(struct http_tunnel *tunnel, struct str data);
/* Whether there may be messages from now on; who is not read from does not send for ever. */
void http_tunnel_set_hold(struct http_tunnel *tunnel, bool hold);
