/* What the operator's port serves to people who may see it: figures, events, workers' logs, and what becomes
 * of messages (S-14). The paths are those of a standalone
 * supervisor's socket; here who asks is judged by the reviewer first. Owns its rooms; they end after the port. */
#pragma once

#include "common/kube/client.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/main/serve_port.h"
#include "supervisor/serve/metrics.h"
#include "supervisor/store/store.h"

struct serve_guarded;

struct serve_guarded_config {
    struct loop *loop;
    struct kube_client *client;
    struct store *store;
    struct fleet *fleet;
    const char *log_dir;
    const struct metrics_config *metrics; /* for the call; NULL: /metrics is not served */
};

/* Adds its paths to the port. Borrows what config points to for life. -errno.
 * GET /metrics: whoever may get that path, as for Prometheus elsewhere (nonResourceURLs of a ClusterRole).
 * GET /sluice/v1/figures?namespace=NS (without: every namespace): whoever may list queuesplits there.
 * GET /sluice/v1/events?namespace=NS: the same.
 * GET /sluice/v1/logs/SPLIT[?follow=1]: whoever may get queuesplits/log of that split; of a split that is gone, in every namespace.
 * POST /sluice/v1/levels/SPLIT (serve_levels.h): whoever may update queuesplits/log of that split.
 * GET /sluice/v1/explain/SPLIT, POST /sluice/v1/try/SPLIT (serve_looks.h): whoever may get queuesplits/explain of that split: headers'
 * values are more than a log tells. */
MUST_USE int serve_guarded_new(const struct serve_guarded_config *config, struct serve_port *port,
                               struct serve_guarded **ret);
void serve_guarded_free(struct serve_guarded *guarded); /* after the port */
DEFINE_CLEANUP(struct serve_guarded, serve_guarded)
