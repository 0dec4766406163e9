/* What the supervisor serves on its local socket: the resource API, and what only this process knows (figures, events, logs, what
 * becomes of messages, problems of the manifests). Owns the socket file. */
#pragma once

#include "common/loop/loop.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/main/run_mark.h"
#include "supervisor/serve/metrics.h"
#include "supervisor/source/folder.h"
#include "supervisor/store/store.h"

struct serve;

struct serve_config {
    struct loop *loop;
    struct store *store;
    const struct folder_source *source;
    struct fleet *fleet;
    const struct run_mark *mark;
    const char *socket; /* path */
    const char *log_dir;
    const struct metrics_config *metrics; /* for the call; NULL: /metrics is not served */
};

/* Borrows what config points to for life. -errno. */
MUST_USE int serve_new(const struct serve_config *config, struct serve **ret);
void serve_free(struct serve *serve);
DEFINE_CLEANUP(struct serve, serve)
