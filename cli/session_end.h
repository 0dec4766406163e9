/* Ends a session of ours: says that it finished (annotation sluice.dev/end), then deletes it.
 *
 * Tries again while the supervisor does not answer, for SESSION_END_MS; what stays behind then is ended by the supervisor once
 * it was unused for long enough. */
#pragma once

#include "cli/session_watch.h"

enum { SESSION_END_MS = 10000 };

struct session_end;
/* why: NULL when the session is over as far as it is ours to do. Comes once, from the loop. */
typedef void session_end_fn(void *context, const struct reason *why);
MUST_USE int session_end_new(struct kube_client *client, struct session_id id, session_end_fn *done, void *context,
                             struct session_end **ret);
void session_end_free(struct session_end *end);
DEFINE_CLEANUP(struct session_end, session_end)
