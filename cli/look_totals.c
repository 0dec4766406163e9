/* See look_totals.h. Fails for lack of memory only. */
#include "cli/look_totals.h"

#include "cli/look_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *look_name_alike(const struct json *over, const char *name)
{
    const struct json *headers = json_get(over, "headers");
    for (size_t i = 0; i < json_count(headers); i++) {
        const char *seen = look_member(json_at(headers, i), "name");
        if (strcasecmp(seen, name) == 0 && strcmp(seen, name) != 0)
            return seen;
    }
    return "";
}

/* The next most frequent after one that was told; NULL at the end. At most 48, so that looking through them is cheap. */
static const struct json *next_frequent(const struct json *headers, const struct json *told)
{
    const struct json *best = NULL;
    bool behind = false; /* told, among equals */
    int64_t limit = told ? look_number(told, "messages") : INT64_MAX;
    for (size_t i = 0; i < json_count(headers); i++) {
        const struct json *header = json_at(headers, i);
        int64_t messages = look_number(header, "messages");
        bool eligible = messages < limit || (told && messages == limit && behind);
        behind = behind || header == told;
        if (eligible && (!best || messages > look_number(best, "messages")))
            best = header;
    }
    return best;
}

void look_names_text(const struct json *over, char *dst, size_t size)
{
    const struct json *header = NULL;
    size_t at = 0;
    dst[0] = 0;
    while ((header = next_frequent(json_get(over, "headers"), header))) {
        const char *name = look_member(header, "name");
        if (at + strlen(name) + sizeof ", ..." > size) {
            snprintf(dst + at, size - at, "%s...", at ? ", " : "");
            return;
        }
        at += (size_t)snprintf(dst + at, size - at, "%s%s", at ? ", " : "", name);
    }
}

static int filter_text(const struct json *over, const struct json *filter, struct buf *ret)
{
    const char *name = look_member(filter, "name"), *alike = look_name_alike(over, name);
    int64_t matches = look_number(filter, "matches"), absent = look_number(filter, "absent");
    int r = look_line(ret,
                      "  %s '%s': %" PRId64 " match, %" PRId64 " differ, %" PRId64 " have no such header, %" PRId64
                      " could not be searched",
                      name, look_member(filter, "pattern"), matches, look_number(filter, "differs"), absent,
                      look_number(filter, "failed"));
    if (r == 0 && matches == 0 && absent > 0 && alike[0])
        r = look_line(ret, "  header names are compared exactly: there is '%s', and the filter asks for '%s'", alike,
                      name);
    return r;
}

static int names_line(const struct json *over, struct buf *ret)
{
    char names[1024];
    look_names_text(over, names, sizeof names);
    return names[0] ? look_line(ret, "  headers seen: %s", names) : 0;
}

int look_totals_text(const struct json *over, bool tried, struct buf *ret)
{
    const struct json *filters = json_get(over, "filters");
    int64_t passed = look_number(over, "passed"), examined = look_number(over, "examined");
    int64_t matched = look_number(over, "matched"), skipped = look_number(over, "skipped");
    if (passed == 0)
        return look_line(ret, "no message passed; --for looks longer");
    int r = tried ? look_line(ret, "%" PRId64 " of %" PRId64 " messages would match", matched, examined)
                  : look_line(ret, "%" PRId64 " messages passed, %" PRId64 " of them for a session", passed, matched);
    if (r == 0 && tried && examined < passed)
        r = look_line(ret, "  %" PRId64 " passed; not more of them were looked at, so that forwarding does not wait",
                      passed);
    if (r == 0 && skipped > 0)
        r = look_line(ret, "  %" PRId64 " samples were left out: more was told than could be shown", skipped);
    for (size_t i = 0; r == 0 && i < json_count(filters); i++)
        r = filter_text(over, json_at(filters, i), ret);
    return r ? r : names_line(over, ret);
}
