/* Logs of workers as text, followed on request. Reads only files of the log folder that are named as logs of workers are: of
 * splits, of those that only checked a cluster, and of removed ones as long as they are kept. */
#pragma once

#include "common/http/server.h"
#include "supervisor/store/store.h"

#define SERVE_LOGS_FOLLOWED_MAX 16
#define SERVE_LOGS_PERIOD_MS 250
#define SERVE_LOGS_TAIL_BYTES (256u << 10) /* what is shown of a log at first */

struct serve_logs;

MUST_USE int serve_logs_new(struct loop *loop, const struct store *store, const char *log_dir,
                            struct serve_logs **ret);
void serve_logs_free(struct serve_logs *logs); /* after the server: its streams are closed by then */
DEFINE_CLEANUP(struct serve_logs, serve_logs)
/* GET PREFIX<split>[?follow=1]: 404 when no worker with a log has that name. */
void serve_logs_answer(void *context, const struct http_request *request, struct http_response *response);
