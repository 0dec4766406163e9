/* The source of an operator: our own kinds and the inputs of a cluster, watched and mirrored into the store.
 *
 * Owns one watch for each kind and namespace. Never writes to the API server, and never reads workloads, pods or secrets: those
 * are read only for targets that somebody splits (supervisor/target). What it cannot read it names, and tries for ever. */
#pragma once

#include "common/kube/watch.h"
#include "supervisor/store/store.h"

/* Each kind has a watch of its own, and nobody promises an order between them: one may be this much behind another. */
#define KUBERNETES_LAG_MS 2000

struct kubernetes_source_config {
    struct kube_client *client;
    struct store *store;
    const char *operator_namespace;
    const char *const *namespaces; /* of users, NULL-terminated; empty: all */
    /* Everything was listed once; told once. */
    void (*on_synced)(void *context);
    /* *why: something is not heard of any more; NULL: all is heard of again. Told when it changes. */
    void (*on_health)(void *context, const struct reason *why);
    void *context;
};

struct kubernetes_source;
/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int kubernetes_source_new(const struct kubernetes_source_config *config, struct kubernetes_source **ret);
void kubernetes_source_free(struct kubernetes_source *source);
DEFINE_CLEANUP(struct kubernetes_source, kubernetes_source)
bool kubernetes_source_is_synced(const struct kubernetes_source *source);
/* Why something is not heard of; NULL: all is. */
const struct reason *kubernetes_source_trouble(const struct kubernetes_source *source);
