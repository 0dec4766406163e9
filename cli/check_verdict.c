/* What the supervisor says of a resource: conditions Accepted, SpecChanged and Degraded of its status. */
#include "cli/check_rules.h"
#include "cli/condition.h"

/* The list of the manifests' errors has these with file and line. */
static bool is_told_by_line(enum reason_code code)
{
    return code == REASON_FIELD_UNKNOWN || code == REASON_PROPERTY_IGNORED;
}

/* Are these words a part of another finding, or the other way round? Of a wrong field file and line are told already. */
static bool is_told(const struct findings *findings, const char *reason, const char *message)
{
    for (size_t i = 0; i < json_count(findings->rows); i++) {
        const struct json *row = json_at(findings->rows, i);
        const char *words = check_member(row, "message");
        if (words[0] && message[0] && strcmp(check_member(row, "reason"), reason) == 0 &&
            (strstr(message, words) || strstr(words, message)))
            return true;
    }
    return false;
}

static void check_condition(const struct json *condition, const char *subject, bool problem_told,
                            struct findings *findings)
{
    const char *type = check_member(condition, "type"), *reason = check_member(condition, "reason");
    const char *message = check_member(condition, "message");
    enum reason_code code = reason_from_name(str_of(reason));
    bool accepted = strcmp(type, "Accepted") == 0, bad = condition_is_bad(condition);
    if (accepted && bad && (problem_told || is_told(findings, reason, message)))
        return;
    if (accepted && !bad && (code == REASON_ACCEPTED || code == REASON_NONE || is_told_by_line(code)))
        return;
    if (!accepted && !bad)
        return;
    findings_add_told(findings, bad && !condition_passes(condition) ? FINDING_PROBLEM : FINDING_NOTE, subject,
                      condition_reason(condition), message[0] ? message : type, condition_next_step(condition));
}

bool check_verdict(enum kind kind, const struct json *document, bool problem_told, struct findings *findings)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    unsigned before = findings->problems;
    char subject[CHECK_SUBJECT_SIZE];
    check_subject(kind_row(kind)->name, document, subject);
    for (size_t i = 0; i < json_count(conditions); i++)
        check_condition(json_at(conditions, i), subject, problem_told, findings);
    return findings->problems > before;
}
