/* The local socket of a standalone supervisor: the resource API and paths of its own. Fails as the socket fails. */
#include "supervisor/main/serve.h"

#include <stdlib.h>

#include "supervisor/main/serve_events.h"
#include "supervisor/main/serve_figures.h"
#include "supervisor/main/serve_levels.h"
#include "supervisor/main/serve_logs.h"
#include "supervisor/main/serve_looks.h"
#include "supervisor/source/api_socket.h"

#define SOCKET_GROUP "sluice"

struct serve {
    struct fleet *fleet; /* borrowed */
    struct serve_figures figures;
    struct serve_logs *logs;
    struct serve_looks *looks;
    struct event_board *board;
    struct metrics *metrics; /* NULL: not served */
    struct api_socket *api;
};

static int add_routes(struct serve *serve, const struct folder_source *source)
{
    const struct http_route figures = {"GET", "/sluice/v1/figures", serve_figures_answer, &serve->figures};
    const struct http_route logs = {"GET", "/sluice/v1/logs/", serve_logs_answer, serve->logs};
    const struct http_route levels = {"POST", "/sluice/v1/levels/", serve_levels_answer, serve->fleet};
    const struct http_route explain = {"GET", "/sluice/v1/explain/", serve_looks_explain, serve->looks};
    const struct http_route try = {"POST", "/sluice/v1/try/", serve_looks_try, serve->looks};
    const struct http_route events = {"GET", "/sluice/v1/events", serve_events_answer, serve->board};
    const struct http_route metrics = {"GET", "/metrics", metrics_answer, serve->metrics};
    int r = api_socket_add_route(serve->api, &figures);
    if (r == 0)
        r = api_socket_add_route(serve->api, &events);
    if (r == 0)
        r = api_socket_add_route(serve->api, &logs);
    if (r == 0)
        r = api_socket_add_route(serve->api, &levels);
    if (r == 0)
        r = api_socket_add_route(serve->api, &explain);
    if (r == 0)
        r = api_socket_add_route(serve->api, &try);
    if (r == 0 && serve->metrics)
        r = api_socket_add_route(serve->api, &metrics);
    return r ? r : api_socket_add_errors(serve->api, source);
}

int serve_new(const struct serve_config *config, struct serve **ret)
{
    const struct api_options options = {.path = config->socket, .group = SOCKET_GROUP};
    struct serve *serve CLEANUP(serve_freep) = calloc(1, sizeof *serve);
    if (!serve)
        return -ENOMEM;
    serve->fleet = config->fleet;
    serve->figures = (struct serve_figures){config->store, config->fleet, config->mark};
    int r = serve_logs_new(config->loop, config->store, config->log_dir, &serve->logs);
    if (r == 0)
        r = serve_looks_new(config->loop, config->store, config->fleet, &serve->looks);
    if (r == 0)
        r = event_board_new(config->store, &serve->board);
    if (r == 0)
        r = api_socket_new(config->loop, config->store, &options, &serve->api);
    if (r == 0 && config->metrics)
        r = metrics_new(config->metrics, &serve->metrics);
    if (r == 0)
        r = add_routes(serve, config->source);
    if (r == 0)
        *ret = TAKE(serve);
    return r;
}

void serve_free(struct serve *serve)
{
    if (!serve)
        return;
    api_socket_free(serve->api); /* first: it closes the streams that the others push to */
    serve_logs_free(serve->logs);
    serve_looks_free(serve->looks);
    event_board_free(serve->board);
    metrics_free(serve->metrics);
    free(serve);
}
