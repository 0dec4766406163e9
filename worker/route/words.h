/* A small fixed set of literals while a pattern is taken apart. Owns no memory outside itself. */
#pragma once

#include "worker/route/shape.h"

struct word {
    enum atom_kind kind;
    size_t len;
    char text[SHAPE_ATOM_BYTES_MAX];
};

struct words {
    size_t count;
    struct word items[SHAPE_ATOMS_MAX];
};

/* One empty word: the neutral element of words_append. */
void words_init(struct words *words);
/* Appends c to every word; false when one gets too long. */
bool words_append_char(struct words *words, char c);
/* Every word followed by every tail; false when there get too many or one too long. */
bool words_append_each(struct words *words, const struct words *tails);
/* Adds more words of a kind; false when there get too many. */
bool words_add(struct words *words, const struct words *more, enum atom_kind kind);

/* The literal character at *at of a pattern, past which *at is moved; false when there is none that is surely one. */
bool literal_take(struct str pattern, size_t *at, char *ret);
/* Whether something at this place would repeat or drop what stands before it. */
bool quantifier_at(struct str pattern, size_t at);
