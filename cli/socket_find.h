/* Which supervisor is meant: the path of its socket. Reads the environment and looks at folders; changes nothing. */
#pragma once

#include "common/base/reason.h"
#include <sys/types.h>

#define SOCKET_PATH_SIZE 108 /* what a unix socket can have */

struct socket_query {
    const char *option;                /* --socket, or NULL */
    const char *context;               /* --context, or NULL */
    char *(*lookup)(const char *name); /* getenv's form */
    const char *system_root;           /* "/run/sluice" */
    uid_t uid;                         /* the user's */
};

/* An exit status, with *why: USAGE for a cluster, for several sockets (which it lists) and for a path that is too long;
 * UNREACHABLE when there is none. */
MUST_USE int socket_find(const struct socket_query *query, char ret_path[SOCKET_PATH_SIZE], struct reason *why);
