/* What a variable gets whose value names queues: the original's bytes with each name exchanged in its place, by everybody who has a
 * queue in it (a JSON map may name those of several splits). Pure; fails only for lack of arena. */
#pragma once

#include "common/base/arena.h"
#include <stddef.h>

struct name_swap {
    size_t at, length;
    const char *to;
};

struct entry_value {
    struct arena *arena;
    const char *container, *variable;
    const char *base; /* the value as it was */
    struct name_swap *swaps;
    size_t count, room;
};

/* What stands where: of one entry of a split, or of one that is declared. */
struct entry_place {
    const char *container, *variable;
    const char *base;
    const size_t *at; /* where names of that length stand in base */
    size_t at_count;
    size_t length;
};

/* Adds the names of that place, if it is of the same variable and the same base. */
MUST_USE int entry_value_add(struct entry_value *value, const struct entry_place *place, const char *to);
MUST_USE int entry_value_compose(struct entry_value *value, const char **ret);
