/* First step of building: sessions become rules, filters become predicates, names become slots; equal ones become one.
 *
 * Patterns that the previous index has are taken from there, compiled and with their health. */
#include "worker/route/index_layout.h"

struct intern {
    struct route_index *index;
    const struct route_table *table;
    const struct route_index *previous;       /* or NULL */
    struct keymap rules;                      /* bytes of the predicate numbers -> rule */
    uint32_t (*rule_keys)[ROUTE_FILTERS_MAX]; /* what the map's keys point to, by rule */
    struct lists_pairs rule_predicates, rule_mirrors;
    struct str refused; /* header name of the filter that was refused */
};

static uint64_t previous_long_values(const struct route_index *previous, struct str name)
{
    uint32_t slot = previous ? keymap_get(&previous->names, 0, name) : KEYMAP_NONE;
    return slot == KEYMAP_NONE ? 0 : atomic_load_explicit(&previous->slots[slot].long_values, memory_order_relaxed);
}

/* A reference to the previous index's predicate, or NULL. */
static struct predicate *previous_predicate(const struct route_index *previous, const struct route_filter *filter)
{
    uint32_t slot = previous ? keymap_get(&previous->names, 0, filter->name) : KEYMAP_NONE;
    uint32_t number = slot == KEYMAP_NONE ? slot : keymap_get(&previous->patterns, slot, filter->pattern);
    return number == KEYMAP_NONE ? NULL : predicate_ref(previous->predicates[number].predicate);
}

static int predicate_make(struct intern *in, const struct route_filter *filter, struct predicate **ret,
                          struct reason *why)
{
    *ret = previous_predicate(in->previous, filter);
    return *ret ? 0 : predicate_new(filter->name, filter->pattern, ret, why);
}

static int slot_intern(struct intern *in, struct str name, uint32_t *ret)
{
    struct route_index *index = in->index;
    int r = keymap_put(&index->names, 0, name, (uint32_t)index->slot_count, ret);

    if (r < 0 || *ret < index->slot_count)
        return r;
    index->slots[*ret] = (struct index_slot){.name = name};
    atomic_init(&index->slots[*ret].long_values, previous_long_values(in->previous, name));
    index->name_lengths |= UINT64_C(1) << (name.len & 63);
    index->slot_count++;
    return 0;
}

/* The index owns the predicate from here on, and the maps borrow its name and pattern. */
static int predicate_add(struct intern *in, struct predicate *made, uint32_t *ret)
{
    struct route_index *index = in->index;
    struct index_predicate *entry = &index->predicates[index->predicate_count];
    int r;

    *entry = (struct index_predicate){.predicate = made, .kind = made->shape.kind};
    entry->gated = entry->kind == SHAPE_GENERIC && made->shape.atom_count > 0;
    index->predicate_count++;
    r = slot_intern(in, made->name, &entry->slot);
    if (r == 0)
        r = keymap_put(&index->patterns, entry->slot, made->pattern, (uint32_t)index->predicate_count - 1, ret);
    return r;
}

static int predicate_intern(struct intern *in, const struct route_filter *filter, uint32_t *ret, struct reason *why)
{
    struct route_index *index = in->index;
    uint32_t slot = keymap_get(&index->names, 0, filter->name);
    struct predicate *made = NULL;
    int r;

    *ret = slot == KEYMAP_NONE ? KEYMAP_NONE : keymap_get(&index->patterns, slot, filter->pattern);
    if (*ret != KEYMAP_NONE)
        return 0;
    in->refused = filter->name;
    r = predicate_make(in, filter, &made, why);
    return r != 0 ? r : predicate_add(in, made, ret);
}

/* Adds number to the ascending set of count numbers, unless it is there; the new count. */
static uint32_t set_add(uint32_t *set, uint32_t count, uint32_t number)
{
    uint32_t i = count;
    while (i > 0 && set[i - 1] > number)
        i--;
    if (i > 0 && set[i - 1] == number)
        return count;
    memmove(set + i + 1, set + i, (count - i) * sizeof *set);
    set[i] = number;
    return count + 1;
}

