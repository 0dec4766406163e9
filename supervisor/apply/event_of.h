/* Which changes of a document's status people are told as Kubernetes events. Pure. */
#pragma once

#include "common/json/json.h"
#include "common/model/kind.h"
#include <stdbool.h>
#include <stddef.h>

#define EVENT_CONDITIONS_MAX 4
#define EVENTS_MAX (1 + EVENT_CONDITIONS_MAX) /* of one change */

/* What was told of a document last; zeroed at first. */
struct event_memory {
    char phase[24];
    char conditions[EVENT_CONDITIONS_MAX]
                   [64]; /* reason of each condition that matters while it is bad; "" : it is not */
};

/* Borrows from the document. */
struct event {
    bool warning;
    const char *reason; /* a phase, or a row of reason.def */
    const char *note;   /* for people; "" */
};

/* What is to be told of a document after what was told before; *memory is brought up to date. Returns how many. */
size_t events_of_document(const struct json *document, struct event_memory *memory, struct event ret[EVENTS_MAX]);
