/* The HTTP port of a cluster's operator: what only the process knows that has the workers (figures, logs). Reached through the API
 * server (port-forward), with our own rights there; the operator asks the API server who we are by our token (TokenReview).
 *
 * Owns the way there, which is made for the pod that a split's worker runs in, and again when it was lost. */
#pragma once

#include "cli/exit_code.h"
#include "common/kube/client.h"
#include "common/kube/forward.h"

#define OPERATOR_NAMESPACE_DEFAULT "mirrord"

struct operator_port {
    struct kube_forward *forward; /* NULL: there is no way yet */
    struct kube_access access;
    struct kube_client *client;
};
void operator_port_close(struct operator_port *port); /* also the CLEANUP form; NULL members are allowed */

/* The pod that the worker of one of these splits runs in, as a QueueSplit's status says it. False: none says. */
#define OPERATOR_POD_SIZE 254
bool operator_port_pod(const struct json *split, char ret[OPERATOR_POD_SIZE]);

/* Opens *port unless it is open. cluster: a client that had an answer already, with its access; both are borrowed for the life of
 * *port. EXIT_CODE_OK or an exit status with *why. */
MUST_USE int operator_port_open(struct operator_port *port, struct kube_client *cluster,
                                const struct kube_access *access, const char *namespace, const char *pod,
                                struct reason *why);
/* What went wrong on the way when a call by port->client failed, in *why; else *why stays. */
void operator_port_explain(const struct operator_port *port, struct reason *why);
