/* Many literals searched at once: a trie walked from one end of a value, or an Aho-Corasick automaton over all of it
 * (A. V. Aho, M. J. Corasick, "Efficient string matching", 1975).
 *
 * Immutable after building. What was found is told by the number that came with each word. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/str.h"

#define AUTOMATON_NONE UINT32_MAX

enum automaton_kind {
    AUTOMATON_FORWARD,  /* words at the start of a value */
    AUTOMATON_BACKWARD, /* words at its end, read backwards */
    AUTOMATON_ANYWHERE  /* words at any place */
};

struct automaton_word {
    struct str text; /* not empty */
    uint32_t number; /* reported when the text is found; several words may have the same text */
};

struct automaton_node {
    uint32_t row;     /* start of its full row in rows, or NONE: then its children are a list */
    uint32_t child;   /* first child */
    uint32_t sibling; /* next child of its parent */
    uint32_t fail;    /* node of the longest proper suffix in the trie; ANYWHERE only */
    uint32_t output;  /* nearest node, this one included, over suffixes whose words end here; NONE: no word does */
    uint32_t first, count; /* its own words in numbers */
    unsigned char byte;    /* on the edge from its parent */
};

struct automaton {
    enum automaton_kind kind;
    struct str common; /* what all words begin (BACKWARD: end) with, none ends in it; borrowed from one of them */
    size_t node_count;
    struct automaton_node *nodes; /* 0 is the root; the first common.len ones make up the path over common */
    uint32_t *rows;               /* class_count next nodes each */
    uint32_t *numbers;
    uint32_t class_count;
    unsigned char class_of[256]; /* bytes that no word has are class 0 */
};

/* Orders words. -ENOMEM. */
MUST_USE int automaton_build(enum automaton_kind kind, struct automaton_word *words, size_t count,
                             struct automaton **ret);
void automaton_free(struct automaton *automaton);
DEFINE_CLEANUP(struct automaton, automaton)

/* Next node over byte, NONE when the trie ends (FORWARD and BACKWARD). */
static inline uint32_t automaton_step(const struct automaton *automaton, uint32_t at, unsigned char byte)
{
    for (;;) {
        const struct automaton_node *node = &automaton->nodes[at];
        if (node->row != AUTOMATON_NONE)
            return automaton->rows[node->row + automaton->class_of[byte]];
        for (uint32_t child = node->child; child != AUTOMATON_NONE; child = automaton->nodes[child].sibling)
            if (automaton->nodes[child].byte == byte)
                return child;
        at = node->fail;
        if (at == AUTOMATON_NONE)
            return at;
    }
}
