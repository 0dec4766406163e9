/* One message against the index. Owns nothing, allocates nothing, cannot fail; writes only to the scratch and to the
 * health counters.
 *
 * First pass: each header's value marks the predicates it makes true, as far as tables know. Second pass: the rules that
 * wait under a marked predicate are checked; rules that still need the regex engine come last, and only those which
 * could get the message before the best found so far are asked. */
#include "worker/route/match.h"

/* What tables know of a predicate; *needs_engine is set where the engine has the last word. */
static bool predicate_possible(const struct match *match, uint32_t number, bool *needs_engine)
{
    const struct index_predicate *entry = &match->index->predicates[number];
    switch (entry->kind) {
    case SHAPE_LITERALS:
        return match->scratch->predicates[number].seen == match->scratch->stamp;
    case SHAPE_PRESENT:
        return match->scratch->slots[entry->slot].seen == match->scratch->stamp;
    case SHAPE_GENERIC:
        *needs_engine = true;
        return entry->gated ? match->scratch->predicates[number].seen == match->scratch->stamp
                            : match->scratch->slots[entry->slot].seen == match->scratch->stamp;
    }
    return false;
}

static bool rule_possible(const struct match *match, uint32_t rule, bool *needs_engine)
{
    const struct lists *lists = &match->index->rule_predicates;
    const uint32_t *predicates = lists_of(lists, rule);
    size_t count = lists_count(lists, rule);

    *needs_engine = false;
    for (size_t i = 0; i < count; i++)
        if (!predicate_possible(match, predicates[i], needs_engine))
            return false;
    return true;
}

static bool rule_confirmed(struct match *match, uint32_t rule)
{
    const struct lists *lists = &match->index->rule_predicates;
    const uint32_t *predicates = lists_of(lists, rule);
    size_t count = lists_count(lists, rule);

    for (size_t i = 0; i < count; i++)
        if (match->index->predicates[predicates[i]].kind == SHAPE_GENERIC && !match_engine(match, predicates[i]))
            return false;
    return true;
}

static void mirrors_find(struct match *match, uint32_t predicate, struct route_decision *decision)
{
    const struct route_index *index = match->index;
    const uint32_t *rules = lists_of(&index->mirror_rules, predicate);
    size_t count = lists_count(&index->mirror_rules, predicate);
    bool needs_engine;

    for (size_t i = 0; i < count; i++) {
        const uint32_t *sessions = lists_of(&index->rule_mirrors, rules[i]);
        size_t session_count = lists_count(&index->rule_mirrors, rules[i]);
        if (!rule_possible(match, rules[i], &needs_engine) || (needs_engine && !rule_confirmed(match, rules[i])))
            continue;
        for (size_t k = 0; k < session_count; k++)
            match->scratch->mirrors[decision->mirror_count++] =
                (struct route_copy){sessions[k], index->sessions[sessions[k]].destination};
    }
}

/* Rules stand in the order of their sessions, so the first that is sure ends the list. */
static void steals_find(struct match *match, uint32_t predicate, uint32_t *best, size_t *deferred_count)
{
    const struct route_index *index = match->index;
    const uint32_t *rules = lists_of(&index->steal_rules, predicate);
    size_t count = lists_count(&index->steal_rules, predicate);
    bool needs_engine;

    for (size_t i = 0; i < count && index->rule_steals[rules[i]] < *best; i++) {
        if (!rule_possible(match, rules[i], &needs_engine))
            continue;
        if (!needs_engine)
            *best = index->rule_steals[rules[i]];
        else
            match->scratch->deferred[(*deferred_count)++] = rules[i];
    }
}

static uint32_t deferred_decide(struct match *match, size_t deferred_count, uint32_t best)
{
    const uint32_t *deferred = match->scratch->deferred;
    for (size_t i = 0; i < deferred_count; i++) {
        uint32_t session = match->index->rule_steals[deferred[i]];
        if (session < best && rule_confirmed(match, deferred[i]))
            best = session;
    }
    return best;
}

static void scratch_begin(struct route_scratch *scratch, const struct route_index *index)
{
    check(scratch->serial == index->serial);
    if (++scratch->stamp == 0) { /* after four thousand million messages old marks would look new */
        int r = route_scratch_prepare(scratch, index);
        check(r == 0); /* it has the memory already */
        scratch->stamp = 1;
    }
}

void route_decide(const struct route_index *index, struct route_scratch *scratch, const struct route_header *headers,
                  size_t count, struct mono now, struct route_decision *ret)
{
    struct match match = {.index = index, .scratch = scratch, .headers = headers, .header_count = count, .now = now};
    uint32_t best = INDEX_NONE;
    size_t deferred_count = 0;

    scratch_begin(scratch, index);
    *ret = (struct route_decision){.mirrors = scratch->mirrors};
    match_tables(&match);
    for (size_t i = 0; i < match.hit_count; i++) {
        steals_find(&match, scratch->hits[i], &best, &deferred_count);
        mirrors_find(&match, scratch->hits[i], ret);
    }
    best = deferred_decide(&match, deferred_count, best);
    if (best != INDEX_NONE) {
        ret->stolen = true;
        ret->steal = (struct route_copy){best, index->sessions[best].destination};
    }
    ret->unevaluated = match.unevaluated;
    ret->quarantined_now = match.quarantined_now;
}
