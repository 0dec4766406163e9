/* Looks over HTTP: what becomes of the messages that pass (look_lines.h says how it is told), as a stream of JSON lines.
 *
 * GET /sluice/v1/explain/SPLIT[?seconds=N][&follow=1]: of the split's sessions; with follow until who asks goes.
 * POST /sluice/v1/try/SPLIT with {"seconds": N?, "filters": [{"name", "pattern"}]}: of these filters, which take nothing.
 * 404: no such split; 503: its worker is not connected, or too many look. Owns the looks and their streams. */
#pragma once

#include "common/http/server.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/store/store.h"

#define SERVE_LOOKS_MAX 32 /* at a time, of all splits */
#define SERVE_LOOK_SECONDS 5
#define SERVE_LOOK_SILENCE_MS 6000 /* a worker tells something each second */

struct serve_looks;
/* Borrows its arguments for life. -ENOMEM. */
MUST_USE int serve_looks_new(struct loop *loop, const struct store *store, struct fleet *fleet,
                             struct serve_looks **ret);
void serve_looks_free(struct serve_looks *looks); /* after the server whose streams it holds */
DEFINE_CLEANUP(struct serve_looks, serve_looks)
void serve_looks_explain(void *context, const struct http_request *request, struct http_response *response);
void serve_looks_try(void *context, const struct http_request *request, struct http_response *response);
