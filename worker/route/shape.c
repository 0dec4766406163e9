/* Takes a pattern apart. Owns the atoms it returns; may fail for lack of memory only.
 *
 * Understood: branches of [^] [.*] literals and groups of literals [.*] [$]. A leading or trailing .* on an open side
 * changes nothing; next to ^ or $ it would exclude line ends, so that is generic. */
#include "worker/route/shape.h"
#include "worker/route/required.h"

static bool token_take(struct str pattern, size_t *at, const char *token)
{
    size_t len = strlen(token);
    if (pattern.len - *at < len || memcmp(pattern.data + *at, token, len) != 0)
        return false;
    *at += len;
    return true;
}

/* Up to the first character that is none. One that is repeated or dropped is noticed by what reads on: quantifiers are
 * no literals, and nothing here expects one. */
static bool literals_parse(struct str pattern, size_t *at, struct words *words)
{
    char c;
    while (literal_take(pattern, at, &c))
        if (!words_append_char(words, c))
            return false;
    return true;
}

/* (a|b|c) or (?:a|b|c), literals only, once. */
static bool group_parse(struct str pattern, size_t *at, struct words *words, struct words *alternatives)
{
    struct words one;

    if (!token_take(pattern, at, "(?:") && !token_take(pattern, at, "("))
        return false;
    alternatives->count = 0;
    do {
        words_init(&one);
        if (!literals_parse(pattern, at, &one) || !words_add(alternatives, &one, ATOM_CONTAINS))
            return false;
    } while (token_take(pattern, at, "|"));
    return token_take(pattern, at, ")") && words_append_each(words, alternatives);
}

/* One branch, up to its | or the pattern's end; false when it is anything else. */
static bool branch_parse(struct str pattern, size_t *at, struct words *words, enum atom_kind *ret_kind)
{
    struct words scratch;
    bool start = token_take(pattern, at, "^"), end;

    words_init(words);
    if (!start)
        (void)token_take(pattern, at, ".*");
    if (!literals_parse(pattern, at, words))
        return false;
    while (*at < pattern.len && pattern.data[*at] == '(')
        if (!group_parse(pattern, at, words, &scratch) || !literals_parse(pattern, at, words))
            return false;
    end = token_take(pattern, at, "$");
    if (!end && token_take(pattern, at, ".*") && *at < pattern.len && pattern.data[*at] != '|')
        return false;
    *ret_kind = start && end ? ATOM_EXACT : start ? ATOM_PREFIX : end ? ATOM_SUFFIX : ATOM_CONTAINS;
    return *at == pattern.len || pattern.data[*at] == '|';
}

static bool any_empty(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i].len == 0)
            return true;
    return false;
}

static bool literals_of_pattern(struct str pattern, struct words *ret)
{
    struct words branch;
    enum atom_kind kind;
    size_t at = 0;

    ret->count = 0;
    do {
        if (!branch_parse(pattern, &at, &branch, &kind))
            return false;
        /* An empty literal that is not the whole value is everywhere; such patterns are rare, let the engine see. */
        if ((kind != ATOM_EXACT && any_empty(&branch)) || !words_add(ret, &branch, kind))
            return false;
    } while (token_take(pattern, &at, "|"));
    return true;
}

static int atoms_copy(const struct words *words, struct shape *ret)
{
    size_t bytes = 0;
    char *text;

    ret->atom_count = 0;
    ret->atoms = NULL;
    if (words->count == 0)
        return 0;
    for (size_t i = 0; i < words->count; i++)
        bytes += words->items[i].len;
    ret->atoms = malloc(words->count * sizeof *ret->atoms + bytes);
    if (!ret->atoms)
        return -ENOMEM;
    text = (char *)(ret->atoms + words->count);
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->items[i];
        memcpy(text, word->text, word->len);
        ret->atoms[i] = (struct atom){.kind = word->kind, .text = {text, word->len}};
        text += word->len;
    }
    ret->atom_count = words->count;
    return 0;
}

int shape_of_pattern(struct str pattern, struct shape *ret)
{
    struct words words = {.count = 0};

    if (pattern.len == 0 || str_equal(pattern, STR(".*")))
        ret->kind = SHAPE_PRESENT;
    else if (literals_of_pattern(pattern, &words))
        ret->kind = SHAPE_LITERALS;
    else
        ret->kind = SHAPE_GENERIC;
    if (ret->kind == SHAPE_GENERIC)
        required_of_pattern(pattern, &words);
    return atoms_copy(&words, ret);
}

void shape_deinit(struct shape *shape)
{
    free(shape->atoms);
    *shape = (struct shape){0};
}
