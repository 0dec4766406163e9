/* Second step of building: the literals of all predicates become atoms, and each slot gets the tables to find them. */
#include "worker/route/index_layout.h"

/* All automata of an index together have about so many nodes at most; with more text, long literals are listed by their
 * first bytes only (last bytes for ends), and the rest is compared when those were found. */
#define NODES_MAX (1u << 20)
#define LISTED_BYTES_MIN 8

struct match_build {
    struct route_index *index;
    struct keymap others;                           /* (slot and kind, text) -> atom, of all but exact ones */
    struct lists_pairs predicates;                  /* atom, predicate */
    struct lists_pairs slot_atoms[ATOM_KIND_COUNT]; /* slot, atom; not of exact ones */
    size_t capacity;                                /* of index->atoms */
};

static int atom_room(struct match_build *build)
{
    struct route_index *index = build->index;
    size_t wanted = build->capacity ? build->capacity * 2 : 64;
    struct index_atom *grown;

    if (index->atom_count < build->capacity)
        return 0;
    grown = reallocarray(index->atoms, wanted, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    index->atoms = grown;
    build->capacity = wanted;
    return 0;
}

static int atom_intern(struct match_build *build, uint32_t slot_number, const struct atom *atom, uint32_t *ret)
{
    struct route_index *index = build->index;
    struct index_slot *slot = &index->slots[slot_number];
    bool exact = atom->kind == ATOM_EXACT;
    int r = atom_room(build);

    if (r == 0)
        r = keymap_put(exact ? &index->exacts : &build->others,
                       exact ? slot_number : slot_number * ATOM_KIND_COUNT + (uint32_t)atom->kind, atom->text,
                       (uint32_t)index->atom_count, ret);
    if (r < 0 || *ret < index->atom_count)
        return r;
    index->atoms[index->atom_count++] = (struct index_atom){.text = atom->text, .listed_bytes = atom->text.len};
    if (!exact)
        return lists_pairs_add(&build->slot_atoms[atom->kind], slot_number, *ret);
    slot->has_exact = true;
    if (atom->text.len > slot->exact_bytes_max)
        slot->exact_bytes_max = atom->text.len;
    return 0;
}

static int predicate_atoms(struct match_build *build, uint32_t number)
{
    const struct index_predicate *entry = &build->index->predicates[number];
    const struct shape *shape = &entry->predicate->shape;
    uint32_t atom = 0;
    int r = 0;

    for (size_t i = 0; i < shape->atom_count && r == 0; i++) {
        r = atom_intern(build, entry->slot, &shape->atoms[i], &atom);
        if (r == 0)
            r = lists_pairs_add(&build->predicates, atom, number);
    }
    return r;
}

static size_t nodes_with(const struct match_build *build, size_t listed_max)
{
    size_t nodes = 0;
    for (size_t kind = 0; kind < ATOM_KIND_COUNT; kind++)
        for (size_t i = 0; i < build->slot_atoms[kind].count; i++) {
            size_t len = build->index->atoms[build->slot_atoms[kind].items[i].item].text.len;
            nodes += len < listed_max ? len : listed_max;
        }
    return nodes;
}

static size_t listed_bytes_max(const struct match_build *build)
{
    size_t listed_max = SHAPE_ATOM_BYTES_MAX;
    while (listed_max > LISTED_BYTES_MIN && nodes_with(build, listed_max) > NODES_MAX)
        listed_max /= 2;
    return listed_max;
}

/* The words of a slot's automaton of a kind, for the caller to free; NULL for none. */
static int slot_words(struct route_index *index, enum automaton_kind kind, const uint32_t *atoms, size_t count,
                      size_t listed_max, struct automaton_word **ret)
{
    struct automaton_word *words = reallocarray(NULL, count, sizeof *words);

    if (!words)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct index_atom *atom = &index->atoms[atoms[i]];
        struct str text = atom->text;
        atom->listed_bytes = text.len < listed_max ? text.len : listed_max;
        if (kind == AUTOMATON_BACKWARD)
            text.data += text.len - atom->listed_bytes;
        words[i] = (struct automaton_word){.text = {text.data, atom->listed_bytes}, .number = atoms[i]};
    }
    *ret = words;
    return 0;
}

static int slot_tables(struct route_index *index, struct index_slot *slot, enum atom_kind kind, const uint32_t *atoms,
                       size_t count, size_t listed_max)
{
    CLEANUP(cleanup_freep) struct automaton_word *words = NULL;
    enum automaton_kind how = kind == ATOM_PREFIX   ? AUTOMATON_FORWARD
                              : kind == ATOM_SUFFIX ? AUTOMATON_BACKWARD
                                                    : AUTOMATON_ANYWHERE;
    int r = count > 0 ? slot_words(index, how, atoms, count, listed_max, &words) : 0;

    if (r < 0 || count == 0)
        return r;
    if (kind == ATOM_PREFIX)
        return automaton_build(how, words, count, &slot->starts);
    if (kind == ATOM_SUFFIX)
        return automaton_build(how, words, count, &slot->ends);
    r = automaton_build(how, words, count, &slot->anywhere);
    return r < 0 ? r : prefilter_build(words, count, &slot->maybe_anywhere);
}

static int kind_tables(struct match_build *build, enum atom_kind kind, size_t listed_max)
{
    struct route_index *index = build->index;
    struct lists atoms = {0};
    int r = lists_build(&build->slot_atoms[kind], index->slot_count, &atoms);

    for (uint32_t i = 0; i < index->slot_count && r == 0; i++)
        r = slot_tables(index, &index->slots[i], kind, lists_of(&atoms, i), lists_count(&atoms, i), listed_max);
    lists_deinit(&atoms);
    return r;
}

static int match_build_all(struct match_build *build)
{
    struct route_index *index = build->index;
    size_t listed_max;
    int r = 0;

    for (uint32_t i = 0; i < index->predicate_count && r == 0; i++)
        r = predicate_atoms(build, i);
    if (r == 0)
        r = lists_build(&build->predicates, index->atom_count, &index->atom_predicates);
    listed_max = listed_bytes_max(build);
    if (r == 0)
        r = kind_tables(build, ATOM_PREFIX, listed_max);
    if (r == 0)
        r = kind_tables(build, ATOM_SUFFIX, listed_max);
    if (r == 0)
        r = kind_tables(build, ATOM_CONTAINS, listed_max);
    return r;
}

int index_match_build(struct route_index *index)
{
    struct match_build build = {.index = index};
    int r;

    keymap_init(&build.others);
    r = match_build_all(&build);
    keymap_deinit(&build.others);
    lists_pairs_deinit(&build.predicates);
    for (size_t kind = 0; kind < ATOM_KIND_COUNT; kind++)
        lists_pairs_deinit(&build.slot_atoms[kind]);
    return r;
}
