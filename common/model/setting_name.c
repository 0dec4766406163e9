/* See setting_name.h. Pure; owns nothing and cannot fail. */
#include "common/model/setting_name.h"

#include <string.h>

#define PREFIX "OPERATOR_"

enum {
    NAME_BYTES_MAX = 63, /* no setting's name is longer, nor like one that is */
    LIKE_PARTS = 3,      /* more than one letter in so many wrong: another word */
};

static const char *const names[] = {
#define SETTING(field, helm, variable, type, fallback, max, unit, meaning) variable,
#include "common/model/setting.def"
#undef SETTING
};
#define NAME_COUNT (sizeof names / sizeof *names)

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* How many letters must be put in, taken away or exchanged (Levenshtein). Both at most NAME_BYTES_MAX long. */
static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_BYTES_MAX + 1]; /* from what of a was looked at to each beginning of b */
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t exchanged = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            row[j] = least(exchanged, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.len];
}

/* What follows the prefix is compared: the prefix alone makes no two names alike. */
static const char *nearest(struct str name)
{
    const char *best = NULL;
    size_t best_distance = name.len / LIKE_PARTS + 1;
    for (size_t i = 0; name.len <= NAME_BYTES_MAX && i < NAME_COUNT; i++) {
        size_t far = distance(name, str_of(names[i] + strlen(PREFIX)));
        if (far < best_distance) {
            best = names[i];
            best_distance = far;
        }
    }
    return best;
}

static bool is_known(struct str name)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (str_equal(name, str_of(names[i])))
            return true;
    return false;
}

bool setting_is_unknown(const char *entry, struct reason *why)
{
    struct str name = {entry, strcspn(entry, "=")};
    if (!str_starts_with(name, STR(PREFIX)) || is_known(name))
        return false;
    const char *meant = nearest((struct str){name.data + strlen(PREFIX), name.len - strlen(PREFIX)});
    reason_set(why, REASON_SETTING_UNKNOWN, 0, "environment variable %.*s is no setting%s%s",
               (int)least(name.len, 200), name.data, meant ? "; the nearest is " : "", meant ? meant : "");
    return true;
}
