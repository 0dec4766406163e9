/* A whole supervisor of a cluster: resources from its API server, workloads as targets, workers in the other container of its
 * pod. */
#pragma once

#include "common/base/err.h"
#include "supervisor/main/options.h"

/* Runs until it is told to stop; returns the process's exit code. */
MUST_USE int operator_run(const struct options *options);
