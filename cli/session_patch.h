/* One annotation of a session, by a merge patch. */
#pragma once

#include "cli/session_watch.h"

MUST_USE int session_annotate(struct kube_client *client, struct session_id id, const char *annotation,
                              const char *value, kube_done_fn *done, void *context, struct kube_call **ret);
/* The session's own path. */
MUST_USE int session_path(struct session_id id, struct buf *buf);
