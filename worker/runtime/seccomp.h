/* Which calls of the kernel a worker may still make (S-12): whatever a client of a broker has no use for is refused, above all new
 * processes, other processes' memory, other namespaces, and the parts of the kernel that most attacks on it begin with.
 *
 * A list of what is forbidden, not of what is allowed: the libraries of the brokers, libcurl and the C library call what they like in
 * every version. A refused call fails with EPERM (ENOSYS where the C library then takes an older one), so that a library goes on without.
 * For the calling thread and those that it starts: before there is any other. Kernel: Documentation/userspace-api/seccomp_filter. */
#pragma once

#include "common/base/err.h"

enum seccomp_outcome { SECCOMP_ABSENT = 1 }; /* the kernel has no filters, or not for this kind of machine */
/* Needs no_new_privs. 0, SECCOMP_ABSENT, -errno. */
MUST_USE int worker_seccomp(void);
