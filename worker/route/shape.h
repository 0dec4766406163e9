/* What a pattern comes down to, found out once from its text.
 *
 * Most filters of users are literals with anchors (^me$, ^my-session-, ^(a|b)$). Those are matched by tables; only what
 * is left is run by the regex engine, and mostly only on values that hold a literal which it requires. Conservative:
 * whatever is not surely understood is generic. ASCII only, because where values are not UTF-8 the engine has rules of
 * its own for the rest. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/str.h"

#define SHAPE_ATOMS_MAX 64 /* literals of one alternation */
#define SHAPE_ATOM_BYTES_MAX 256

enum atom_kind { ATOM_EXACT, ATOM_PREFIX, ATOM_SUFFIX, ATOM_CONTAINS, ATOM_KIND_COUNT };

struct atom {
    enum atom_kind kind;
    struct str text; /* not empty unless exact */
};

enum shape_kind {
    SHAPE_PRESENT,  /* any value matches */
    SHAPE_LITERALS, /* a value matches when any of the atoms does */
    SHAPE_GENERIC   /* the engine decides; with atoms, only a value that one of them matches can match */
};

struct shape {
    enum shape_kind kind;
    size_t atom_count;
    struct atom *atoms; /* texts lie behind them in the same piece of memory */
};

/* pattern need not be valid: an invalid one is generic. -ENOMEM. */
MUST_USE int shape_of_pattern(struct str pattern, struct shape *ret);
void shape_deinit(struct shape *shape);
