/* Which files a worker may still reach (S-12): what the C library and the broker's client read of the system, nothing of
 * anybody's secrets but the keys of AWS that its own environment leads to, and nothing to write or execute. Descriptors that are open already stay as they are.
 *
 * For the calling thread and those that it starts: before there is any other. Kernel: Documentation/userspace-api/landlock. */
#pragma once

#include "common/base/err.h"

enum landlock_outcome { LANDLOCK_ABSENT = 1 }; /* the kernel, or what the container is run with, has none */
/* Needs no_new_privs. 0, LANDLOCK_ABSENT, -errno. */
MUST_USE int worker_landlock(void);
