/* Owns a compiled pattern for each filter; borrows the table. */
#include "tests/unit/route/naive.h"
#include "common/regex/regex.h"

struct naive {
    const struct route_table *table;
    size_t filter_count;
    struct regex **regexes;
    struct regex_scratch *scratch;
    struct route_copy *mirrors;
};

int naive_new(const struct route_table *table, struct naive **ret)
{
    CLEANUP(naive_freep) struct naive *naive = calloc(1, sizeof *naive);
    size_t sessions = route_table_session_count(table), filters = 0;
    struct reason why;

    if (!naive)
        return -ENOMEM;
    for (size_t i = 0; i < sessions; i++)
        filters += route_table_session(table, i)->filter_count;
    naive->table = table;
    naive->regexes = calloc(filters + 1, sizeof(struct regex *));
    naive->mirrors = calloc(sessions + 1, sizeof *naive->mirrors);
    if (!naive->regexes || !naive->mirrors || regex_scratch_new(&naive->scratch) != 0)
        return -ENOMEM;
    for (naive->filter_count = 0; naive->filter_count < filters; naive->filter_count++) {
        struct regex **regex = &naive->regexes[naive->filter_count];
        if (regex_compile(route_table_filter(table, naive->filter_count)->pattern, regex, &why) != 0)
            return -EINVAL;
    }
    *ret = TAKE(naive);
    return 0;
}

void naive_free(struct naive *naive)
{
    if (!naive)
        return;
    for (size_t i = 0; i < naive->filter_count; i++)
        regex_free(naive->regexes[i]);
    free(naive->regexes);
    free(naive->mirrors);
    regex_scratch_free(naive->scratch);
    free(naive);
}

static bool filter_matches(struct naive *naive, size_t filter, const struct route_header *headers, size_t count)
{
    struct str name = route_table_filter(naive->table, filter)->name;
    for (size_t i = 0; i < count; i++) {
        int r;
        if (headers[i].null || headers[i].value.len > REGEX_SUBJECT_BYTES_MAX || !str_equal(headers[i].name, name))
            continue;
        r = regex_search(naive->regexes[filter], naive->scratch, headers[i].value);
        if (r != 0)
            return r == REGEX_MATCH;
    }
    return false;
}

static bool session_matches(struct naive *naive, const struct route_session *session,
                            const struct route_header *headers, size_t count)
{
    for (uint32_t i = 0; i < session->filter_count; i++)
        if (!filter_matches(naive, session->filter_first + i, headers, count))
            return false;
    return session->filter_count > 0;
}

void naive_decide(struct naive *naive, const struct route_header *headers, size_t count, struct route_decision *ret)
{
    *ret = (struct route_decision){.mirrors = naive->mirrors};
    for (uint32_t i = 0; i < route_table_session_count(naive->table); i++) {
        const struct route_session *session = route_table_session(naive->table, i);
        struct route_copy copy = {.session = i, .destination = session->destination};
        if (!session_matches(naive, session, headers, count))
            continue;
        if (session->mode == ROUTE_MIRROR) {
            naive->mirrors[ret->mirror_count++] = copy;
        } else if (!ret->stolen) {
            ret->stolen = true;
            ret->steal = copy;
        }
    }
}

bool naive_steal(struct naive *naive, const struct route_header *headers, size_t count, uint32_t *ret_session)
{
    for (uint32_t i = 0; i < route_table_session_count(naive->table); i++) {
        const struct route_session *session = route_table_session(naive->table, i);
        if (session->mode == ROUTE_STEAL && session_matches(naive, session, headers, count)) {
            *ret_session = i;
            return true;
        }
    }
    return false;
}
