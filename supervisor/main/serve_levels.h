/* POST /sluice/v1/levels/SPLIT {"levels": "worker.kafka=trace", "seconds": N}: another level of one worker's log for some time. 404: no worker of
 * that name runs; 422: no such levels. Owns nothing. */
#pragma once

#include "common/http/server.h"

#define SERVE_LEVELS_SECONDS_MAX 3600 /* a log of traces is large, and forwarding waits for it */

/* context: the struct fleet. */
void serve_levels_answer(void *context, const struct http_request *request, struct http_response *response);
