/* The sockets of the supervisors of this host. Reads the environment and looks at folders; changes nothing. */
#pragma once

#include "common/base/reason.h"
#include <stdbool.h>
#include <sys/types.h>

#define SOCKET_PATH_SIZE 108 /* what a unix socket can have */

struct socket_query {
    char *(*lookup)(const char *name); /* getenv's form */
    const char *system_root;           /* "/run/sluice" */
    uid_t uid;                         /* the user's */
};

/* The only one there is. EXIT_CODE_OK, or an exit status with *why: USAGE for several, which it lists; UNREACHABLE when there is
 * none. */
MUST_USE int socket_find(const struct socket_query *query, char ret_path[SOCKET_PATH_SIZE], struct reason *why);
/* Whether somebody listens at one, and at which. */
bool socket_alive(const struct socket_query *query, char ret_path[SOCKET_PATH_SIZE]);
