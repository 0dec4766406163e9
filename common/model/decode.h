/* Small steps that the decoders share: from checked documents into an arena. Internal to common/model.
 *
 * They rely on field_check having passed; types are not looked at again. */
#pragma once

#include "common/base/arena.h"
#include "common/json/json.h"
#include "common/model/resource.h"

/* The text of a string, number or boolean; *ret is NULL when the value is absent or null. */
MUST_USE int decode_text(struct arena *arena, const struct json *value, const char **ret);
/* Like decode_text, but "" when absent. */
MUST_USE int decode_text_or_empty(struct arena *arena, const struct json *value, const char **ret);
/* The number, or fallback when absent. */
int64_t decode_int(const struct json *value, int64_t fallback);
bool decode_bool(const struct json *value, bool fallback);
/* NULL-terminated list of strings; *ret is NULL when absent. */
MUST_USE int decode_texts(struct arena *arena, const struct json *list, const char *const **ret);
/* metadata.annotations["sluice.dev/<name>"], NULL when absent. */
const struct json *decode_annotation_value(const struct json *document, const char *name);
/* The same as text, NULL when it is absent or no string. */
const char *decode_annotation(const struct json *document, const char *name);
/* The annotations of the older forms over *settings; an unknown word is RESOURCE_REFUSED. */
MUST_USE int decode_annotations(const struct json *document, struct split_settings *settings, struct reason *why);
/* Checks a workload's kind: Deployment, StatefulSet, Rollout or LocalService. */
MUST_USE int decode_target_kind(const char *kind, const char *path, struct reason *why);
