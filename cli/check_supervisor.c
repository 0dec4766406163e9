/* What the supervisor says of itself: settings that have no effect. */
#include "cli/check_rules.h"

void check_supervisor(const struct json *figures, struct findings *findings)
{
    const struct json *unknown = json_path(figures, "supervisor", "unknownSettings", NULL);
    for (size_t i = 0; i < json_count(unknown); i++) {
        const struct json *row = json_at(unknown, i);
        findings_add_told(findings, FINDING_NOTE, "supervisor", check_member(row, "reason"),
                          check_member(row, "message"), check_member(row, "nextStep"));
    }
}
