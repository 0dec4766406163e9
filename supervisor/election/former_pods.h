/* Whether the pod of a former leader is proven gone, and with it each of its workers: its object does not exist any more, or
 * it says itself in the Lease that none is left. A Lease that ran out is no proof.
 *
 * Owns the calls that ask, and what is known of each pod that somebody asked for lately. Knows nothing for sure but "gone". */
#pragma once

#include "supervisor/election/elector.h"

#define FORMER_PODS_MAX 64 /* that are asked for; others are not proven gone meanwhile */
#define FORMER_PODS_MS 2000

struct former_pods;

struct former_pods_config {
    struct loop *loop;
    struct kube_client *client;
    const struct elector *elector;
    const char *namespace;            /* of the operator's pods */
    void (*on_change)(void *context); /* one more is proven gone, or says so; from the loop */
    void *context;
};

/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int former_pods_new(const struct former_pods_config *config, struct former_pods **ret);
void former_pods_free(struct former_pods *pods);
DEFINE_CLEANUP(struct former_pods, former_pods)
/* identity: as an elector has it. False also when it is not known yet: it is asked for from now on, until it is gone or nobody
 * wants to know any more. */
bool former_pods_gone(struct former_pods *pods, const char *identity);
