/* See the header. Decides only what a request wishes; whether it may, the reviewer says. */
#include "supervisor/main/serve_guarded.h"

#include <stdlib.h>

#include "supervisor/main/serve_events.h"
#include "supervisor/main/serve_figures.h"
#include "supervisor/main/serve_levels.h"
#include "supervisor/main/serve_logs.h"
#include "supervisor/main/serve_looks.h"
#include "supervisor/review/reviewer.h"
#include "supervisor/source/api_status.h"

struct serve_guarded {
    struct reviewer *reviewer;
    struct serve_figures figures;
    struct serve_logs *logs;
    struct serve_looks *looks;
    struct event_board *board;
    struct metrics *metrics; /* NULL: not served */
};

/* Whether splits of the namespace that the request names (none: of all) may be listed; else the response is filled, or comes later. */
static bool may_list(struct serve_guarded *guarded, const struct http_request *request, struct review_wish *wish,
                     struct http_response *response)
{
    const char *namespace = http_request_query(request, "namespace");
    *wish = (struct review_wish){.verb = "list", .resource = "queuesplits", .subresource = ""};
    if (namespace && str_copy(wish->namespace, sizeof wish->namespace, str_of(namespace)) < 0) {
        api_respond_words(response, API_BAD_REQUEST, NULL, "namespace: at most %zu bytes",
                          sizeof wish->namespace - 1);
        return false;
    }
    return reviewer_judge(guarded->reviewer, request, wish, response) == REVIEWED_ALLOWED;
}

static void on_metrics(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    const struct review_wish wish = {.verb = "get", .path = "/metrics"};
    if (reviewer_judge(guarded->reviewer, request, &wish, response) == REVIEWED_ALLOWED)
        metrics_answer(guarded->metrics, request, response);
}

static void on_figures(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    struct review_wish wish;
    if (may_list(guarded, request, &wish, response))
        serve_figures_respond(&guarded->figures, wish.namespace[0] ? wish.namespace : NULL, response);
}

static void on_events(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    struct review_wish wish;
    if (may_list(guarded, request, &wish, response))
        serve_events_answer(guarded->board, request, response);
}

struct search {
    const char *name;
    char *namespace;
    size_t size;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct search *search = context;
    (void)document;
    if (strcmp(key->name, search->name) == 0)
        str_copy_cut(search->namespace, search->size, str_of(key->namespace));
}

/* Whether who asks may do so to the split that the path names, in that split's namespace. */
static bool may(struct serve_guarded *guarded, const struct http_request *request, const char *verb,
                const char *subresource, struct http_response *response)
{
    struct review_wish wish = {.verb = verb, .resource = "queuesplits", .subresource = subresource};
    const char *split = strrchr(request->path, '/') + 1;
    struct search search = {split, wish.namespace, sizeof wish.namespace};
    if (str_copy(wish.name, sizeof wish.name, str_of(split)) < 0) {
        api_respond_words(response, API_NOT_FOUND, NULL, "no split has so long a name");
        return false;
    }
    store_each(guarded->figures.store, KIND_QUEUE_SPLIT, NULL, match, &search);
    return reviewer_judge(guarded->reviewer, request, &wish, response) == REVIEWED_ALLOWED;
}

static void on_logs(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    if (may(guarded, request, "get", "log", response))
        serve_logs_answer(guarded->logs, request, response);
}

static void on_levels(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    if (may(guarded, request, "update", "log", response))
        serve_levels_answer(guarded->figures.fleet, request, response);
}

static void on_explain(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    if (may(guarded, request, "get", "explain", response))
        serve_looks_explain(guarded->looks, request, response);
}

static void on_try(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_guarded *guarded = context;
    if (may(guarded, request, "get", "explain", response))
        serve_looks_try(guarded->looks, request, response);
}

static int add_routes(struct serve_guarded *guarded, struct serve_port *port)
{
    const struct http_route routes[] = {
        {"GET", "/sluice/v1/figures", on_figures, guarded},  {"GET", "/sluice/v1/events", on_events, guarded},
        {"GET", "/sluice/v1/logs/", on_logs, guarded},       {"POST", "/sluice/v1/levels/", on_levels, guarded},
        {"GET", "/sluice/v1/explain/", on_explain, guarded}, {"POST", "/sluice/v1/try/", on_try, guarded}};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof routes / sizeof *routes; i++)
        r = serve_port_add_route(port, &routes[i]);
    const struct http_route metrics = {"GET", "/metrics", on_metrics, guarded};
    return r || !guarded->metrics ? r : serve_port_add_route(port, &metrics);
}

int serve_guarded_new(const struct serve_guarded_config *config, struct serve_port *port, struct serve_guarded **ret)
{
    struct serve_guarded *guarded CLEANUP(serve_guarded_freep) = calloc(1, sizeof *guarded);
    if (!guarded)
        return -ENOMEM;
    guarded->figures = (struct serve_figures){.store = config->store, .fleet = config->fleet};
    int r = reviewer_new(config->client, &guarded->reviewer);
    if (r == 0)
        r = serve_logs_new(config->loop, config->store, config->log_dir, &guarded->logs);
    if (r == 0)
        r = serve_looks_new(config->loop, config->store, config->fleet, &guarded->looks);
    if (r == 0)
        r = event_board_new(config->store, &guarded->board);
    if (r == 0)
        r = config->metrics ? metrics_new(config->metrics, &guarded->metrics) : 0;
    if (r == 0)
        r = add_routes(guarded, port);
    if (r == 0)
        *ret = TAKE(guarded);
    return r;
}

void serve_guarded_free(struct serve_guarded *guarded)
{
    if (!guarded)
        return;
    reviewer_free(guarded->reviewer);
    serve_logs_free(guarded->logs);
    serve_looks_free(guarded->looks);
    event_board_free(guarded->board);
    metrics_free(guarded->metrics);
    free(guarded);
}
