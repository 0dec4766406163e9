/* Which API is meant: of a supervisor on this host or of a cluster, by options, environment and files. Reads; changes nothing. */
#pragma once

#include "cli/options.h"
#include "common/kube/kubeconfig.h"

/* --socket, else SLUICE_SOCKET (unless an option means a cluster), else --context, --kubeconfig or a kubeconfig, else the only
 * socket that there is, else the cluster of the pod that we run in. EXIT_CODE_OK, an exit status with *why, or < 0. */
MUST_USE int place_find(const struct options *options, struct kubeconfig *ret, struct reason *why);
