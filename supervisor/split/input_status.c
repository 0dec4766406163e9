/* See the header. */
#include "supervisor/split/input_status.h"

#include "common/base/buf.h"
#include "supervisor/split/status_condition.h"

#define TEXT_BYTES_MAX 300

void input_judge_fields(const struct field_report *report, struct input_verdict *verdict)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(TEXT_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < report->unknown_count; i++)
        r = buf_printf(&text, "%s%s", i ? ", " : "", report->unknown[i]);
    /* A list that is too long ends where it is cut. */
    if (verdict->accepted && verdict->why.code == REASON_NONE && report->unknown_count > 0)
        reason_set(&verdict->why, REASON_FIELD_UNKNOWN, 0, "unknown, without effect: %s", text.len ? text.data : "");
}

static int write_conditions(const struct json *before, int64_t wall_ms, const struct input_verdict *verdict,
                            struct json *status)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    enum reason_code code = verdict->why.code == REASON_NONE ? REASON_ACCEPTED : verdict->why.code;
    int r =
        list ? condition_set(list, before, wall_ms, "Accepted", verdict->accepted, code, verdict->why.text) : -ENOMEM;
    if (r == 0 && verdict->changed)
        r = condition_set(list, before, wall_ms, "SpecChanged", true, REASON_SPEC_CHANGED, verdict->changed);
    if (r == 0 && verdict->degraded)
        r = condition_set(list, before, wall_ms, "Degraded", true, verdict->degraded->code, verdict->degraded->text);
    return r ? r : json_set_take(status, "conditions", TAKE(list));
}

int input_status_plan(struct plan *plan, const struct json *document, int64_t wall_ms,
                      const struct input_verdict *verdict)
{
    struct json *status CLEANUP(json_freep) = json_new_object(), *copy CLEANUP(json_freep) = NULL;
    const struct json *present = json_get(document, "status");
    int64_t generation = 0;
    int r = status ? 0 : -ENOMEM;
    /* So that whoever changed the resource sees whether the verdict is about the change. */
    if (r == 0 && json_int(json_path(document, "metadata", "generation", NULL), &generation) == 0)
        r = json_set_int(status, "observedGeneration", generation);
    if (r == 0)
        r = write_conditions(json_get(present, "conditions"), wall_ms, verdict, status);
    if (r || json_equal(status, present))
        return r;
    r = json_dup(document, &copy);
    if (r == 0)
        r = json_set_take(copy, "status", TAKE(status));
    return r ? r : plan_document(plan, ACTION_DOCUMENT_STATUS, TAKE(copy));
}
