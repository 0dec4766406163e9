/* What every command begins with: the loop, and the API that is meant: of a supervisor on this host, or of a cluster. */
#pragma once

#include "cli/ask.h"
#include "cli/exec_plugin.h"
#include "cli/operator_port.h"
#include "cli/options.h"

struct connection {
    struct loop *loop;
    struct kubeconfig config; /* where, as whom */
    bool cluster;             /* not a supervisor on this host */
    struct exec_plugin *plugin;
    struct kube_client *client;
    const char *operator_namespace;
    struct operator_port *port; /* of a cluster's operator: opened when it is asked */
};
/* EXIT_CODE_OK, or an exit status after saying why. Does not talk to anybody yet. *ret must stay where it is, and is closed by the
 * caller in any case. */
MUST_USE int connection_open(const struct options *options, struct connection *ret);
/* Turns the loop for that long. */
void connection_pause(const struct connection *connection, int64_t ms);
/* Where nobody names a namespace: the context's, else "default". */
const char *connection_default_namespace(const struct connection *connection);
/* The namespace that an option names, else the default one; NULL (all) with -A. */
const char *connection_namespace(const struct connection *connection, const struct options *options);
/* Our name there, as the API server knows it (SelfSubjectReview). EXIT_CODE_OK or an exit status with *why. */
#define USERNAME_SIZE 254
MUST_USE int connection_username(const struct connection *connection, char ret[USERNAME_SIZE], struct reason *why);
/* What answers /sluice/v1: the supervisor on this host, or the operator in whose pod the split's worker runs. Borrowed.
 * EXIT_CODE_OK or an exit status with *why. */
MUST_USE int connection_process(const struct connection *connection, const struct json *split,
                                struct kube_client **ret, struct reason *why);
/* After a call by that client failed: says why, where the way to it is the reason, and makes the way anew the next time. */
void connection_process_failed(const struct connection *connection, struct reason *why);
void connection_close(struct connection *connection); /* also the CLEANUP form */
