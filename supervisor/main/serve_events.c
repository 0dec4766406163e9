/* See serve_events.h. Reads only; fails only for lack of memory. */
#include "supervisor/main/serve_events.h"

#include "common/base/log.h"

static int build(const struct event_board *board, const char *namespace, struct buf *body)
{
    struct json *document CLEANUP(json_freep) = json_new_object(), *events = NULL;
    int r = document ? event_board_json(board, namespace, &events) : -ENOMEM;
    if (r == 0)
        r = json_set_take(document, "events", events);
    return r ? r : json_write(document, JSON_COMPACT, body);
}

void serve_events_answer(void *context, const struct http_request *request, struct http_response *response)
{
    const char *namespace = http_request_query(request, "namespace");
    int r = build(context, namespace && namespace[0] ? namespace : NULL, &response->body);
    if (r < 0) {
        log_warn("supervisor.serve", "events cannot be told", LF_ERR(r));
        return;
    }
    response->status = 200;
    response->content_type = "application/json";
}
