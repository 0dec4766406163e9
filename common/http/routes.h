/* From a path and a method to the handler that serves it. Owns copies of the rows; who may ask is the handlers' matter. */
#pragma once

#include "common/http/server.h"

#define HTTP_ROUTES_MAX 16

/* method and prefix are literals ("GET", "/livez"). A prefix that ends in '/' stands for everything below it. */
struct http_route {
    const char *method;
    const char *prefix;
    http_handler_fn *handler;
    void *context;
};

struct http_routes {
    struct http_route rows[HTTP_ROUTES_MAX];
    size_t count;
};

/* -ENOSPC: more than HTTP_ROUTES_MAX. */
MUST_USE int http_routes_add(struct http_routes *routes, const struct http_route *route);

enum http_routes_outcome {
    HTTP_ROUTES_NO_PATH = 1,
    HTTP_ROUTES_NO_METHOD = 2, /* the path is there, for other methods */
};
/* 0: the handler has filled the response. */
MUST_USE int http_routes_serve(const struct http_routes *routes, const struct http_request *request,
                               struct http_response *response);
