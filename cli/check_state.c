/* What the sessions and splits themselves complain of. */
#include "cli/check_rules.h"
#include "common/base/mono.h"

enum { SUBJECT_SIZE = 400, STUCK_MS = 5 * 60 * 1000 };

/* True is the bad news for these; for the others False. */
static bool is_bad(const char *type, const char *status)
{
    static const char *const bad_when_true[] = {"Degraded", "SpecChanged", "WaitingForInFlight"};
    for (size_t i = 0; i < sizeof bad_when_true / sizeof bad_when_true[0]; i++)
        if (strcmp(type, bad_when_true[i]) == 0)
            return strcmp(status, "True") == 0;
    return strcmp(type, "Draining") != 0 && strcmp(status, "False") == 0;
}

/* Not ready is a problem for one that failed, and a note for one that is on its way. */
static enum finding_level level_of(const char *type, const char *phase)
{
    if (strcmp(type, "SpecChanged") == 0 || strcmp(type, "WaitingForInFlight") == 0)
        return FINDING_NOTE;
    return strcmp(type, "Ready") == 0 && strcmp(phase, "Failed") != 0 ? FINDING_NOTE : FINDING_PROBLEM;
}

static void check_conditions(const struct json *document, const char *subject, struct findings *findings)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    const char *phase = json_text(json_path(document, "status", "phase", NULL));
    for (size_t i = 0; i < json_count(conditions); i++) {
        const struct json *row = json_at(conditions, i);
        const char *type = check_member(row, "type"), *message = check_member(row, "message");
        const char *reason = check_member(row, "reason"), *next = check_member(row, "nextStep");
        if (is_bad(type, check_member(row, "status")))
            findings_add_told(findings, level_of(type, phase), subject, reason, message[0] ? message : type,
                              next[0] ? next : reason_next_step(reason_from_name(str_of(reason))));
    }
}

static bool is_old(const char *since, int64_t wall_now_ms)
{
    int64_t then_ms;
    return wall_parse(since, &then_ms) == 0 && wall_now_ms - then_ms > STUCK_MS;
}

/* A split that has been on its way somewhere for long. */
static void check_stuck(const struct json *split, const char *subject, int64_t wall_now_ms, struct findings *findings)
{
    const struct json *status = json_get(split, "status");
    const char *phase = check_member(status, "phase"), *waits = check_member(status, "waitsFor");
    bool rests = strcmp(phase, "Active") == 0 || strcmp(phase, "Idle") == 0;
    if (rests || !is_old(check_member(status, "since"), wall_now_ms))
        return;
    bool draining = strcmp(phase, "Draining") == 0;
    findings_add(findings, FINDING_PROBLEM, subject, draining ? REASON_LEFTOVERS_KEPT : REASON_NONE,
                 "is %s since %s%s%s", phase, check_member(status, "since"), waits[0] ? ", waiting for " : "", waits);
}

static void subject_of(const char *what, const struct json *document, char subject[SUBJECT_SIZE])
{
    snprintf(subject, SUBJECT_SIZE, "%s %.60s/%.250s", what,
             json_text(json_path(document, "metadata", "namespace", NULL)),
             json_text(json_path(document, "metadata", "name", NULL)));
}

static void check_phase(const struct json *document, const char *subject, struct findings *findings)
{
    const struct json *status = json_get(document, "status");
    const char *phase = check_member(status, "phase"), *waits = check_member(status, "waitsFor");
    if (strcmp(phase, "Failed") == 0 && json_count(json_get(status, "conditions")) > 0)
        return; /* the conditions say why */
    if (strcmp(phase, "Failed") == 0)
        findings_add(findings, FINDING_PROBLEM, subject, REASON_NONE, "failed");
    else if (waits[0])
        findings_add(findings, FINDING_NOTE, subject, REASON_NONE, "is %s, waiting for %s", phase, waits);
    else
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "is %s", phase[0] ? phase : "Pending");
}

void check_state(const struct check_world *world, int64_t wall_now_ms, struct findings *findings)
{
    char subject[SUBJECT_SIZE];
    for (size_t i = 0; i < json_count(world->sessions); i++) {
        subject_of("session", json_at(world->sessions, i), subject);
        check_phase(json_at(world->sessions, i), subject, findings);
        if (strcmp(json_text(json_path(json_at(world->sessions, i), "status", "phase", NULL)), "Ended") != 0)
            check_conditions(json_at(world->sessions, i), subject, findings);
    }
    for (size_t i = 0; i < json_count(world->splits); i++) {
        subject_of("split", json_at(world->splits, i), subject);
        check_phase(json_at(world->splits, i), subject, findings);
        check_conditions(json_at(world->splits, i), subject, findings);
        check_stuck(json_at(world->splits, i), subject, wall_now_ms, findings);
    }
}
