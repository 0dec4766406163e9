/* What is known of the originals of one workload, from every place that may have kept it. Internal to supervisor/target. Pure; fails only
 * for lack of memory. */
#pragma once

#include "supervisor/target/patch.h"

/* The annotation of a document, read; *ret stays NULL when there is none, or one that was not written by us or was changed. */
MUST_USE int patch_known_annotation(const struct json *document, struct json **ret);
/* Appends every origin to a list, the annotation's first (NULL: there is none), then those of the input. */
MUST_USE int patch_known_collect(const struct patch_input *input, const struct json *annotation, struct json *list);
