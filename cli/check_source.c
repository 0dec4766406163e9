/* The problems of the manifests, as the supervisor tells them. */
#include "cli/check_rules.h"

void check_source(const struct json *errors, struct findings *findings)
{
    const struct json *list = json_get(errors, "errors");
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *row = json_at(list, i);
        char subject[REASON_TEXT_SIZE];
        int64_t line = 0;
        const char *text = check_member(row, "message"), *file = check_member(row, "file");
        enum finding_level level =
            strcmp(check_member(row, "level"), "warning") == 0 ? FINDING_NOTE : FINDING_PROBLEM;
        if (json_int(json_get(row, "line"), &line) < 0)
            line = 0; /* about the file as a whole */
        if (line > 0)
            snprintf(subject, sizeof subject, "%.400s:%lld", file, (long long)line);
        else
            snprintf(subject, sizeof subject, "%.400s", file[0] ? file : "manifests");
        findings_add_told(findings, level, subject, check_member(row, "reason"),
                          text[0] ? text : check_member(row, "text"), check_member(row, "nextStep"));
    }
    if (json_count(list) == 0)
        findings_add(findings, FINDING_GOOD, "manifests", REASON_NONE, "the supervisor can read all of them");
}
