/* What a user may do in a cluster, as the API server itself says (SelfSubjectAccessReview of authorization.k8s.io/v1). */
#pragma once

#include "cli/connect.h"
#include "cli/finding.h"
#include "cli/target_ref.h"

/* What `run` needs in that namespace, and `split` on the target when one is given (NULL: not). Says nothing where the API server
 * does not answer. -ENOMEM. */
MUST_USE int check_rights(const struct connection *connection, const char *namespace, const struct target_ref *target,
                          struct findings *findings);
