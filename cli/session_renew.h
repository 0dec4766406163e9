/* Keeps a session alive: patches the annotation sluice.dev/renewed with a new value every third of the time after which the
 * supervisor counts a session as unused, and sooner again after a failure. Owns its timer and its call. */
#pragma once

#include "cli/session_watch.h"

enum { SESSION_RENEW_MS = 10000 }; /* a third of operator.sessionUnusedTtlSeconds' default */

struct session_renew;
MUST_USE int session_renew_new(struct kube_client *client, struct session_id id, int64_t period_ms,
                               struct session_renew **ret);
void session_renew_free(struct session_renew *renew);
DEFINE_CLEANUP(struct session_renew, session_renew)
