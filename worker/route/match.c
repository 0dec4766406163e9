/* Finds what the values of a message contain, by tables first and by the regex engine on demand. Writes only to the
 * scratch and to health counters; contents go nowhere else (S-11). */
#include "worker/route/match.h"
#include "worker/route/bytes.h"

static void predicate_mark(struct match *match, uint32_t number)
{
    struct route_scratch *scratch = match->scratch;
    const struct route_index *index = match->index;

    if (scratch->predicates[number].seen == scratch->stamp)
        return;
    scratch->predicates[number].seen = scratch->stamp;
    if (lists_count(&index->steal_rules, number) > 0 || lists_count(&index->mirror_rules, number) > 0)
        scratch->hits[match->hit_count++] = number;
}

static void atom_mark(struct match *match, uint32_t number)
{
    const struct lists *lists = &match->index->atom_predicates;
    const uint32_t *predicates = lists_of(lists, number);
    size_t count = lists_count(lists, number);

    match->scratch->atoms[number] = match->scratch->stamp;
    for (size_t i = 0; i < count; i++)
        predicate_mark(match, predicates[i]);
}

/* The automaton found the listed part of an atom in the value, which starts at start. */
static void atom_found(struct match *match, uint32_t number, struct str value, size_t start)
{
    const struct index_atom *atom = &match->index->atoms[number];
    if (match->scratch->atoms[number] == match->scratch->stamp)
        return;
    if (atom->listed_bytes < atom->text.len &&
        (value.len - start < atom->text.len || memcmp(value.data + start, atom->text.data, atom->text.len) != 0))
        return;
    atom_mark(match, number);
}

static void node_report_start(struct match *match, const struct automaton *automaton,
                              const struct automaton_node *node, struct str value)
{
    for (uint32_t i = node->first; i < node->first + node->count; i++)
        atom_found(match, automaton->numbers[i], value, 0);
}

static void starts_find(struct match *match, const struct automaton *automaton, struct str value)
{
    size_t common = automaton->common.len;
    uint32_t at = (uint32_t)common;
    if (value.len < common || !bytes_equal(value.data, automaton->common.data, common))
        return;
    for (size_t i = common; i < value.len; i++) {
        at = automaton_step(automaton, at, (unsigned char)value.data[i]);
        if (at == AUTOMATON_NONE)
            return;
        if (automaton->nodes[at].count > 0)
            node_report_start(match, automaton, &automaton->nodes[at], value);
    }
}

/* The whole atom ends where the value does, however much of it is listed. */
static void node_report_end(struct match *match, const struct automaton *automaton, const struct automaton_node *node,
                            struct str value)
{
    for (uint32_t i = node->first; i < node->first + node->count; i++) {
        uint32_t number = automaton->numbers[i];
        size_t len = match->index->atoms[number].text.len;
        if (len <= value.len)
            atom_found(match, number, value, value.len - len);
    }
}

static void ends_find(struct match *match, const struct automaton *automaton, struct str value)
{
    size_t common = automaton->common.len;
    uint32_t at = (uint32_t)common;
    if (value.len < common || !bytes_equal(value.data + value.len - common, automaton->common.data, common))
        return;
    for (size_t i = value.len - common; i-- > 0;) {
        at = automaton_step(automaton, at, (unsigned char)value.data[i]);
        if (at == AUTOMATON_NONE)
            return;
        if (automaton->nodes[at].count > 0)
            node_report_end(match, automaton, &automaton->nodes[at], value);
    }
}

/* Every word that ends before end: those of the node and of the suffixes that are words too. */
static void node_report_anywhere(struct match *match, const struct automaton *automaton, uint32_t output,
                                 struct str value, size_t end)
{
    while (output != AUTOMATON_NONE) {
        const struct automaton_node *node = &automaton->nodes[output];
        for (uint32_t i = node->first; i < node->first + node->count; i++) {
            uint32_t number = automaton->numbers[i];
            atom_found(match, number, value, end - match->index->atoms[number].listed_bytes);
        }
        output = automaton->nodes[node->fail].output;
    }
}

static void anywhere_find(struct match *match, const struct automaton *automaton, struct str value)
{
    uint32_t at = 0;
    for (size_t i = 0; i < value.len; i++) {
        at = automaton_step(automaton, at, (unsigned char)value.data[i]);
        if (automaton->nodes[at].output != AUTOMATON_NONE)
            node_report_anywhere(match, automaton, automaton->nodes[at].output, value, i + 1);
    }
}

