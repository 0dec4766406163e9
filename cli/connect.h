/* What every command begins with: the loop, and the API of the supervisor that is meant. */
#pragma once

#include "cli/api.h"
#include "cli/options.h"

struct connection {
    struct loop *loop;
    struct api *api;
    char socket[108];
};
/* EXIT_CODE_OK, or an exit status after saying why. Does not talk to the supervisor yet. */
MUST_USE int connection_open(const struct options *options, struct connection *ret);
/* Turns the loop for that long. */
void connection_pause(const struct connection *connection, int64_t ms);
/* The namespace that an option names; "default" without one, NULL (all) with -A. */
const char *connection_namespace(const struct options *options);
void connection_close(struct connection *connection); /* also the CLEANUP form */
