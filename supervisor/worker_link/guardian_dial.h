/* The way to a guardian that lies in another container: its socket in a folder that both share. Keeps nothing. */
#pragma once

#include "common/base/err.h"

/* *ret_fd: connected, owned by the caller, close-on-exec. Never waits. path: at most 107 bytes. -EPERM when who listens
 * there is another user; -ENOENT, -ECONNREFUSED: nobody does; -EAGAIN: it does not accept just now; else -errno. */
MUST_USE int guardian_dial(const char *path, int *ret_fd);
