/* What parsers of outside text have in common: the checks before parsing, and refusals with a place.
 *
 * Owns nothing. Refusals never repeat values of the document, which may be secrets (S-4); they may name keys. */
#pragma once

#include "common/json/json.h"

/* Fills error and returns JSON_REFUSED, for `return json_refuse(...)`. */
MUST_USE int json_refuse(struct json_error *error, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Size and UTF-8, before anything else looks at the text (S-10). 0 or JSON_REFUSED. */
MUST_USE int json_text_check(struct str text, const struct json_limits *limits, struct json_error *error);

/* A key as an error may show it: cut, and without control characters. */
struct json_shown {
    char text[64];
};
struct json_shown json_show_key(struct str key);

/* Told of every value while a text is parsed: its key (data NULL for elements and for the root), its index, and the line
 * of its key or first character. 0 or -errno, which ends the parsing. Each enter has its leave unless parsing fails. */
struct json_observer {
    void *context;
    int (*enter)(void *context, struct str key, size_t index, unsigned line);
    void (*leave)(void *context);
};
/* json_parse with an observer (NULL: none). */
MUST_USE int json_parse_observed(struct str text, const struct json_limits *limits,
                                 const struct json_observer *observer, struct json **ret, struct json_error *error);
