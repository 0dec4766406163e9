/* Conditions as Kubernetes shapes them. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"

/* The condition of that type in a list, or NULL. */
const struct json *condition_find(const struct json *conditions, const char *type);
/* Appends a condition to a list; its time is that of before (NULL: none) while its status stays. REASON_NONE: it has no reason
 * but its type, "Ready" or "NotReady". -ENOMEM. */
MUST_USE int condition_set(struct json *conditions, const struct json *before, int64_t wall_ms, const char *type,
                           bool value, enum reason_code code, const char *message);
