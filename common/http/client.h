/* The door of libcurl: HTTP requests to a unix socket or a URL, driven by the loop.
 *
 * No curl type leaves this folder. S-8: http and https only, no redirects, no proxy variables, no netrc. S-9: TLS verified
 * unless the caller says otherwise, 1.2 at least. HTTP/1.1, so that each stream has a connection of its own and a lost one
 * takes no other with it. Every response has a limit, every request a deadline. Callbacks come from the loop, never from within
 * http_client_call. In a callback calls may be made and cancelled (its own, too), but the client not freed. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"
#include "common/loop/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_CLIENT_BODY_BYTES_MAX (64u << 20) /* of a response, where the call gives no smaller limit */
#define HTTP_CLIENT_DEADLINE_MS 30000          /* where the call gives none */
#define HTTP_CLIENT_CONNECT_MS 10000
#define HTTP_CLIENT_URL_BYTES_MAX 8192

struct http_client;
/* socket_path: a unix socket (at most 107 bytes), or NULL to connect to the host of base_url. base_url: "http://sluice"
 * (the host is only a header for a unix socket), without a slash at the end. Both are copied. -EINVAL: base_url is neither
 * http nor https; -ENAMETOOLONG. */
MUST_USE int http_client_new(struct loop *loop, const char *socket_path, const char *base_url,
                             struct http_client **ret);
/* Cancels what is on its way. */
void http_client_free(struct http_client *client);
DEFINE_CLEANUP(struct http_client, http_client)

/* Whom we trust and who we are. PEM; empty: the system's CAs, no certificate of ours. */
struct http_tls {
    struct str ca;
    struct str certificate; /* with its chain */
    struct str key;
    const char *server_name; /* asked for and verified in place of the URL's host; NULL: that host */
    bool insecure;           /* nothing is verified; only where the user's own configuration says so */
};
/* For the calls that are made from now on; copied, and wiped when no call uses it any more. -EINVAL: the URL of the client
 * has no host that server_name could stand for. */
MUST_USE int http_client_set_tls(struct http_client *client, const struct http_tls *tls);
/* "http://", "https://" or "socks5://" (which resolves names itself); NULL: none. Copied. -EINVAL: another scheme. */
MUST_USE int http_client_set_proxy(struct http_client *client, const char *url);
/* Connections go through this socket of Linux' abstract namespace (unix(7)) instead, whatever host the URL has. Copied. */
MUST_USE int http_client_set_through(struct http_client *client, const char *name);

#define HTTP_RETRY_AFTER_MAX_MS 600000 /* what we believe of Retry-After */

struct http_result {
    /* 0: there is a response, whatever its status. < 0: there is none, or it was cut: -ECONNREFUSED, -ENOENT (no such
     * socket), -EACCES, -EHOSTUNREACH (name or route), -ETIMEDOUT, -ENOBUFS (beyond the limit), -EPROTO (TLS, HTTP),
     * -EKEYREJECTED (the server's certificate is not believed), -ENOKEY (our own PEM is of no use), -ECONNRESET. */
    int error;
    unsigned status;        /* 0 before there is a response */
    int64_t retry_after_ms; /* the header Retry-After; 0: not said */
    int64_t coming_ms;      /* how long the response took from its first byte to its last */
    struct str body; /* without on_data, or when status is not 2xx; NUL-terminated; borrowed for the callback */
    const struct http_call *call; /* for http_result_header */
};
/* The value of a header of the response, without blanks around it; NULL: it has none of that name. Borrowed until the next
 * such question, in the callback only. */
const char *http_result_header(const struct http_result *result, const char *name);
/* The header Date, milliseconds since 1970; 0: not said, or no date (RFC 9110, section 5.6.7). */
int64_t http_result_date_ms(const struct http_result *result);
/* The call is over and its struct http_call invalid. */
typedef void http_done_fn(void *context, const struct http_result *result);
/* Part of the body of a 2xx response, as it comes; may be cut anywhere. */
typedef void http_data_fn(void *context, struct str data);

/* A 2xx response began. */
typedef void http_open_fn(void *context);

struct http_call;
struct http_call_spec {
    const char *method;       /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *path;         /* with the query, escaped (http_escape): "/apis/...?watch=1" */
    const char *content_type; /* NULL: no body */
    struct str body;          /* copied, and wiped afterwards */
    const char *const
        *headers; /* further ones, "Name: value", ended by NULL; copied, and wiped afterwards; may be NULL. Accept is
                     application/json unless one of them says it. */
    int64_t deadline_ms;    /* for the whole call, with on_data until it opens; 0: HTTP_CLIENT_DEADLINE_MS */
    int64_t silence_max_ms; /* with on_data: ended with -ETIMEDOUT when nothing came for so long; 0: no limit */
    size_t body_bytes_max;  /* 0: HTTP_CLIENT_BODY_BYTES_MAX; with on_data for each part, and for what is not 2xx */
    http_open_fn *on_open;  /* with on_data; may be NULL */
    http_data_fn *on_data;  /* NULL: the body is collected */
    http_done_fn *on_done;
    void *context;
};
/* ret may be NULL when the call is never cancelled. -ENOMEM, -ENAMETOOLONG (base_url and path together are longer than
 * HTTP_CLIENT_URL_BYTES_MAX); everything else is told by on_done. */
MUST_USE int http_client_call(struct http_client *client, const struct http_call_spec *spec, struct http_call **ret);
/* Ends a call without its on_done. */
void http_call_cancel(struct http_call *call);

/* Percent-encodes everything but RFC 3986's unreserved characters, as one segment of a path or value of a query.
 * -ENOBUFS, -ENOMEM. */
struct buf;
MUST_USE int http_escape(struct str text, struct buf *buf);
