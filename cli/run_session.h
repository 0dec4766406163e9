/* The life of one run: ask for the session, wait until it is Ready, run CMD, end the session. */
#pragma once

#include "cli/client_file.h"
#include "cli/connect.h"

struct run_plan {
    const struct connection *connection;
    const struct json *session;     /* as session_build made it */
    const struct client_file *file; /* for the client underneath */
    char *const *argv;              /* CMD */
    int64_t renew_ms;
    bool json; /* progress as JSON lines */
};
/* Returns the exit status; everything was told on stderr. */
MUST_USE int run_session(const struct run_plan *plan);
