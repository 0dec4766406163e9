/* See look_text.h. Fails for lack of memory only. */
#include "cli/look_text.h"

#include "cli/look_line.h"

#include <inttypes.h>
#include <string.h>

static const char *verdict_words(const char *name)
{
    static const struct {
        const char *name, *words;
    } rows[] = {
#define VERDICT(CODE, name, words) {name, words},
#include "common/model/verdict.def"
#undef VERDICT
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].words;
    return name; /* of a newer supervisor */
}

static const char *name_of(const struct json *session)
{
    const char *name = look_member(session, "name");
    return name[0] ? name : look_member(session, "uid");
}

/* The one that it was for, which is always among those that are told. */
static const char *taker_of(const struct json *sample)
{
    const struct json *sessions = json_get(sample, "sessions");
    for (size_t i = 0; i < json_count(sessions); i++)
        if (strcmp(look_member(json_at(sessions, i), "uid"), look_member(sample, "session")) == 0)
            return name_of(json_at(sessions, i));
    return look_member(sample, "session");
}

/* "    author does not match '^me$': "you"". */
static int filter_text(const struct json *filter, const char *indent, struct buf *ret)
{
    const struct json *value = json_get(filter, "value");
    int64_t values = look_number(filter, "values");
    char more[48] = "";
    if (values > 1)
        snprintf(more, sizeof more, " (one of %" PRId64 " values)", values);
    return look_line(ret, "%s%s %s '%s'%s%s%s%s", indent, look_member(filter, "name"),
                     verdict_words(look_member(filter, "verdict")), look_member(filter, "pattern"),
                     value ? ": \"" : "", json_text(value), value ? "\"" : "", more);
}

static int filters_text(const struct json *list, const char *indent, struct buf *ret)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        r = filter_text(json_at(list, i), indent, ret);
    return r;
}

static bool all_match(const struct json *filters)
{
    bool all = json_count(filters) > 0;
    for (size_t i = 0; i < json_count(filters); i++)
        all = all && strcmp(look_member(json_at(filters, i), "verdict"), "matches") == 0;
    return all;
}

static const char *gets_words(const struct json *session)
{
    const char *gets = look_member(session, "gets");
    const struct json *filters = json_get(session, "filters");
    if (strcmp(gets, "message") == 0)
        return "gets it";
    if (strcmp(gets, "copy") == 0)
        return "gets a copy";
    if (json_count(filters) == 0)
        return "has no filters, so it gets nothing";
    return all_match(filters) ? "would match, but does not get it" : "gets nothing";
}

static int session_text(const struct json *session, struct buf *ret)
{
    int r = look_line(ret, "  %s %s", name_of(session), gets_words(session));
    return r ? r : filters_text(json_get(session, "filters"), "    ", ret);
}

static int sessions_text(const struct json *sample, struct buf *ret)
{
    const struct json *sessions = json_get(sample, "sessions");
    int64_t left_out = look_number(sample, "sessionsLeftOut");
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(sessions); i++)
        r = session_text(json_at(sessions, i), ret);
    if (r == 0 && left_out > 0)
        r = look_line(ret, "  and %" PRId64 " sessions more", left_out);
    return r;
}

static int head_text(const struct json *sample, struct buf *ret)
{
    const char *went = look_member(sample, "went"), *time = look_member(sample, "time");
    const char *session = taker_of(sample);
    const char *position = look_member(sample, "position");
    int64_t copies = look_number(sample, "copies");
    char more[48] = "";
    if (copies > 0)
        snprintf(more, sizeof more, ", copies: %" PRId64, copies);
    if (strcmp(went, "session") == 0)
        return look_line(ret, "%s %s -> %s%s", time, position, session, more);
    if (strcmp(went, "application") == 0)
        return look_line(ret, "%s %s -> application%s", time, position, more);
    return look_line(ret, "%s %s -> application, for the queue of %s takes nothing now%s", time, position, session,
                     more);
}

int look_sample_text(const struct json *sample, const struct terminal *terminal, struct buf *ret)
{
    bool good = strcmp(look_member(sample, "went"), "session") == 0;
    const struct json *filters = json_get(sample, "filters");
    if (filters)
        good = all_match(filters);
    int r = buf_append_str(ret, str_of(colour_begin(terminal, good ? COLOUR_GOOD : COLOUR_NONE)));
    if (r == 0)
        r = filters ? look_line(ret, "%s %s %s", look_member(sample, "time"), look_member(sample, "position"),
                                good ? "would match" : "would not match")
                    : head_text(sample, ret);
    if (r == 0)
        r = buf_append_str(ret, str_of(colour_end(terminal, good ? COLOUR_GOOD : COLOUR_NONE)));
    if (r == 0)
        r = filters_text(filters, "  ", ret);
    return r ? r : sessions_text(sample, ret);
}