static void value_match(struct match *match, uint32_t number, struct str value)
{
    const struct index_slot *slot = &match->index->slots[number];
    if (slot->has_exact && value.len <= slot->exact_bytes_max) {
        uint32_t atom = keymap_get(&match->index->exacts, number, value);
        if (atom != KEYMAP_NONE && match->scratch->atoms[atom] != match->scratch->stamp)
            atom_mark(match, atom);
    }
    if (slot->starts)
        starts_find(match, slot->starts, value);
    if (slot->ends)
        ends_find(match, slot->ends, value);
    if (slot->anywhere && (!slot->maybe_anywhere || prefilter_maybe(slot->maybe_anywhere, value)))
        anywhere_find(match, slot->anywhere, value);
}

static void slot_mark(struct match *match, uint32_t number, size_t header)
{
    struct scratch_slot *slot = &match->scratch->slots[number];
    const struct lists *lists = &match->index->slot_predicates;

    if (slot->seen == match->scratch->stamp) {
        slot->more++;
        return;
    }
    *slot = (struct scratch_slot){.seen = match->scratch->stamp, .first = (uint32_t)header};
    for (size_t i = 0; i < lists_count(lists, number); i++)
        predicate_mark(match, lists_of(lists, number)[i]);
}

/* The slot of a header's name, or KEYMAP_NONE. */
static uint32_t slot_find(const struct match *match, size_t number)
{
    const struct route_index *index = match->index;
    struct str name = match->headers[number].name;
    uint32_t *guess = &match->scratch->guesses[number % SCRATCH_GUESSES];
    uint32_t slot;

    if (!(index->name_lengths >> (name.len & 63) & 1))
        return KEYMAP_NONE;
    if (index->slots[*guess].name.len == name.len && bytes_equal(index->slots[*guess].name.data, name.data, name.len))
        return *guess;
    slot = keymap_get(&index->names, 0, name);
    if (slot != KEYMAP_NONE)
        *guess = slot;
    return slot;
}

static void header_match(struct match *match, size_t number)
{
    const struct route_header *header = &match->headers[number];
    uint32_t slot;

    slot = header->null ? KEYMAP_NONE : slot_find(match, number);
    if (slot == KEYMAP_NONE)
        return;
    if (header->value.len > REGEX_SUBJECT_BYTES_MAX) {
        match->unevaluated++;
        atomic_fetch_add_explicit(&match->index->slots[slot].long_values, 1, memory_order_relaxed);
        return;
    }
    slot_mark(match, slot, number);
    value_match(match, slot, header->value);
}

void match_tables(struct match *match)
{
    for (size_t i = 0; i < match->header_count; i++)
        header_match(match, i);
}

static void unevaluated_count(struct match *match, struct predicate *predicate)
{
    match->unevaluated++;
    atomic_fetch_add_explicit(&predicate->unevaluated, 1, memory_order_relaxed);
}

/* Values in the order of the message, up to the first that matches or cannot be evaluated: many evil values in one
 * message cost no more than one. */
static int values_search(const struct match *match, const struct index_predicate *entry)
{
    const struct scratch_slot *slot = &match->scratch->slots[entry->slot];
    uint32_t more = slot->more;
    int r = regex_search(entry->predicate->regex, match->scratch->regex, match->headers[slot->first].value);

    for (size_t i = slot->first + 1; r == 0 && more > 0; i++) {
        const struct route_header *header = &match->headers[i];
        if (header->null || header->value.len > REGEX_SUBJECT_BYTES_MAX ||
            !str_equal(header->name, match->index->slots[entry->slot].name))
            continue;
        r = regex_search(entry->predicate->regex, match->scratch->regex, header->value);
        more--;
    }
    return r;
}

static bool engine_ask(struct match *match, const struct index_predicate *entry)
{
    int r = 0;
    if (atomic_load_explicit(&entry->predicate->quarantined, memory_order_relaxed)) {
        unevaluated_count(match, entry->predicate);
        return false;
    }
    r = values_search(match, entry);
    if (r == REGEX_LIMIT) {
        unevaluated_count(match, entry->predicate);
        if (predicate_strike(entry->predicate, match->now))
            match->quarantined_now++;
    }
    return r == REGEX_MATCH;
}

bool match_engine(struct match *match, uint32_t predicate)
{
    struct scratch_predicate *state = &match->scratch->predicates[predicate];
    if (state->answered != match->scratch->stamp) {
        state->answered = match->scratch->stamp;
        state->answer = engine_ask(match, &match->index->predicates[predicate]);
    }
    return state->answer;
}
