/* The life of an index and what its sessions' owners are told. */
#include "worker/route/index_layout.h"

/* Addresses are used again, so a scratch knows its index by this. */
static _Atomic uint64_t serial_last;

static void slots_free(struct route_index *index)
{
    for (size_t i = 0; i < index->slot_count; i++) {
        automaton_free(index->slots[i].starts);
        automaton_free(index->slots[i].ends);
        automaton_free(index->slots[i].anywhere);
        prefilter_free(index->slots[i].maybe_anywhere);
    }
    free(index->slots);
}

static void index_free(struct route_index *index)
{
    slots_free(index);
    for (size_t i = 0; i < index->predicate_count; i++)
        predicate_unref(index->predicates[i].predicate);
    free(index->predicates);
    free(index->sessions);
    free(index->session_rules);
    free(index->atoms);
    free(index->rule_steals);
    keymap_deinit(&index->names);
    keymap_deinit(&index->patterns);
    keymap_deinit(&index->exacts);
    lists_deinit(&index->atom_predicates);
    lists_deinit(&index->rule_predicates);
    lists_deinit(&index->rule_mirrors);
    lists_deinit(&index->steal_rules);
    lists_deinit(&index->mirror_rules);
    lists_deinit(&index->slot_predicates);
    free(index);
}

int route_index_build(const struct route_table *table, const struct route_index *previous, struct route_index **ret,
                      struct reason *why)
{
    CLEANUP(route_index_unrefp) struct route_index *index = calloc(1, sizeof *index);
    int r;

    if (!index)
        return -ENOMEM;
    atomic_init(&index->refs, 1);
    index->serial = atomic_fetch_add_explicit(&serial_last, 1, memory_order_relaxed) + 1;
    index->generation = route_table_generation(table);
    keymap_init(&index->names);
    keymap_init(&index->patterns);
    keymap_init(&index->exacts);
    r = index_intern(index, table, previous, why);
    if (r == 0)
        r = index_match_build(index);
    if (r == 0)
        r = index_access_build(index);
    if (r != 0)
        return r;
    *ret = TAKE(index);
    return 0;
}

struct route_index *route_index_ref(struct route_index *index)
{
    atomic_fetch_add_explicit(&index->refs, 1, memory_order_relaxed);
    return index;
}

void route_index_unref(struct route_index *index)
{
    if (index && atomic_fetch_sub_explicit(&index->refs, 1, memory_order_acq_rel) == 1)
        index_free(index);
}

uint64_t route_index_generation(const struct route_index *index) { return index->generation; }
size_t route_index_session_count(const struct route_index *index) { return index->session_count; }

static void health_add(const struct index_predicate *entry, const struct index_slot *slot,
                       struct route_session_health *health)
{
    health->unevaluated += atomic_load_explicit(&entry->predicate->unevaluated, memory_order_relaxed) +
                           atomic_load_explicit(&slot->long_values, memory_order_relaxed);
    if (!atomic_load_explicit(&entry->predicate->quarantined, memory_order_relaxed))
        return;
    if (health->quarantined++ == 0)
        health->quarantined_name = entry->predicate->name;
}

void route_index_session(const struct route_index *index, size_t number, struct route_session_health *ret)
{
    const struct route_session *session;
    uint32_t rule;

    check(number < index->session_count);
    session = &index->sessions[number];
    rule = index->session_rules[number];
    *ret = (struct route_session_health){
        .uid = session->uid, .mode = session->mode, .destination = session->destination};
    for (size_t i = 0; rule != INDEX_NONE && i < lists_count(&index->rule_predicates, rule); i++) {
        const struct index_predicate *entry = &index->predicates[lists_of(&index->rule_predicates, rule)[i]];
        health_add(entry, &index->slots[entry->slot], ret);
    }
}
