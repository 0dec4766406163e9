/* The route index (S-1, S-10, C-6, C-7, C-15): a table and a message decide as plain PCRE2 does, filter by filter.
 *
 * The input is a text of lines: "S" or "M" begins a session that steals or mirrors; "F" + a character + a pattern adds a filter on
 * the header of that name; "H" + a character + a value is a header of the message, "N" + a character one without a value. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_regex.h"
#include "worker/route/decide.h"
#include <stdio.h>

#define SESSIONS_MAX 16
#define FILTERS_MAX 64
#define HEADERS_MAX 16

struct given {
    struct route_table *table;
    struct plain_regex *plain[FILTERS_MAX]; /* by filter of the table */
    size_t filter_count;
    struct route_header headers[HEADERS_MAX];
    size_t header_count;
    bool refused; /* by plain PCRE2 or a limit of the table: the index refuses too, or was never asked */
    bool unknown; /* plain PCRE2 could not tell something */
};

static void given_deinit(struct given *given)
{
    route_table_free(given->table);
    for (size_t i = 0; i < given->filter_count; i++)
        plain_regex_free(given->plain[i]);
}

static void add_session(struct given *given, enum route_mode mode)
{
    uint32_t count = (uint32_t)route_table_session_count(given->table);
    struct reason why;
    char uid[16];

    if (count == SESSIONS_MAX)
        return;
    snprintf(uid, sizeof uid, "s%u", count);
    check(route_table_add_session(given->table, str_of(uid), mode, 100 + count, &why) == 0);
}

static void add_filter(struct given *given, struct str name, struct str pattern)
{
    struct reason why = {.code = REASON_NONE};
    int r;

    if (given->filter_count == FILTERS_MAX || route_table_session_count(given->table) == 0)
        return;
    r = route_table_add_filter(given->table, name, pattern, &why);
    check(r == 0 || (r == ROUTE_REFUSED && why.text[0]));
    if (r != 0)
        return;
    given->plain[given->filter_count] = plain_regex_new(pattern);
    given->refused |= !given->plain[given->filter_count++];
}

static void add_header(struct given *given, struct str name, struct str value, bool null)
{
    if (given->header_count < HEADERS_MAX)
        given->headers[given->header_count++] = (struct route_header){.name = name, .value = value, .null = null};
}

static void take_line(struct given *given, struct str line)
{
    struct str name = {line.data + 1, 1}, rest = {line.data + 2, line.len - 2};

    switch (line.data[0]) {
    case 'S':
        add_session(given, ROUTE_STEAL);
        break;
    case 'M':
        add_session(given, ROUTE_MIRROR);
        break;
    case 'F':
        add_filter(given, name, rest);
        break;
    case 'H':
    case 'N':
        add_header(given, name, rest, line.data[0] == 'N');
        break;
    default:
        break;
    }
}

static void read_lines(struct given *given, struct str text)
{
    while (text.len > 0) {
        ptrdiff_t end = str_find(text, STR("\n"));
        struct str line = {text.data, end < 0 ? text.len : (size_t)end};

        if (line.len >= 2)
            take_line(given, line);
        text = (struct str){text.data + line.len + (end >= 0), text.len - line.len - (end >= 0)};
    }
}

static bool filter_matches(struct given *given, size_t number)
{
    struct str name = route_table_filter(given->table, number)->name;
    bool matches = false;

    for (size_t i = 0; i < given->header_count; i++) {
        enum plain_answer answer;
        if (given->headers[i].null || !str_equal(given->headers[i].name, name))
            continue;
        answer = plain_regex_search(given->plain[number], given->headers[i].value);
        given->unknown |= answer == PLAIN_UNKNOWN;
        matches |= answer == PLAIN_YES;
    }
    return matches;
}

static bool session_matches(struct given *given, const struct route_session *session)
{
    bool matches = session->filter_count > 0;

    for (uint32_t i = 0; i < session->filter_count; i++)
        matches &= filter_matches(given, session->filter_first + i);
    return matches;
}

static bool is_mirrored(const struct route_decision *decision, uint32_t session)
{
    for (size_t i = 0; i < decision->mirror_count; i++)
        if (decision->mirrors[i].session == session && decision->mirrors[i].destination == 100 + session)
            return true;
    return false;
}

static void check_decision(struct given *given, const struct route_decision *got)
{
    bool stolen = false;
    size_t mirrors = 0;

    for (uint32_t i = 0; i < route_table_session_count(given->table); i++) {
        const struct route_session *session = route_table_session(given->table, i);
        bool matches = session_matches(given, session);

        if (given->unknown || got->unevaluated > 0)
            return; /* what is left out by a limit differs, and may (C-7) */
        if (session->mode == ROUTE_MIRROR) {
            check(matches == is_mirrored(got, i));
            mirrors += matches;
        } else if (matches && !stolen) {
            check(got->stolen && got->steal.session == i && got->steal.destination == 100 + i);
            stolen = true;
        }
    }
    check(stolen == got->stolen && mirrors == got->mirror_count);
}

static void decide(struct given *given, const struct route_index *index, struct route_decision *ret)
{
    CLEANUP(route_scratch_freep) struct route_scratch *scratch = NULL;

    check(route_scratch_new(&scratch) == 0 && route_scratch_prepare(scratch, index) == 0);
    route_decide(index, scratch, given->headers, given->header_count, (struct mono){1}, ret);
    check_decision(given, ret); /* the mirrors lie in the scratch */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(given_deinit) struct given given = {.table = NULL};
    CLEANUP(route_index_unrefp) struct route_index *index = NULL, *next = NULL;
    struct route_decision decision;
    struct reason why = {.code = REASON_NONE};
    int r;

    check(route_table_new(7, &given.table) == 0);
    read_lines(&given, (struct str){(const char *)data, size});
    r = route_index_build(given.table, NULL, &index, &why);
    check(r == 0 || (r == ROUTE_REFUSED && why.code == REASON_FILTER_INVALID && why.text[0]));
    if (r != 0)
        return 0;
    check(!given.refused); /* a shape that needs no engine must not let through what PCRE2 refuses */
    decide(&given, index, &decision);
    check(route_index_build(given.table, index, &next, &why) == 0); /* and what it takes over from the one before */
    decide(&given, next, &decision);
    return 0;
}
