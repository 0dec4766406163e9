/* Tells quickly that a value holds none of many literals.
 *
 * Of each literal the few bytes that set it most apart from the others are entered in a table of bits. A value none of
 * whose bytes hit the table holds no literal; otherwise the automaton looks. Several times faster than the automaton on
 * values without any, and those are most. */
#pragma once

#include "worker/route/automaton.h"

struct prefilter;

/* NULL in *ret when a word is shorter than two bytes: such a table would say "maybe" of everything. -ENOMEM. */
MUST_USE int prefilter_build(const struct automaton_word *words, size_t count, struct prefilter **ret);
void prefilter_free(struct prefilter *prefilter);
DEFINE_CLEANUP(struct prefilter, prefilter)
/* False: value surely holds none of the words. */
bool prefilter_maybe(const struct prefilter *prefilter, struct str value);
