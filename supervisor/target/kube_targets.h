/* The driver of workloads of a cluster: patches Deployments, StatefulSets and Rollouts, and judges their pods.
 *
 * Owns, for each target that a session or a split concerns, its watches (the workload, its Pods and ReplicaSets by selector, the
 * ConfigMaps that its containers name) and what it remembers of the originals. Puts into the store: the workload as it would be without
 * our patch, so that names resolve to the originals while a split is live, and those ConfigMaps; nothing else. Never decides what
 * is wanted. Whatever lets something be deleted is decided from a fresh list, never from a watch alone (C-11). Failures are retried with
 * backoff as long as the same is wanted. Rights: get, list, watch, patch on the workload kinds; get, list, watch on pods and config maps;
 * get, list, watch, delete on replicasets and controllerrevisions; get, create, patch on one ConfigMap of its own. */
#pragma once

#include "common/kube/client.h"
#include "common/loop/loop.h"
#include "supervisor/store/store.h"
#include "supervisor/target/target.h"

#define KUBE_RETIRED_NAME "sluice-retired-names" /* the ConfigMap of W-9, in the operator's namespace */

struct kube_targets;

struct kube_targets_config {
    struct loop *loop;
    struct kube_client *client;
    struct store *store;
    const char *operator_namespace;
    /* Asked before each request that changes something: false when it is another's turn by now. */
    bool (*may_write)(void *context);
    void (*on_change)(void *context,
                      const struct resource_key *target); /* marks dirty; from the loop, never from within a call */
    void *context;
};

/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int kube_targets_new(const struct kube_targets_config *config, struct kube_targets **ret);
void kube_targets_free(struct kube_targets *targets); /* cancels what is on its way; what was begun is found again */
DEFINE_CLEANUP(struct kube_targets, kube_targets)

/* What the environment should be from now on (copied). The same again does nothing. -ENOMEM, -ENOBUFS. */
MUST_USE int kube_targets_set(struct kube_targets *targets, const struct target_wanted *wanted);
/* concerned: a session or a split speaks of it. The first time it begins to be watched (unread until then); when nobody speaks of it any
 * more, and nothing of ours is on it, it is forgotten. */
void kube_targets_observe(struct kube_targets *targets, const struct resource_key *key, bool concerned,
                          struct target_observed *ret);
/* Nothing is written any more: it is another's turn (a lost Lease), or the end. */
void kube_targets_stop(struct kube_targets *targets);
