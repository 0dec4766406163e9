/* One session followed over every loss of the supervisor: list, watch from there, list again when the watch ends.
 *
 * Owns its calls and its timer. Its callbacks come from the loop; it may not be freed inside of them. */
#pragma once

#include "cli/api.h"

struct session_id {
    const char *namespace; /* borrowed */
    const char *name;
};

struct session_watch_handlers {
    /* The session as it is now; at least once after each connection. */
    void (*document)(void *context, const struct json *document);
    /* It does not exist (any more). */
    void (*gone)(void *context);
    /* The supervisor cannot be asked (*why says why), or answers again (NULL). */
    void (*reachable)(void *context, const struct reason *why);
    void *context;
};

struct session_watch;
MUST_USE int session_watch_new(struct loop *loop, struct api *api, struct session_id id,
                               const struct session_watch_handlers *handlers, struct session_watch **ret);
void session_watch_free(struct session_watch *watch);
DEFINE_CLEANUP(struct session_watch, session_watch)
