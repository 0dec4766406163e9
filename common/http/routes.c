/* The first row that fits serves; a few rows, so they are looked through. */
#include "common/http/routes.h"

int http_routes_add(struct http_routes *routes, const struct http_route *route)
{
    if (routes->count == HTTP_ROUTES_MAX)
        return -ENOSPC;
    routes->rows[routes->count++] = *route;
    return 0;
}

static bool fits(const struct http_route *route, const char *path)
{
    if (str_ends_with(str_of(route->prefix), STR("/")))
        return str_starts_with(str_of(path), str_of(route->prefix));
    return strcmp(path, route->prefix) == 0;
}

int http_routes_serve(const struct http_routes *routes, const struct http_request *request,
                      struct http_response *response)
{
    int outcome = HTTP_ROUTES_NO_PATH;

    for (size_t i = 0; i < routes->count; i++) {
        const struct http_route *route = &routes->rows[i];
        if (!fits(route, request->path))
            continue;
        if (strcmp(route->method, request->method) == 0) {
            route->handler(route->context, request, response);
            return 0;
        }
        outcome = HTTP_ROUTES_NO_METHOD;
    }
    return outcome;
}
