/* Figures of all splits as one JSON document, for the CLI: totals since each worker started, never contents. */
#pragma once

#include "common/http/server.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/store/store.h"

struct serve_figures {
    const struct store *store;
    struct fleet *fleet;
};

/* GET: {"atMs": boot clock, "splits": [{namespace, name, incarnation?, received, delivered, ..., sessions: [{name, uid, ...}]}]}. */
void serve_figures_answer(void *context, const struct http_request *request, struct http_response *response);
