/* An event as a document of events.k8s.io/v1, and the patch that makes it a series (Kubernetes API, Event v1). Pure but for the clock;
 * fails only for lack of memory. */
#pragma once

#include "common/model/kind.h"
#include "supervisor/apply/event_of.h"

#define EVENT_NOTE_BYTES_MAX 1024 /* Event v1, "note" */

struct event_head {
    const char *instance; /* who tells: the name of the pod */
    const char *name;     /* of the event */
};
/* key, document: what it is about; the event stands in its namespace. */
MUST_USE int event_body(const struct event_head *head, const struct resource_key *key, const struct json *document,
                        const struct event *event, struct json **ret);
/* A merge patch: it happened so often by now, for the last time just now. */
MUST_USE int event_series_body(int64_t count, struct json **ret);
