/* One annotation of a session, by a merge patch. */
#pragma once

#include "cli/session_watch.h"

MUST_USE int session_annotate(struct api *api, struct session_id id, const char *annotation, const char *value,
                              api_done_fn *done, void *context, struct api_call **ret);
/* The session's own path. */
MUST_USE int session_path(struct session_id id, struct buf *buf);
