/* Sessions that got nothing so far: whether their filters match anything of what passes. Looks at messages for some seconds, takes none. */
#include "cli/check_filters.h"

#include "cli/check_rules.h"
#include "cli/figures.h"
#include "cli/look.h"
#include "cli/look_line.h"
#include "cli/look_totals.h"

#include <inttypes.h>
#include <string.h>

enum { LOOKED_SECONDS = 3, LOOKED_MAX = 4 };

static int keep_over(void *context, const struct json *line)
{
    struct json **over = context;
    if (strcmp(look_member(line, "type"), "over") != 0)
        return 0;
    json_free(TAKE(*over));
    return json_dup(line, over);
}

static bool has_id(const struct json *split, const char *id)
{
    const struct json *ids = json_path(split, "spec", "queue", "ids", NULL);
    bool found = strcmp(id, "*") == 0;
    for (size_t i = 0; i < json_count(ids); i++)
        found = found || strcmp(json_text(json_at(ids, i)), id) == 0;
    return found;
}

/* The session's filters for the split's queue, as a try wants them; an empty list: it has none. */
static int filters_of(const struct json *session, const struct json *split, struct json *ret)
{
    const struct json *queues = json_path(session, "spec", "queues", NULL);
    int r = 0;
    for (size_t i = 0; i < json_count(queues) && json_count(ret) == 0; i++) {
        struct json_member member;
        if (!has_id(split, check_member(json_at(queues, i), "id")))
            continue;
        for (json_first(json_get(json_at(queues, i), "messageFilter"), &member); r == 0 && member.key;
             json_next(&member)) {
            CLEANUP(json_freep) struct json *filter = json_new_object();
            r = filter ? json_set_text(filter, "name", member.key) : -ENOMEM;
            if (r == 0)
                r = json_set_text(filter, "pattern", json_text(member.value));
            if (r == 0)
                r = json_append_take(ret, TAKE(filter));
        }
    }
    return r;
}

/* The first filter whose header no message had; NULL: there is none. */
static const struct json *absent_always(const struct json *over)
{
    const struct json *filters = json_get(over, "filters");
    for (size_t i = 0; i < json_count(filters); i++)
        if (look_number(json_at(filters, i), "absent") == look_number(over, "examined"))
            return json_at(filters, i);
    return NULL;
}

static void judge_absent(const struct json *over, const char *name, const char *subject, struct findings *findings)
{
    const char *alike = look_name_alike(over, name);
    char names[512];
    look_names_text(over, names, sizeof names);
    if (alike[0])
        findings_add(findings, FINDING_PROBLEM, subject, REASON_FILTER_MATCHES_NOTHING,
                     "%" PRId64
                     " messages passed, and none had header '%s'; there is '%s', and names are compared exactly",
                     look_number(over, "examined"), name, alike);
    else
        findings_add(findings, FINDING_PROBLEM, subject, REASON_FILTER_MATCHES_NOTHING,
                     "%" PRId64 " messages passed, and none had header '%s'; headers seen: %s",
                     look_number(over, "examined"), name, names[0] ? names : "none");
}

/* One that never matches is wrong for sure only where the header is missing; values may be rare. */
static void judge(const struct json *over, const char *subject, struct findings *findings)
{
    const struct json *absent = absent_always(over);
    if (look_number(over, "examined") == 0)
        findings_add(findings, FINDING_NOTE, subject, REASON_NONE,
                     "got no message so far, and none passed in %d s: nothing is known of its filter",
                     LOOKED_SECONDS);
    else if (look_number(over, "matched") > 0)
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "its filter matches messages that pass");
    else if (absent)
        judge_absent(over, look_member(absent, "name"), subject, findings);
    else
        findings_add(findings, FINDING_NOTE, subject, REASON_FILTER_MATCHES_NOTHING,
                     "its filter matched none of %" PRId64 " messages: there is the header, and its values differ",
                     look_number(over, "examined"));
}

static void look_at(const struct connection *connection, const struct json *split, const struct json *session,
                    struct findings *findings)
{
    CLEANUP(json_freep) struct json *filters = json_new_array();
    CLEANUP(json_freep) struct json *over = NULL;
    const struct look_request request = {
        .split = split, .filters = filters, .seconds = LOOKED_SECONDS, .on_line = keep_over, .context = &over};
    char subject[CHECK_SUBJECT_SIZE];
    struct reason why;
    check_subject("session", session, subject);
    if (!filters || filters_of(session, split, filters) < 0) {
        findings->failed = true;
        return;
    }
    if (json_count(filters) == 0)
        return; /* matches nothing, and has a condition that says so */
    if (look_run(connection, &request, &why) != EXIT_CODE_OK)
        findings_add(findings, FINDING_NOTE, subject, why.code, "whether its filter matches cannot be seen: %s",
                     why.text);
    else if (over)
        judge(over, subject, findings);
}

static const struct json *session_of(const struct check_world *world, const char *uid)
{
    for (size_t i = 0; i < json_count(world->sessions); i++)
        if (strcmp(json_text(json_path(json_at(world->sessions, i), "metadata", "uid", NULL)), uid) == 0)
            return json_at(world->sessions, i);
    return NULL;
}

static bool got_nothing(const struct json *figures, const struct json *session)
{
    const char *uid = json_text(json_path(session, "metadata", "uid", NULL));
    return strcmp(json_text(json_path(session, "status", "phase", NULL)), "Ready") == 0 &&
           figures_of_session(figures, uid, "delivered") + figures_of_session(figures, uid, "mirrored") == 0;
}

void check_filters(const struct connection *connection, const struct check_world *world, const struct json *figures,
                   struct findings *findings)
{
    unsigned looked = 0;
    for (size_t i = 0; figures && i < json_count(world->splits); i++) {
        const struct json *split = json_at(world->splits, i);
        const struct json *served = json_path(split, "status", "sessions", NULL);
        if (strcmp(json_text(json_path(split, "status", "phase", NULL)), "Active") != 0)
            continue;
        for (size_t n = 0; n < json_count(served) && looked < LOOKED_MAX; n++) {
            const struct json *session = session_of(world, check_member(json_at(served, n), "uid"));
            if (!session || !got_nothing(figures, session))
                continue;
            look_at(connection, split, session, findings);
            looked++;
        }
    }
}
