/* Which pods of a workload run as wanted, and which others may still consume (W-5, C-2). Pure: from lists as the API server gives
 * them. A label is no evidence, nor is "rollout complete": only what stands in a pod's own spec counts. */
#pragma once

#include "common/base/err.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include "supervisor/target/target.h"
#include <stdbool.h>
#include <stdint.h>

/* One value that a pod's container has when it was made from our template: SHA-256 of it, since what is left of a value that was
 * written may be no more than that. */
struct pod_mark {
    const char *container, *variable, *hash;
};

struct pods_input {
    enum kind kind; /* of the workload */
    const char *name, *uid;
    const struct json *const *pods; /* all that its selector finds */
    size_t pod_count;
    const struct json *const *owners; /* ReplicaSets that its selector finds; none for a StatefulSet */
    size_t owner_count;
    const struct pod_mark *marks;
    size_t mark_count;
    bool patched; /* pods with every mark are wanted; else pods without any of them */
    int64_t wall_ms;
};

#define PODS_NAMED_MAX 3
struct pods_judged {
    uint32_t others; /* that may consume what they should not */
    uint32_t
        staying; /* of these: nobody has told them to end, so their containers are started again whatever becomes of them */
    uint32_t fitting, fitting_scheduled, fitting_started, fitting_ready;
    char others_text[200]; /* "shop-1 (terminating), shop-2 and 4 more" */
    char trouble[200];     /* of a fitting pod that is not ready: its own reason; "" */
};
void pods_judge(const struct pods_input *input, struct pods_judged *ret);
/* Is it one of the workload's pods, by its chain of owners? Orphans are; pods of another workload with an overlapping selector are
 * not. */
bool pod_belongs(const struct pods_input *input, const struct json *pod);
/* Until its object is gone, its phase is terminal, or all its containers have ended for good. */
bool pod_may_consume(const struct json *pod);
/* Every mark, or any of them, in the pod's own spec. */
bool pod_has_marks(const struct json *pod, const struct pod_mark *marks, size_t count, bool every);
