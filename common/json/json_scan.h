/* The place in a JSON text: blanks, comments, strings and numbers.
 *
 * Owns nothing; the text is valid UTF-8 and within its size limit already. Included in this folder only. */
#pragma once

#include "common/base/buf.h"
#include "common/json/json_text.h"

struct scan {
    const char *at;
    const char *end;
    const char *line_start;
    unsigned line; /* from 1 */
    bool comments; /* comments and trailing commas are accepted */
    struct json_error *error;
};

void scan_init(struct scan *scan, struct str text, bool comments, struct json_error *error);
/* JSON_REFUSED at the present place. */
#define scan_refuse(scan, ...) \
    json_refuse((scan)->error, (scan)->line, (unsigned)((scan)->at - (scan)->line_start + 1), __VA_ARGS__)
/* The next byte, or -1 at the end. */
static inline int scan_peek(const struct scan *scan) { return scan->at < scan->end ? (unsigned char)*scan->at : -1; }
/* Goes past blanks, and comments where they are accepted. */
MUST_USE int scan_skip(struct scan *scan);
/* Goes past this text if it is next. */
bool scan_accept(struct scan *scan, struct str word);
/* Goes past a string, appending its unescaped bytes. 0, JSON_REFUSED, -ENOMEM, -ENOBUFS. */
MUST_USE int scan_string(struct scan *scan, struct buf *ret);
/* Goes past a number, borrowed from the text. */
MUST_USE int scan_number(struct scan *scan, struct str *ret, bool *ret_is_whole);
