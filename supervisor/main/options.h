/* The supervisor's command line. */
#pragma once

#include "common/base/err.h"

struct options {
    const char *standalone;         /* DIR */
    const char *operator_namespace; /* "mirrord" */
};

/* Parses, or prints help or an error and ends the process (code 0 or SUPERVISOR_EXIT_USAGE). Borrows from argv. */
void options_parse(int argc, char **argv, struct options *ret);
