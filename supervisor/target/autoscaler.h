/* Autoscalers that scale a workload by the queue that is split: they would see it empty, so they are pointed to the temporary one
 * and back (C-19). Pure; recorded in an annotation of the autoscaler's own, like an environment entry. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/kube/path.h"
#include "common/model/kind.h"

#define AUTOSCALER_ANNOTATION "sluice.dev/patched"

/* The kinds of them: HorizontalPodAutoscaler and ScaledObject. */
#define AUTOSCALER_RESOURCES 2
extern const struct kube_resource autoscaler_resources[AUTOSCALER_RESOURCES];

/* A name that stands for the queue, and the one that takes its place. */
struct autoscaler_name {
    const char *original, *temporary;
};
/* Does it scale this workload? One that KEDA keeps for a ScaledObject is KEDA's. */
bool autoscaler_is_of(const struct json *autoscaler, enum kind kind, const char *name);
enum autoscaler_outcome { AUTOSCALER_REFUSED = 1 };
/* The JSON Patch by which a HorizontalPodAutoscaler (autoscaling/v2: labels of an External metric) or a ScaledObject (metadata of its
 * triggers) scales by the temporary names; with no names: by the original ones again. *ret stays NULL when nothing is to be changed.
 * AUTOSCALER_REFUSED with *why: it scales by the queue in a way that cannot be pointed elsewhere. -ENOMEM. */
MUST_USE int autoscaler_patch(const struct json *autoscaler, const struct autoscaler_name *names, size_t count,
                              struct json **ret, struct reason *why);
