/* GET /metrics: what Prometheus asks for, of a supervisor as it is now.
 *
 * One answer, whoever mounts it and wherever: who may ask is decided before (S-14). Keeps which sessions have series of their own. A
 * page has a limit, PAGE_BYTES_MAX, beyond which it is refused: half a page would be taken for a whole one. */
#pragma once

#include "common/http/server.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/store/store.h"

#define METRICS_PAGE_BYTES_MAX (32u << 20)

struct metrics_config {
    struct store *store;
    struct fleet *fleet;
    size_t sessions_max;          /* that have series of their own */
    bool (*leads)(void *context); /* asked with each page; NULL: always */
    void *context;
};

struct metrics;
/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int metrics_new(const struct metrics_config *config, struct metrics **ret);
void metrics_free(struct metrics *metrics);
/* An http_handler_fn; context is the struct metrics. */
void metrics_answer(void *context, const struct http_request *request, struct http_response *response);
