/* Figures of all splits as one JSON document, for the CLI: totals since each worker started, never contents. */
#pragma once

#include "common/http/server.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/main/run_mark.h"
#include "supervisor/store/store.h"

struct serve_figures {
    struct store *store;
    struct fleet *fleet;
    const struct run_mark *mark; /* NULL: nothing is remembered of other runs */
};

/* GET: {"atMs": boot clock, "supervisor": {startedAt?, previousEnd?, previousAt?, stateError?, unknownSettings: [{reason, message,
 * nextStep}]}, "splits": [{namespace, name, incarnation?, received, delivered, ..., sessions: [{name, uid, ...}]}]}. */
void serve_figures_answer(void *context, const struct http_request *request, struct http_response *response);
/* The same of one namespace; NULL: of all. */
void serve_figures_respond(struct serve_figures *figures, const char *namespace, struct http_response *response);
