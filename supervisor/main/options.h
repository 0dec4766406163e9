/* The supervisor's command line. */
#pragma once

#include "common/base/err.h"

enum options_task { OPTIONS_STANDALONE, OPTIONS_KUBERNETES, OPTIONS_UNINSTALL };

struct options {
    enum options_task task;
    const char *standalone;         /* STANDALONE: DIR */
    const char *guardian;           /* KUBERNETES: path of its socket */
    const char *operator_namespace; /* "mirrord" */
};

/* Parses, or prints help or an error and ends the process (code 0 or SUPERVISOR_EXIT_USAGE). Borrows from argv. */
void options_parse(int argc, char **argv, struct options *ret);
