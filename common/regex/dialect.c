/* One walk over the pattern's text that knows escapes, quotations and classes, and nothing else of the syntax.
 *
 * Owns nothing and cannot fail. Comments of extended mode are not known here: what looks like a class in a comment is
 * judged like one, which can only refuse too much. */
#include "common/regex/dialect.h"

struct walk {
    struct str text;
    size_t at;
};

static bool walk_sees(const struct walk *walk, const char *token)
{
    size_t len = strlen(token);
    return walk->text.len - walk->at >= len && memcmp(walk->text.data + walk->at, token, len) == 0;
}

/* \Q...\E quotes, also inside a class; without \E to the end. */
static void walk_quotation(struct walk *walk)
{
    walk->at += 2;
    while (walk->at < walk->text.len && !walk_sees(walk, "\\E"))
        walk->at++;
    walk->at = walk->at + 2 < walk->text.len ? walk->at + 2 : walk->text.len;
}

static const char *walk_escape(struct walk *walk)
{
    static const struct {
        const char *token, *cause;
    } differing[] = {
        {"\\h", "\\h is a hexadecimal digit in one dialect and a blank in the other; write [0-9A-Fa-f] or [ \\t]"},
        {"\\H", "\\H means something else in each dialect; write [^0-9A-Fa-f] or [^ \\t]"},
        {"\\<", "\\< is the start of a word in one dialect and a character in the other; write \\b or <"},
        {"\\>", "\\> is the end of a word in one dialect and a character in the other; write \\b or >"},
    };
    for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
        if (walk_sees(walk, differing[i].token))
            return differing[i].cause;
    if (walk_sees(walk, "\\Q")) {
        walk_quotation(walk);
        return NULL;
    }
    walk->at = walk->at + 2 < walk->text.len ? walk->at + 2 : walk->text.len;
    return NULL;
}

/* "[:alpha:]" inside a class means the same in both dialects. Length of it, or 0. */
static size_t walk_posix_name(const struct walk *walk)
{
    size_t at = walk->at + 2;
    if (!walk_sees(walk, "[:"))
        return 0;
    if (at < walk->text.len && walk->text.data[at] == '^')
        at++;
    while (at < walk->text.len && walk->text.data[at] >= 'a' && walk->text.data[at] <= 'z')
        at++;
    if (walk->text.len - at < 2 || memcmp(walk->text.data + at, ":]", 2) != 0)
        return 0;
    return at + 2 - walk->at;
}

static const char *walk_class_item(struct walk *walk)
{
    size_t posix_len;

    if (walk->text.data[walk->at] == '\\')
        return walk_escape(walk);
    if (walk_sees(walk, "&&") || walk_sees(walk, "--") || walk_sees(walk, "~~"))
        return "set operations in a class (&&, --, ~~) are not supported; escape the characters if they are meant";
    posix_len = walk_posix_name(walk);
    if (posix_len == 0 && walk->text.data[walk->at] == '[')
        return "a class inside a class is not supported; write \\[ if the character is meant";
    walk->at += posix_len ? posix_len : 1;
    return NULL;
}

/* From "[" to behind its "]"; a "]" that comes first stands for itself. */
static const char *walk_class(struct walk *walk)
{
    const char *cause = NULL;
    walk->at += walk_sees(walk, "[^") ? 2 : 1;
    if (walk_sees(walk, "]"))
        walk->at++;
    while (!cause && walk->at < walk->text.len && !walk_sees(walk, "]"))
        cause = walk_class_item(walk);
    if (!cause && walk->at < walk->text.len)
        walk->at++;
    return cause;
}

struct dialect_issue dialect_check(struct str pattern)
{
    struct walk walk = {.text = pattern, .at = 0};
    const char *cause = NULL;

    if (walk_sees(&walk, "(*"))
        cause = "a pattern may not begin with (*";
    while (!cause && walk.at < pattern.len) {
        if (pattern.data[walk.at] == '\\')
            cause = walk_escape(&walk);
        else if (pattern.data[walk.at] == '[')
            cause = walk_class(&walk);
        else
            walk.at++;
    }
    return (struct dialect_issue){.position = walk.at, .cause = cause};
}
