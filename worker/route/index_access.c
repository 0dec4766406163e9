/* Third step of building: under which of its predicates each rule waits. */
#include "worker/route/index_layout.h"

struct access_build {
    struct route_index *index;
    uint32_t *shared_by; /* rules of each predicate */
    struct lists_pairs steal_rules, mirror_rules, slot_predicates;
};

/* How often a predicate is likely to be true, or must be run to know, in no unit. */
static uint64_t kind_weight(const struct index_predicate *entry)
{
    static const uint64_t atom_weights[ATOM_KIND_COUNT] = {
        [ATOM_EXACT] = 1, [ATOM_PREFIX] = 2, [ATOM_SUFFIX] = 2, [ATOM_CONTAINS] = 4};
    const struct shape *shape = &entry->predicate->shape;
    uint64_t weight = 0;

    switch (entry->kind) {
    case SHAPE_PRESENT:
        return 1000;
    case SHAPE_GENERIC:
        return entry->gated ? 300 : 10000;
    case SHAPE_LITERALS:
        break;
    }
    for (size_t i = 0; i < shape->atom_count; i++)
        weight += atom_weights[shape->atoms[i].kind];
    return weight;
}

static uint32_t access_choose(const struct access_build *build, uint32_t rule)
{
    const struct route_index *index = build->index;
    const uint32_t *predicates = lists_of(&index->rule_predicates, rule);
    uint32_t best = predicates[0];
    uint64_t best_weight = UINT64_MAX;

    for (size_t i = 0; i < lists_count(&index->rule_predicates, rule); i++) {
        uint64_t weight = kind_weight(&index->predicates[predicates[i]]) * build->shared_by[predicates[i]];
        if (weight >= best_weight)
            continue;
        best = predicates[i];
        best_weight = weight;
    }
    return best;
}

static void shared_count(struct access_build *build)
{
    const struct lists *lists = &build->index->rule_predicates;
    for (uint32_t i = 0; i < lists->starts[build->index->rule_count]; i++)
        build->shared_by[lists->items[i]]++;
}

/* Rules were numbered in session order, but one may have got its first steal session late. */
static int steal_pairs(struct access_build *build, const uint32_t *access)
{
    struct route_index *index = build->index;
    int r = 0;
    for (uint32_t session = 0; session < index->session_count && r == 0; session++) {
        uint32_t rule = index->session_rules[session];
        if (rule != INDEX_NONE && index->rule_steals[rule] == session)
            r = lists_pairs_add(&build->steal_rules, access[rule], rule);
    }
    return r;
}

static int mirror_pairs(struct access_build *build, const uint32_t *access)
{
    struct route_index *index = build->index;
    int r = 0;
    for (uint32_t rule = 0; rule < index->rule_count && r == 0; rule++)
        if (lists_count(&index->rule_mirrors, rule) > 0)
            r = lists_pairs_add(&build->mirror_rules, access[rule], rule);
    return r;
}

/* Predicates that no literal announces and under which rules wait are looked at whenever their header occurs. */
static int slot_pairs(struct access_build *build)
{
    struct route_index *index = build->index;
    int r = 0;
    for (uint32_t i = 0; i < index->predicate_count && r == 0; i++) {
        const struct index_predicate *entry = &index->predicates[i];
        bool announced = entry->kind == SHAPE_LITERALS || entry->gated;
        bool waited_for = lists_count(&index->steal_rules, i) > 0 || lists_count(&index->mirror_rules, i) > 0;
        if (!announced && waited_for)
            r = lists_pairs_add(&build->slot_predicates, entry->slot, i);
    }
    return r;
}

static int access_lists(struct access_build *build, const uint32_t *access)
{
    struct route_index *index = build->index;
    int r = steal_pairs(build, access);
    if (r == 0)
        r = mirror_pairs(build, access);
    if (r == 0)
        r = lists_build(&build->steal_rules, index->predicate_count, &index->steal_rules);
    if (r == 0)
        r = lists_build(&build->mirror_rules, index->predicate_count, &index->mirror_rules);
    if (r == 0)
        r = slot_pairs(build);
    if (r == 0)
        r = lists_build(&build->slot_predicates, index->slot_count, &index->slot_predicates);
    return r;
}

static int access_build_all(struct access_build *build)
{
    struct route_index *index = build->index;
    CLEANUP(cleanup_freep) uint32_t *access = calloc(index->rule_count + 1, sizeof *access);

    build->shared_by = calloc(index->predicate_count + 1, sizeof *build->shared_by);
    if (!access || !build->shared_by)
        return -ENOMEM;
    shared_count(build);
    for (uint32_t rule = 0; rule < index->rule_count; rule++)
        access[rule] = access_choose(build, rule);
    return access_lists(build, access);
}

int index_access_build(struct route_index *index)
{
    struct access_build build = {.index = index};
    int r = access_build_all(&build);

    free(build.shared_by);
    lists_pairs_deinit(&build.steal_rules);
    lists_pairs_deinit(&build.mirror_rules);
    lists_pairs_deinit(&build.slot_predicates);
    return r;
}
