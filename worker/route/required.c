/* Walks over a generic pattern and keeps, of each branch, the longest run of literals outside of groups; among equals one
 * that touches ^ or $, as ends of a value are looked at more cheaply.
 *
 * Conservative: gives up on whatever could change what literals mean (flags, verbs, look-around, conditions, quotations,
 * unusual escapes), and looks at nothing inside groups and classes. Cannot fail. */
#include "worker/route/required.h"

struct branch {
    struct word best; /* longest run so far; empty: none */
    struct word run;  /* the one that grows; its kind tells what it touches */
    bool at_start;    /* only ^ has been read of the branch */
};

static void run_end(struct branch *branch)
{
    bool better = branch->best.kind == ATOM_CONTAINS && branch->run.kind != ATOM_CONTAINS;
    if (branch->run.len > branch->best.len || (better && branch->run.len == branch->best.len))
        branch->best = branch->run;
    branch->run.len = 0;
    branch->run.kind = ATOM_CONTAINS;
}

/* Escapes that stand for a class, a line end, a back-reference or a position. The digits of a reference belong to it. */
static bool escape_skip(struct str pattern, size_t *at)
{
    size_t i = *at + 1;
    if (i >= pattern.len)
        return false;
    if (strchr("dDwWsSbBAzZ", pattern.data[i]) && pattern.data[i] != '\0') {
        *at = i + 1;
        return true;
    }
    if (pattern.data[i] < '1' || pattern.data[i] > '9')
        return false;
    while (i < pattern.len && pattern.data[i] >= '0' && pattern.data[i] <= '9')
        i++;
    *at = i;
    return true;
}

/* From "[" to behind its "]". */
static bool class_skip(struct str pattern, size_t *at)
{
    size_t i = *at + 1;
    if (i < pattern.len && pattern.data[i] == '^')
        i++;
    if (i < pattern.len && pattern.data[i] == ']')
        i++;
    for (; i < pattern.len && pattern.data[i] != ']'; i++) {
        if (pattern.data[i] == '[')
            return false;
        if (pattern.data[i] != '\\')
            continue;
        if (++i >= pattern.len || pattern.data[i] == 'Q' || pattern.data[i] == 'c')
            return false;
    }
    *at = i + 1;
    return i < pattern.len;
}

static size_t digits_end(struct str pattern, size_t at)
{
    while (at < pattern.len && pattern.data[at] >= '0' && pattern.data[at] <= '9')
        at++;
    return at;
}

/* *, +, ? or {n}, {n,}, {n,m}, each with an optional ? or + behind it. A brace of any other form: not known. */
static bool quantifier_skip(struct str pattern, size_t *at)
{
    size_t i = *at + 1;
    if (pattern.data[*at] == '{') {
        i = digits_end(pattern, i);
        if (i == *at + 1)
            return false;
        if (i < pattern.len && pattern.data[i] == ',')
            i = digits_end(pattern, i + 1);
        if (i >= pattern.len || pattern.data[i] != '}')
            return false;
        i++;
    }
    if (i < pattern.len && (pattern.data[i] == '?' || pattern.data[i] == '+'))
        i++;
    *at = i;
    return true;
}

/* A literal that may be dropped is no part of a run; one that may be repeated ends it. */
static void literal_add(struct str pattern, size_t at, char c, struct branch *branch)
{
    bool dropped = quantifier_at(pattern, at) && pattern.data[at] != '+';
    if (dropped || branch->run.len == SHAPE_ATOM_BYTES_MAX)
        run_end(branch);
    if (!dropped && branch->at_start)
        branch->run.kind = ATOM_PREFIX;
    if (!dropped)
        branch->run.text[branch->run.len++] = c;
    branch->at_start = false;
}

/* ^ in front of a branch and $ behind a run bind them to the ends of the value. Repeated ones are not known. */
static bool anchor_note(struct str pattern, size_t at, size_t branch_start, struct branch *branch)
{
    if (pattern.data[at] == '$' && branch->run.kind == ATOM_CONTAINS)
        branch->run.kind = ATOM_SUFFIX;
    run_end(branch);
    branch->at_start = pattern.data[at] == '^' && at == branch_start;
    return (pattern.data[at] != '^' && pattern.data[at] != '$') || !quantifier_at(pattern, at + 1);
}

/* "(" or "(?:"; every other kind of group is not known. */
static bool group_open(struct str pattern, size_t *at, size_t *depth)
{
    size_t i = *at + 1;
    if (i < pattern.len && pattern.data[i] == '*')
        return false;
    if (i < pattern.len && pattern.data[i] == '?') {
        if (i + 1 >= pattern.len || pattern.data[i + 1] != ':')
            return false;
        i += 2;
    }
    ++*depth;
    *at = i;
    return true;
}

/* Everything that is not a literal. False: not known. */
static bool item_skip(struct str pattern, size_t *at, size_t *depth)
{
    char c = pattern.data[*at];
    if (c == '\\')
        return escape_skip(pattern, at);
    if (c == '[')
        return class_skip(pattern, at);
    if (c == '(')
        return group_open(pattern, at, depth);
    if (quantifier_at(pattern, *at))
        return quantifier_skip(pattern, at);
    if (c == ')' && (*depth)-- == 0)
        return false;
    if (!strchr(".^$)|", c) || c == '\0')
        return false;
    ++*at;
    return true;
}

static bool branch_walk(struct str pattern, size_t *at, struct branch *branch)
{
    size_t depth = 0, start = *at;
    char c;
    *branch = (struct branch){.best.kind = ATOM_CONTAINS, .run.kind = ATOM_CONTAINS};
    while (*at < pattern.len && (depth > 0 || pattern.data[*at] != '|')) {
        if (literal_take(pattern, at, &c)) {
            if (depth == 0)
                literal_add(pattern, *at, c, branch);
            continue;
        }
        if (!anchor_note(pattern, *at, start, branch) || !item_skip(pattern, at, &depth))
            return false;
    }
    run_end(branch);
    return depth == 0 && branch->best.len > 0;
}

void required_of_pattern(struct str pattern, struct words *ret)
{
    struct branch branch;
    bool known = true;
    size_t at = 0;

    ret->count = 0;
    while (known) {
        known = branch_walk(pattern, &at, &branch) && ret->count < SHAPE_ATOMS_MAX;
        if (known) {
            ret->items[ret->count++] = branch.best;
        }
        if (at >= pattern.len)
            break;
        at++; /* past the | */
    }
    if (!known)
        ret->count = 0;
}
