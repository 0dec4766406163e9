/* One walk over the pattern's text that knows escapes, quotations, classes, repetitions and whether flags were set, and
 * nothing else of the syntax.
 *
 * Owns nothing and cannot fail. Whether the flag x is still set is not known here, so a comment is judged like pattern, which
 * can only refuse too much: whatever could hide what follows it is refused in what may be a comment. */
#include "common/regex/dialect.h"

struct walk {
    struct str text;
    size_t at;
    bool in_class;
    bool extended; /* the flag x was set somewhere before */
};

static bool walk_sees(const struct walk *walk, const char *token)
{
    size_t len = strlen(token);
    return walk->text.len - walk->at >= len && memcmp(walk->text.data + walk->at, token, len) == 0;
}

static bool walk_sees_blank(const struct walk *walk)
{
    char c = walk->text.data[walk->at];

    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool walk_sees_digit(const struct walk *walk)
{
    return walk->text.data[walk->at] >= '0' && walk->text.data[walk->at] <= '9';
}

/* \Q...\E quotes, also inside a class; without \E to the end. */
static void walk_quotation(struct walk *walk)
{
    walk->at += 2;
    while (walk->at < walk->text.len && !walk_sees(walk, "\\E"))
        walk->at++;
    walk->at = walk->at + 2 < walk->text.len ? walk->at + 2 : walk->text.len;
}

static const struct escape_row {
    const char *token;
    bool in_class; /* differs there, too */
    const char *cause;
} escape_rows[] = {
    {"\\h", true, "\\h is a hexadecimal digit in one dialect and a blank in the other; write [0-9A-Fa-f] or [ \\t]"},
    {"\\H", true, "\\H means something else in each dialect; write [^0-9A-Fa-f] or [^ \\t]"},
    {"\\v", true,
     "\\v is the vertical tab in one dialect and any end of a line in the other; write \\x0B or [\\n\\r]"},
    {"\\<", false, "\\< is the start of a word in one dialect and a character in the other; write \\b or <"},
    {"\\>", false, "\\> is the end of a word in one dialect and a character in the other; write \\b or >"},
    {"\\b{", false,
     "\\b{...} is a part of a word boundary in one dialect and characters in the other; write \\b or \\b\\{"},
    {"\\B{", false, "\\B{...} means something else in each dialect; write \\B\\{ if the character is meant"},
    {"\\Z", false,
     "\\Z is before all newlines at the end in one dialect and before one in the other; write \\n*\\z or \\n?\\z"},
};

static const char *escape_cause(const struct walk *walk)
{
    for (size_t i = 0; i < sizeof escape_rows / sizeof *escape_rows; i++)
        if (walk_sees(walk, escape_rows[i].token) && (escape_rows[i].in_class || !walk->in_class))
            return escape_rows[i].cause;
    return NULL;
}

static const char *walk_escape(struct walk *walk)
{
    const char *cause = escape_cause(walk);

    if (cause)
        return cause;
    if (walk_sees(walk, "\\Q")) {
        walk_quotation(walk);
        return NULL;
    }
    walk->at = walk->at + 2 < walk->text.len ? walk->at + 2 : walk->text.len;
    return NULL;
}

/* "(?x)", "(?ix-s:": whether x is among those that are set. */
static bool flags_extend(struct str text)
{
    bool set = false;

    for (size_t at = 2; at < text.len; at++) {
        char c = text.data[at];
        if (c == ')' || c == ':' || c == '-')
            return set;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '^'))
            return false;
        set = set || c == 'x';
    }
    return false;
}

/* Up to its first ")", unless an escape in it could hide that in one dialect. */
static const char *walk_comment_group(struct walk *walk)
{
    while (walk->at < walk->text.len && !walk_sees(walk, ")")) {
        if (walk_sees(walk, "\\"))
            return "a comment (?#...) may hold no \\, which could hide its end; leave it out";
        walk->at++;
    }
    return NULL;
}

/* What may be a comment, up to the end of its line: no quotation, class or other comment begins in it. */
static const char *walk_comment(struct walk *walk)
{
    for (size_t at = walk->at; at < walk->text.len && walk->text.data[at] != '\n'; at++) {
        const struct walk here = {.text = walk->text, .at = at};

        if (walk_sees(&here, "[") || walk_sees(&here, "\\Q") || walk_sees(&here, "(?#"))
            return "behind a # under the flag x no [, \\Q or (?# may stand, for it may be a comment; leave them out, "
                   "or "
                   "write \\# if the character is meant";
    }
    walk->at++;
    return NULL;
}

static const char *walk_group(struct walk *walk)
{
    if (walk_sees(walk, "(?#"))
        return walk_comment_group(walk);
    if (walk_sees(walk, "(?") && flags_extend((struct str){walk->text.data + walk->at, walk->text.len - walk->at}))
        walk->extended = true;
    walk->at++;
    return NULL;
}

/* "{,3}" and "{ 3 }" repeat in one dialect and are characters in the other; "{3}", "{3,}" and "{x" mean the same. */
static const char *walk_brace(struct walk *walk)
{
    size_t begin = ++walk->at;
    bool differs = walk_sees(walk, ",");

    for (; walk->at < walk->text.len && (walk_sees_blank(walk) || walk_sees(walk, ",") || walk_sees_digit(walk));
         walk->at++)
        differs = differs || walk_sees_blank(walk);
    if (!differs || !walk_sees(walk, "}"))
        return NULL;
    walk->at = begin - 1;
    return "a repetition is written {n}, {n,} or {n,m}, without blanks; write \\{ if the character is meant";
}

/* "[:alpha:]" inside a class means the same in both dialects for ASCII; beyond it, one of them knows more letters. Length
 * of it, or 0. */
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
    if (walk->extended && (walk_sees_blank(walk) || walk_sees(walk, "#")))
        return "whether a blank or # in a class counts under the flag x differs; write \\x20, \\t or \\#, or take it "
               "away";
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

    walk->in_class = true;
    walk->at += walk_sees(walk, "[^") ? 2 : 1;
    if (walk_sees(walk, "]"))
        walk->at++;
    while (!cause && walk->at < walk->text.len && !walk_sees(walk, "]"))
        cause = walk_class_item(walk);
    if (!cause && walk->at < walk->text.len)
        walk->at++;
    walk->in_class = false;
    return cause;
}

static const char *walk_item(struct walk *walk)
{
    switch (walk->text.data[walk->at]) {
    case '\\':
        return walk_escape(walk);
    case '[':
        return walk_class(walk);
    case '(':
        return walk_group(walk);
    case '{':
        return walk_brace(walk);
    case '#':
        if (walk->extended)
            return walk_comment(walk);
        walk->at++;
        return NULL;
    default:
        walk->at++;
        return NULL;
    }
}

struct dialect_issue dialect_check(struct str pattern)
{
    struct walk walk = {.text = pattern};
    const char *cause = NULL;

    if (walk_sees(&walk, "(*"))
        cause = "a pattern may not begin with (*";
    while (!cause && walk.at < pattern.len)
        cause = walk_item(&walk);
    return (struct dialect_issue){.position = walk.at, .cause = cause};
}
