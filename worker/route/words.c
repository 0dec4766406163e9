/* Sets of literals, and what counts as a literal character of a pattern. Nothing here can fail for lack of memory. */
#include "worker/route/words.h"

void words_init(struct words *words)
{
    words->count = 1;
    words->items[0].len = 0;
}

bool words_append_char(struct words *words, char c)
{
    for (size_t i = 0; i < words->count; i++) {
        if (words->items[i].len == SHAPE_ATOM_BYTES_MAX)
            return false;
        words->items[i].text[words->items[i].len++] = c;
    }
    return true;
}

static bool word_append(struct word *word, const struct word *tail)
{
    if (word->len + tail->len > SHAPE_ATOM_BYTES_MAX)
        return false;
    memcpy(word->text + word->len, tail->text, tail->len);
    word->len += tail->len;
    return true;
}

bool words_append_each(struct words *words, const struct words *tails)
{
    size_t count = words->count;
    if (count * tails->count > SHAPE_ATOMS_MAX)
        return false;
    for (size_t t = tails->count; t-- > 0;) { /* the first tail last: it goes onto the words themselves */
        for (size_t i = 0; i < count; i++) {
            struct word *to = &words->items[t * count + i];
            if (t > 0)
                *to = words->items[i];
            if (!word_append(to, &tails->items[t]))
                return false;
        }
    }
    words->count = count * tails->count;
    return true;
}

bool words_add(struct words *words, const struct words *more, enum atom_kind kind)
{
    if (words->count + more->count > SHAPE_ATOMS_MAX)
        return false;
    for (size_t i = 0; i < more->count; i++) {
        struct word *word = &words->items[words->count++];
        *word = more->items[i];
        word->kind = kind;
    }
    return true;
}

bool literal_take(struct str pattern, size_t *at, char *ret)
{
    static const char special[] = ".^$*+?()[]{}|\\";
    static const char escapable[] = ".^$*+?()[]{}|\\-/_:#@,;=!%&~\"' ";
    size_t i = *at;
    bool escaped;

    if (i >= pattern.len)
        return false;
    escaped = pattern.data[i] == '\\';
    if (escaped && ++i >= pattern.len)
        return false;
    if (pattern.data[i] == '\0' || (unsigned char)pattern.data[i] >= 0x80)
        return false;
    if (escaped ? !strchr(escapable, pattern.data[i]) : strchr(special, pattern.data[i]) != NULL)
        return false;
    *ret = pattern.data[i];
    *at = i + 1;
    return true;
}

bool quantifier_at(struct str pattern, size_t at)
{
    return at < pattern.len && strchr("*+?{", pattern.data[at]) != NULL && pattern.data[at] != '\0';
}
