/* Which documents belong to a target. Internal to supervisor/apply. */
#pragma once

#include "supervisor/apply/view_build.h"

struct view_build {
    const struct view_source *source;
    struct arena *arena;
    struct target_view *view;
    const struct json *consumer; /* the first that names the target */
    struct input_view *consumer_input;
    struct input_view *inputs; /* of view->inputs, while they are filled */
    size_t consumer_count;
    struct queue_registry *registries; /* of view->registries, while they are filled */
    struct original_in_use *others;    /* the same of view->others */
    struct other_session *other_sessions;
    struct sqs_session_view *sqs_sessions;
    int result; /* of the visits */
};

/* Sessions, splits, registries and the consumer of the target; originals of other targets. */
MUST_USE int view_collect(struct view_build *build);
/* The declaration of a resource, as records remember it. */
MUST_USE int view_hash(struct view_build *build, const struct json *document, const char **ret);
/* The next of view->inputs, empty; there is room for all that were counted, and for the service. */
struct input_view *view_add_input(struct view_build *build, enum kind kind, const struct json *document);
