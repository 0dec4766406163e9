/* See the header. */
#include "worker/route/explain.h"

#include "worker/route/scratch_layout.h"

static uint32_t predicate_number(const struct route_index *index, size_t number, size_t filter)
{
    return lists_of(&index->rule_predicates, index->session_rules[number])[filter];
}

size_t route_explain_count(const struct route_index *index, size_t number)
{
    uint32_t rule = index->session_rules[number];
    return rule == INDEX_NONE ? 0 : lists_count(&index->rule_predicates, rule);
}

enum route_mode route_explain_mode(const struct route_index *index, size_t number)
{
    return index->sessions[number].mode;
}

/* What a message has under a filter's name. */
struct occurrence {
    size_t values, too_long, null;
};

static struct occurrence occurrence_find(const struct route_header *headers, size_t count, struct route_finding *ret)
{
    struct occurrence found = {0};
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(headers[i].name, ret->name))
            continue;
        if (!ret->header)
            ret->header = &headers[i];
        found.values++;
        found.null += headers[i].null;
        found.too_long += !headers[i].null && headers[i].value.len > REGEX_SUBJECT_BYTES_MAX;
    }
    ret->values = found.values;
    return found;
}

/* As the decision does it: in the order of the message, up to the first that matches or hits the limit. */
static enum verdict engine_verdict(const struct predicate *predicate, struct route_scratch *scratch,
                                   const struct route_header *headers, size_t count, struct route_finding *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (headers[i].null || headers[i].value.len > REGEX_SUBJECT_BYTES_MAX ||
            !str_equal(headers[i].name, ret->name))
            continue;
        int r = regex_search(predicate->regex, scratch->regex, headers[i].value);
        if (r)
            ret->header = &headers[i];
        if (r)
            return r == REGEX_MATCH ? VERDICT_MATCHES : VERDICT_LIMIT;
    }
    return VERDICT_DIFFERS;
}

static enum verdict filter_verdict(const struct index_predicate *entry, bool marked, struct route_scratch *scratch,
                                   const struct route_header *headers, size_t count, struct route_finding *ret)
{
    const struct occurrence found = occurrence_find(headers, count, ret);
    if (found.values == 0)
        return VERDICT_ABSENT;
    if (atomic_load_explicit(&entry->predicate->quarantined, memory_order_relaxed))
        return VERDICT_QUARANTINED;
    if (found.values == found.null + found.too_long)
        return found.too_long ? VERDICT_TOO_LONG : VERDICT_NULL_VALUE;
    switch (entry->kind) {
    case SHAPE_PRESENT:
        return VERDICT_MATCHES;
    case SHAPE_LITERALS:
        return marked ? VERDICT_MATCHES : VERDICT_DIFFERS;
    case SHAPE_GENERIC:
        if (entry->gated && !marked)
            return VERDICT_DIFFERS;
        return engine_verdict(entry->predicate, scratch, headers, count, ret);
    }
    return VERDICT_DIFFERS;
}

void route_explain(const struct route_index *index, struct route_scratch *scratch, const struct route_header *headers,
                   size_t count, size_t number, size_t filter, struct route_finding *ret)
{
    uint32_t predicate = predicate_number(index, number, filter);
    const struct index_predicate *entry = &index->predicates[predicate];
    struct route_finding found = {.name = entry->predicate->name, .pattern = entry->predicate->pattern};

    check(scratch->serial == index->serial);
    found.verdict =
        filter_verdict(entry, scratch->predicates[predicate].seen == scratch->stamp, scratch, headers, count, &found);
    *ret = found;
}
