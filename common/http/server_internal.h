/* What the server's files share. Included in this folder only. */
#pragma once

#include "common/base/fd.h"
#include "common/base/mono.h"
#include "common/http/server.h"
#include <microhttpd.h>

/* From accept to close. */
struct http_connection {
    int fd;                 /* MHD's */
    struct mono deadline;   /* of the request at hand; not set for a stream */
    bool busy;              /* a request is at hand */
    struct mono idle_since; /* when it was not any more */
    struct http_connection *next, **slot;
};

struct http_server {
    struct loop *loop; /* borrowed */
    int listen_fd;
    int64_t request_ms;
    http_handler_fn *handler;
    void *context;
    struct MHD_Daemon *daemon;
    struct loop_fd *watch;
    struct loop_timer *timer; /* MHD's next step */
    struct loop_timer *sweep;
    struct loop_work *work;
    struct http_connection *connections;
    unsigned connection_count;
    struct http_stream *streams;
    struct http_wait *waits;
    bool closing; /* no request gets to the handler any more */
};

/* One request: from its head to the last byte of its response. */
struct http_exchange {
    struct http_request request; /* first, so that a request is found from what the handler has */
    struct http_response response;
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct buf body; /* of the request */
    size_t discarded_bytes;
    struct http_stream *stream; /* the response, if it is one */
    struct http_wait *wait;     /* the response is not known yet */
    void *waited;               /* context of a wait that is over */
};

/* No request is at hand any more, or none yet. */
void http_connection_idle(struct http_server *server, struct http_connection *connection);
/* NULL when there was no memory for it. */
struct http_connection *http_connection_of(struct MHD_Connection *mhd);
/* Runs MHD at the end of this turn. */
void http_server_wake(struct http_server *server);
/* MHD's callbacks. */
enum MHD_Result http_server_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                                   const char *version, const char *data, size_t *data_bytes, void **slot);
void http_server_completed(void *context, struct MHD_Connection *mhd, void **slot,
                           enum MHD_RequestTerminationCode code);

/* The response that MHD gets for a stream; NULL for lack of memory. */
struct MHD_Response *http_stream_response(struct http_stream *stream);
/* It begins: from now on its client is watched. */
void http_stream_start(struct http_stream *stream);
/* Tells the application, and frees it. */
void http_stream_close(struct http_stream *stream);
void http_server_abort_streams(struct http_server *server);
/* The exchange sleeps until its wait is over. */
void http_wait_start(struct http_wait *wait);
/* Tells everybody who waits that there will be no answer. */
void http_server_abort_waits(struct http_server *server);
