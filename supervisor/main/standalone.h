/* A whole supervisor over a folder of manifests. */
#pragma once

#include "supervisor/main/options.h"

/* Runs until SIGTERM or SIGINT and returns the exit code (enum guardian_supervisor_exit). GUARDIAN_FD is the link. */
int standalone_run(const struct options *options);
