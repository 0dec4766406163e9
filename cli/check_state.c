/* What the sessions and splits themselves complain of. */
#include "cli/check_rules.h"
#include "cli/condition.h"
#include "common/base/mono.h"

enum { STUCK_MS = 5 * 60 * 1000 };

/* Not ready is a problem for one that failed; one that is on its way says so by its phase. */
static void check_condition(const struct json *condition, bool failed, enum finding_level worst, const char *subject,
                            struct findings *findings)
{
    const char *type = check_member(condition, "type"), *message = check_member(condition, "message");
    const char *reason = condition_reason(condition);
    bool on_its_way = strcmp(type, "Ready") == 0 && !failed;
    enum finding_level level = on_its_way || condition_passes(condition) ? FINDING_NOTE : worst;
    if (condition_is_bad(condition) && (!on_its_way || reason[0]))
        findings_add_told(findings, level, subject, reason, message[0] ? message : type,
                          condition_next_step(condition));
}

static void check_conditions(const struct json *document, enum finding_level worst, const char *subject,
                             struct findings *findings)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    bool failed = strcmp(json_text(json_path(document, "status", "phase", NULL)), "Failed") == 0;
    for (size_t i = 0; i < json_count(conditions); i++)
        check_condition(json_at(conditions, i), failed, worst, subject, findings);
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

static void check_phase(const struct json *document, enum finding_level worst, const char *subject,
                        struct findings *findings)
{
    const struct json *status = json_get(document, "status");
    const char *phase = check_member(status, "phase"), *waits = check_member(status, "waitsFor");
    if (strcmp(phase, "Failed") == 0 && json_count(json_get(status, "conditions")) > 0)
        return; /* the conditions say why */
    if (strcmp(phase, "Failed") == 0)
        findings_add(findings, worst, subject, REASON_NONE, "failed");
    else if (waits[0])
        findings_add(findings, FINDING_NOTE, subject, REASON_NONE, "is %s, waiting for %s", phase, waits);
    else
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "is %s", phase[0] ? phase : "Pending");
}

static const char *created(const struct json *session)
{
    return json_text(json_path(session, "metadata", "creationTimestamp", NULL));
}

static bool is_failed(const struct json *session)
{
    return strcmp(json_text(json_path(session, "status", "phase", NULL)), "Failed") == 0;
}

/* A failure counts until another session of the target went better, and not for ever: what was wrong may be mended. */
static bool is_past(const struct check_world *world, const struct json *session, int64_t wall_now_ms)
{
    const struct json *ready = condition_of(session, "Ready");
    if (!is_failed(session))
        return false;
    for (size_t i = 0; i < json_count(world->sessions); i++) {
        const struct json *other = json_at(world->sessions, i);
        if (strcmp(json_text(json_path(other, "status", "phase", NULL)), "Ready") == 0 &&
            strcmp(created(other), created(session)) > 0 &&
            json_equal(json_path(other, "metadata", "namespace", NULL),
                       json_path(session, "metadata", "namespace", NULL)) &&
            json_equal(json_path(other, "spec", "target", "name", NULL),
                       json_path(session, "spec", "target", "name", NULL)))
            return true;
    }
    return is_old(check_member(ready, "lastTransitionTime"), wall_now_ms);
}

/* Two tries of the same thing: one target, one reason, one message. */
static bool same_failure(const struct json *a, const struct json *b)
{
    const struct json *ready = condition_of(a, "Ready"), *other = condition_of(b, "Ready");
    return ready && other && json_equal(json_get(ready, "message"), json_get(other, "message")) &&
           json_equal(json_get(ready, "reason"), json_get(other, "reason")) &&
           json_equal(json_path(a, "metadata", "namespace", NULL), json_path(b, "metadata", "namespace", NULL)) &&
           json_equal(json_path(a, "spec", "target", "name", NULL), json_path(b, "spec", "target", "name", NULL));
}

/* How many others failed as this one did. False: an earlier one stands for it. */
static bool stands_for(const struct check_world *world, size_t index, size_t *ret_more)
{
    const struct json *session = json_at(world->sessions, index);
    size_t more = 0;
    for (size_t i = 0; is_failed(session) && i < json_count(world->sessions); i++) {
        const struct json *other = json_at(world->sessions, i);
        if (i == index || !is_failed(other) || !same_failure(session, other))
            continue;
        if (i < index)
            return false;
        more++;
    }
    *ret_more = more;
    return true;
}

/* It counts when one of those that it stands for does. */
static enum finding_level worst_of(const struct check_world *world, size_t index, int64_t wall_now_ms)
{
    const struct json *session = json_at(world->sessions, index);
    for (size_t i = index; i < json_count(world->sessions); i++) {
        const struct json *other = json_at(world->sessions, i);
        bool meant = i == index || (is_failed(session) && is_failed(other) && same_failure(session, other));
        if (meant && !is_past(world, other, wall_now_ms))
            return FINDING_PROBLEM;
    }
    return FINDING_NOTE;
}

static void check_session(const struct check_world *world, size_t index, int64_t wall_now_ms,
                          struct findings *findings)
{
    const struct json *session = json_at(world->sessions, index);
    char name[CHECK_SUBJECT_SIZE], subject[CHECK_SUBJECT_SIZE + 40];
    size_t more = 0;
    if (!stands_for(world, index, &more))
        return;
    enum finding_level worst = worst_of(world, index, wall_now_ms);
    check_subject("session", session, name);
    if (more)
        snprintf(subject, sizeof subject, "%s and %zu more", name, more);
    else
        snprintf(subject, sizeof subject, "%s", name);
    check_phase(session, worst, subject, findings);
    if (strcmp(json_text(json_path(session, "status", "phase", NULL)), "Ended") != 0)
        check_conditions(session, worst, subject, findings);
}

/* One that lives again may end again for the same reason. */
static void check_last_words(const struct json *split, const char *subject, int64_t wall_now_ms,
                             struct findings *findings)
{
    const struct json *words = json_path(split, "status", "lastWords", NULL), *log = json_get(words, "log");
    enum reason_code code = reason_from_name(str_of(check_member(words, "reason")));
    const char *last = json_text(json_count(log) ? json_at(log, json_count(log) - 1) : NULL);
    if (!words || is_old(check_member(words, "at"), wall_now_ms))
        return;
    findings_add(findings, FINDING_PROBLEM, subject, code, "%.500s (%s)%s%.300s", check_member(words, "message"),
                 check_member(words, "at"), last[0] ? "; its last line: " : "", last);
}

void check_state(const struct check_world *world, int64_t wall_now_ms, struct findings *findings)
{
    char subject[CHECK_SUBJECT_SIZE];
    for (size_t i = 0; i < json_count(world->sessions); i++)
        check_session(world, i, wall_now_ms, findings);
    for (size_t i = 0; i < json_count(world->splits); i++) {
        check_subject("split", json_at(world->splits, i), subject);
        check_phase(json_at(world->splits, i), FINDING_PROBLEM, subject, findings);
        check_conditions(json_at(world->splits, i), FINDING_PROBLEM, subject, findings);
        check_stuck(json_at(world->splits, i), subject, wall_now_ms, findings);
        check_last_words(json_at(world->splits, i), subject, wall_now_ms, findings);
    }
}
