/* Generates cases; every choice comes from the seed. Ends the process when memory is out. */
#include "tests/unit/route/random_case.h"
#include "common/regex/regex.h"
#include <stdio.h>

/* SplitMix64 (G. Steele, D. Lea, C. Flood, 2014). */
uint64_t random_next(struct random_case *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t random_below(struct random_case *random, uint32_t below) { return (uint32_t)(random_next(random) % below); }

static const char *pick(struct random_case *random, const char *const *items, size_t count)
{
    return items[random_below(random, (uint32_t)count)];
}
#define PICK(random, items) pick(random, items, sizeof(items) / sizeof *(items))

static void append(char *text, size_t size, size_t *len, const char *more)
{
    size_t more_len = strlen(more);
    if (*len + more_len >= size)
        return;
    memcpy(text + *len, more, more_len);
    *len += more_len;
}

static const char *const literals[] = {"a",   "b",   "ab", "ba",  "aa", "abc", "-",
                                       "\\.", "\\-", "A",  "x y", "c",  "me",  "b-a"};
static const char *const oddities[] = {
    ".",      ".*",        ".*",         ".+",    "a*",     "b+",        "c?",    "[ab]",     "[^a]",    "\\d",
    "\\w+",   "\\b",       "(a)\\1",     "(?=a)", "(?!b)",  "(?<=a)",    "(?i)",  "(?s)",     "(?m)",    "\\n",
    "\n",     "\xc3\xa4",  "(?:)",       "()",    "(a|)",   "a{2}",      "b{0}",  "a{0,2}",   "(ab)?",   "(?x) ",
    "\\x61",  "\\Qa.b\\E", "a|",         "|b",    "^",      "$",         "\\A",   "\\z",      "\\Z",     "(?-i)",
    "a++",    "(?>a|ab)",  "[a-c]{1,2}", "\\K",   "(a|b)+", "(?:a|b)*",  "[]a]",  "[^]]",     "\\\\",    "\\$",
    "(?#a)",  "a{,2}",     "a{",         "}",     "]",      "(*ACCEPT)", "\\101", "\\R",      "\\x{e4}", "(?|a|b)",
    "[\\]a]", "(?<n>a)b",  "\\pL",       "\\S",   "\\D",    "\\W",       "a*?",   "(?:a|b-)", "\\(",     "\\x{fffd}",
};

static void append_group(struct random_case *random, char *text, size_t *len)
{
    uint32_t count = 1 + random_below(random, 4);
    append(text, RANDOM_PATTERN_BYTES, len, random_below(random, 2) ? "(" : "(?:");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            append(text, RANDOM_PATTERN_BYTES, len, "|");
        append(text, RANDOM_PATTERN_BYTES, len, PICK(random, literals));
    }
    append(text, RANDOM_PATTERN_BYTES, len, ")");
}

static void append_branch(struct random_case *random, char *text, size_t *len)
{
    uint32_t pieces = random_below(random, 4), odd = random_below(random, 3);
    if (random_below(random, 2))
        append(text, RANDOM_PATTERN_BYTES, len, "^");
    if (random_below(random, 8) == 0)
        append(text, RANDOM_PATTERN_BYTES, len, ".*");
    for (uint32_t i = 0; i < pieces; i++) {
        if (odd == 0 && random_below(random, 2))
            append(text, RANDOM_PATTERN_BYTES, len, PICK(random, oddities));
        else if (random_below(random, 4) == 0)
            append_group(random, text, len);
        else
            append(text, RANDOM_PATTERN_BYTES, len, PICK(random, literals));
    }
    if (random_below(random, 8) == 0)
        append(text, RANDOM_PATTERN_BYTES, len, ".*");
    if (random_below(random, 2))
        append(text, RANDOM_PATTERN_BYTES, len, "$");
}

static bool accepted(struct str pattern)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct reason why;
    return regex_compile(pattern, &regex, &why) == 0;
}

struct str random_pattern(struct random_case *random, char text[RANDOM_PATTERN_BYTES])
{
    size_t len;
    do {
        uint32_t more = random_below(random, 6) == 0 ? 1 + random_below(random, 2) : 0;
        len = 0;
        append_branch(random, text, &len);
        for (; more > 0; more--) {
            append(text, RANDOM_PATTERN_BYTES, &len, "|");
            append_branch(random, text, &len);
        }
    } while (!accepted((struct str){text, len}));
    return (struct str){text, len};
}

struct str random_value(struct random_case *random, char text[RANDOM_VALUE_BYTES])
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "ab",
                                         "ba",
                                         "aa",
                                         "abc",
                                         "-",
                                         ".",
                                         "A",
                                         "x y",
                                         "c",
                                         "me",
                                         "\n",
                                         "\xff",
                                         "\xc3",
                                         "\xa4",
                                         "ä",
                                         "b-a",
                                         "\xe2\x82\xac",
                                         "\xe2\x82",
                                         "\r",
                                         "\\",
                                         "$",
                                         "0",
                                         "\xf0\x80\xc3\xa4"};
    uint32_t count = random_below(random, 7);
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        append(text, RANDOM_VALUE_BYTES, &len, PICK(random, pieces));
    if (random_below(random, 20) == 0)
        text[len++] = '\0';
    return (struct str){text, len};
}

static const char *const names[] = {"author", "level", "Author", "", "x", "source"};

struct route_table *random_table(struct random_case *random, uint32_t sessions_max)
{
    struct route_table *table = NULL;
    uint32_t sessions = 1 + random_below(random, sessions_max);
    char patterns[8][RANDOM_PATTERN_BYTES];
    struct str pool[8]; /* sessions share patterns, as users do */
    struct reason why;

    check(route_table_new(random_next(random), &table) == 0);
    for (size_t i = 0; i < 8; i++)
        pool[i] = random_pattern(random, patterns[i]);
    for (uint32_t i = 0; i < sessions; i++) {
        uint32_t filters = random_below(random, 4) + (random_below(random, 10) != 0);
        char uid[32];
        snprintf(uid, sizeof uid, "session-%u", i);
        check(route_table_add_session(table, str_of(uid), random_below(random, 4) ? ROUTE_STEAL : ROUTE_MIRROR,
                                      100 + i, &why) == 0);
        for (uint32_t k = 0; k < filters; k++) {
            char own[RANDOM_PATTERN_BYTES];
            struct str pattern =
                random_below(random, 2) ? pool[random_below(random, 8)] : random_pattern(random, own);
            check(route_table_add_filter(table, str_of(PICK(random, names)), pattern, &why) == 0);
        }
    }
    return table;
}

void random_message(struct random_case *random, struct random_message *ret)
{
    static const char long_value[REGEX_SUBJECT_BYTES_MAX + 1];
    ret->count = random_below(random, RANDOM_HEADERS_MAX + 1);
    for (size_t i = 0; i < ret->count; i++) {
        struct route_header *header = &ret->headers[i];
        bool foreign = random_below(random, 8) == 0;
        *header = (struct route_header){.name = foreign ? STR("other") : str_of(PICK(random, names))};
        header->value = random_value(random, ret->values[i]);
        header->null = random_below(random, 12) == 0;
        if (random_below(random, 100) == 0)
            header->value = (struct str){long_value, sizeof long_value};
    }
}
