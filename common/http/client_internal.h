/* What the client's files share. Included in this folder only. */
#pragma once

#include "common/base/buf.h"
#include "common/http/client.h"
#include <curl/curl.h>
#include <stdbool.h>

/* libcurl's multi handle on our loop. */
struct http_socket;
typedef void http_acted_fn(void *context);
struct http_multi {
    CURLM *curl;
    struct loop *loop; /* borrowed */
    struct loop_timer *timer;
    struct http_socket *sockets;
    http_acted_fn *acted; /* libcurl did something and has returned */
    void *context;
};
MUST_USE int http_multi_init(struct http_multi *multi, struct loop *loop, http_acted_fn *acted, void *context);
/* Every handle must have been removed; takes what http_multi_init left half built. */
void http_multi_deinit(struct http_multi *multi);

/* What http_client_set_tls was given; libcurl reads it where it lies. Owned by the client and the calls that use it. */
struct http_material {
    unsigned refs;
    struct buf ca, certificate, key;
    char *base_url; /* with the server's name in place of the host; NULL: the client's */
    char *host;     /* then the header that says the host itself */
    struct curl_slist *connect_to;
    bool insecure;
};
struct http_material *http_material_ref(struct http_material *material); /* NULL gives NULL */
void http_material_unref(struct http_material *material);

struct http_client {
    struct http_multi multi;
    char *socket_path; /* NULL: TCP */
    char *base_url;
    char *proxy;                    /* "": none */
    char *through;                  /* name of an abstract unix socket; NULL: none */
    struct http_material *material; /* NULL: the system's CAs */
    bool global;                    /* libcurl was initialised */
    bool delivering;                /* in callbacks: calls are freed afterwards */
    struct http_call *calls;
};

struct http_call {
    struct http_client *client;
    CURL *easy;
    struct http_material *material; /* NULL as in the client */
    struct curl_slist *headers;
    struct buf request; /* its body, which libcurl reads where it lies */
    struct buf body;    /* collected, or not delivered yet */
    size_t body_bytes_max;
    struct loop_timer *timer; /* deadline or silence */
    int64_t silence_max_ms;
    http_open_fn *on_open;
    http_data_fn *on_data;
    http_done_fn *on_done;
    void *context;
    bool opened; /* with on_data: a 2xx response began */
    int failure; /* ours, when it was us who ended it; < 0 */
    bool over;   /* on_done was called, or it was cancelled */
    struct http_call *next, **slot;
};

/* All options of a request on its handle. -ENOMEM, -ENAMETOOLONG. */
MUST_USE int http_call_set_up(struct http_call *call, const struct http_call_spec *spec);
/* The material on the call's handle. */
MUST_USE bool http_call_set_tls(struct http_call *call);
/* Overwrites the texts, which may hold a token, and frees them. */
void http_headers_free(struct curl_slist *headers);
/* Bytes of the body, from libcurl. */
size_t http_call_take(char *data, size_t size, size_t count, void *context);
/* What went wrong, as http_result.error says it. */
int http_call_error(const struct http_call *call, CURLcode code);
