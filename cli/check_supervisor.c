/* What the supervisor says of itself: a state folder that it cannot write, settings that have no effect. */
#include "cli/check_rules.h"

void check_supervisor(const struct json *figures, struct findings *findings)
{
    const struct json *run = json_get(figures, "supervisor"), *unknown = json_get(run, "unknownSettings");
    const char *error = check_member(run, "stateError");
    if (error[0])
        findings_add(findings, FINDING_PROBLEM, "supervisor", REASON_STATE_UNWRITABLE,
                     "it cannot write its state: %.100s; what is split goes on, nothing begins or ends", error);
    for (size_t i = 0; i < json_count(unknown); i++) {
        const struct json *row = json_at(unknown, i);
        findings_add_told(findings, FINDING_NOTE, "supervisor", check_member(row, "reason"),
                          check_member(row, "message"), check_member(row, "nextStep"));
    }
}