static int rule_new(struct intern *in, uint32_t rule, uint32_t count)
{
    int r = 0;
    for (uint32_t i = 0; i < count && r == 0; i++)
        r = lists_pairs_add(&in->rule_predicates, rule, in->rule_keys[rule][i]);
    in->index->rule_steals[rule] = INDEX_NONE;
    in->index->rule_count++;
    return r;
}

/* The predicates are written where the next new rule would keep them, so that the map can borrow its key. */
static int rule_intern(struct intern *in, const struct route_session *session, uint32_t *ret, struct reason *why)
{
    uint32_t *set = in->rule_keys[in->index->rule_count];
    uint32_t count = 0, number = 0;
    int r = 0;

    for (uint32_t i = 0; i < session->filter_count && r == 0; i++) {
        r = predicate_intern(in, route_table_filter(in->table, session->filter_first + i), &number, why);
        if (r == 0)
            count = set_add(set, count, number);
    }
    if (r == 0)
        r = keymap_put(&in->rules, 0, (struct str){(const char *)set, count * sizeof *set},
                       (uint32_t)in->index->rule_count, ret);
    if (r == 0 && *ret == in->index->rule_count)
        r = rule_new(in, *ret, count);
    return r;
}

static int session_intern(struct intern *in, uint32_t number, struct reason *why)
{
    struct route_index *index = in->index;
    const struct route_session *session = &index->sessions[number];
    uint32_t rule = INDEX_NONE;
    int r;

    index->session_rules[number] = INDEX_NONE;
    if (session->filter_count == 0) /* C-14 */
        return 0;
    r = rule_intern(in, session, &rule, why);
    if (r == ROUTE_REFUSED) {
        struct reason cause = *why;
        return reason_set(why, cause.code, r, "Session %s, header \"%.*s\": %s", session->uid, STR_ARG(in->refused),
                          cause.text);
    }
    if (r < 0)
        return r;
    index->session_rules[number] = rule;
    if (session->mode == ROUTE_MIRROR) {
        index->mirror_count++;
        return lists_pairs_add(&in->rule_mirrors, rule, number);
    }
    if (index->rule_steals[rule] == INDEX_NONE)
        index->rule_steals[rule] = number;
    return 0;
}

/* Room for the case that nothing is equal. */
static int intern_room(struct intern *in)
{
    struct route_index *index = in->index;
    size_t sessions = index->session_count, filters = 0;

    for (size_t i = 0; i < sessions; i++)
        filters += route_table_session(in->table, i)->filter_count;
    index->sessions = calloc(sessions + 1, sizeof *index->sessions);
    index->session_rules = calloc(sessions + 1, sizeof *index->session_rules);
    index->rule_steals = calloc(sessions + 1, sizeof *index->rule_steals);
    in->rule_keys = calloc(sessions + 1, sizeof *in->rule_keys);
    index->slots = calloc(filters + 1, sizeof *index->slots);
    index->predicates = calloc(filters + 1, sizeof *index->predicates);
    if (!index->sessions || !index->session_rules || !index->rule_steals || !in->rule_keys || !index->slots ||
        !index->predicates)
        return -ENOMEM;
    for (size_t i = 0; i < sessions; i++)
        index->sessions[i] = *route_table_session(in->table, i);
    return 0;
}

static int intern_all(struct intern *in, struct reason *why)
{
    struct route_index *index = in->index;
    int r = intern_room(in);

    for (uint32_t i = 0; i < index->session_count && r == 0; i++)
        r = session_intern(in, i, why);
    if (r == 0)
        r = lists_build(&in->rule_predicates, index->rule_count, &index->rule_predicates);
    if (r == 0)
        r = lists_build(&in->rule_mirrors, index->rule_count, &index->rule_mirrors);
    return r;
}

int index_intern(struct route_index *index, const struct route_table *table, const struct route_index *previous,
                 struct reason *why)
{
    struct intern in = {.index = index, .table = table, .previous = previous};
    int r;

    keymap_init(&in.rules);
    index->session_count = route_table_session_count(table);
    r = intern_all(&in, why);
    keymap_deinit(&in.rules);
    free(in.rule_keys);
    lists_pairs_deinit(&in.rule_predicates);
    lists_pairs_deinit(&in.rule_mirrors);
    return r;
}
