/* The SplitSession that a run asks for, made of the client file and the options. Pure but for the random parts. */
#pragma once

#include "cli/client_file.h"
#include "cli/declared.h"
#include "cli/options.h"

struct session_owner {
    char username[254]; /* in a cluster its own name for us counts: connection_username */
    char hostname[254];
};
/* Of the present user, as the supervisor reads the socket's other end: the number where there is no name. */
void session_owner_read(struct session_owner *ret);

enum session_build_outcome { SESSION_BUILD_REFUSED = 1 };
/* declared: of the target's namespace, for the type of ids that only options name. 0, SESSION_BUILD_REFUSED with *why (a wrong option,
 * no target, nothing to split), or -ENOMEM. */
MUST_USE int session_build(const struct client_file *file, const struct options *options,
                           const struct session_owner *owner, const char *default_namespace,
                           const struct declared *declared, struct json **ret, struct reason *why);
/* An option names a queue that the file does not, so its type has to be looked up. */
bool session_needs_types(const struct client_file *file, const struct options *options);
/* The target that counts: -t, else the client file's. SESSION_BUILD_REFUSED when there is none. */
MUST_USE int session_target(const struct client_file *file, const struct options *options, struct target_ref *ret,
                            struct reason *why);
/* The namespace that counts: -n, else the client file's, else default_namespace. */
const char *session_namespace(const struct client_file *file, const struct options *options,
                              const char *default_namespace);
