/* Names and next steps of the rows of reason.def. Owns nothing; cannot fail; a text that is too long is cut. */
#include "common/base/reason.h"
#include <stdarg.h>
#include <stdio.h>

struct reason_row {
    const char *name;
    const char *next_step;
};

static const struct reason_row reason_rows[REASON_COUNT] = {
    [REASON_NONE] = {"", ""},
#define REASON(code, name, next_step) [REASON_##code] = {name, next_step},
#include "common/model/reason.def"
#undef REASON
};

static const struct reason_row *reason_row(enum reason_code code)
{
    check((unsigned)code < REASON_COUNT);
    return &reason_rows[code];
}

const char *reason_name(enum reason_code code) { return reason_row(code)->name; }

const char *reason_next_step(enum reason_code code) { return reason_row(code)->next_step; }

enum reason_code reason_from_name(struct str name)
{
    for (unsigned code = REASON_NONE + 1; code < REASON_COUNT; code++)
        if (str_equal(str_of(reason_rows[code].name), name))
            return (enum reason_code)code;
    return REASON_NONE;
}

int reason_set(struct reason *reason, enum reason_code code, int outcome, const char *format, ...)
{
    va_list arguments;

    if (!reason)
        return outcome;
    reason->code = code;
    va_start(arguments, format);
    int len = vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
    if (len < 0)
        reason->text[0] = '\0';
    else if ((size_t)len >= sizeof reason->text)
        str_trim_cut(reason->text);
    return outcome;
}
