/* One session followed over every loss of the supervisor, by a watch of that object alone.
 *
 * Its callbacks come from the loop; it may not be freed inside of them. */
#pragma once

#include "common/kube/watch.h"

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
MUST_USE int session_watch_new(struct kube_client *client, struct session_id id,
                               const struct session_watch_handlers *handlers, struct session_watch **ret);
void session_watch_free(struct session_watch *watch);
DEFINE_CLEANUP(struct session_watch, session_watch)
