/* One container of a service or of a pod template, decoded from Kubernetes' own forms. Internal to common/model. */
#pragma once

#include "common/model/resource.h"

/* Name, env and envFrom; what has no meaning in its place is kept as ENV_UNRESOLVED, and an envFrom entry without a source as an
 * optional one without a name. */
MUST_USE int container_decode(const struct json *document, struct arena *arena, struct container *ret);
