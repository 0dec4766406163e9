/* The status of what people write: condition Accepted, SpecChanged of a resource that a live split began with otherwise, and
 * Degraded of a service that does not run as wanted.
 *
 * Pure. A resource whose status is right already is not written again. */
#pragma once

#include "common/model/resource.h"
#include "supervisor/split/plan.h"

struct input_verdict {
    bool accepted;
    struct reason why;   /* of Accepted: why it is refused, or what of it has no effect; REASON_NONE: nothing */
    const char *changed; /* message of SpecChanged; NULL: what runs is what is written */
    const struct reason *degraded; /* of a service that does not run as wanted; NULL: it does */
};

/* Adds the write of the status of a document (borrowed), if it differs. */
MUST_USE int input_status_plan(struct plan *plan, const struct json *document, int64_t wall_ms,
                               const struct input_verdict *verdict);
/* An accepted resource with fields that nobody knows. */
void input_judge_fields(const struct field_report *report, struct input_verdict *verdict);
