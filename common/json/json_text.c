/* Checks before parsing, and refusals with a place. Owns nothing, never allocates; cannot fail otherwise. */
#include "common/json/json_text.h"

#include <stdarg.h>
#include <stdio.h>

int json_refuse(struct json_error *error, unsigned line, unsigned column, const char *format, ...)
{
    va_list arguments;

    error->line = line;
    error->column = column;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return JSON_REFUSED;
}

/* Bytes of the sequence that starts with this byte, as far as the byte tells. */
static size_t sequence_len(unsigned char first) { return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4; }

static int refuse_encoding(struct str text, struct json_error *error)
{
    unsigned line = 1;
    size_t line_start = 0, at = 0;

    while (at < text.len) {
        size_t len = sequence_len((unsigned char)text.data[at]);

        if (len > text.len - at || !str_is_utf8((struct str){text.data + at, len}))
            break;
        at += len;
        if (text.data[at - 1] == '\n') {
            line++;
            line_start = at;
        }
    }
    return json_refuse(error, line, (unsigned)(at - line_start + 1), "not valid UTF-8");
}

int json_text_check(struct str text, const struct json_limits *limits, struct json_error *error)
{
    if (text.len > limits->bytes_max)
        return json_refuse(error, 1, 1, "larger than the limit of %zu bytes", limits->bytes_max);
    if (!str_is_utf8(text))
        return refuse_encoding(text, error);
    return 0;
}

struct json_shown json_show_key(struct str key)
{
    struct json_shown shown = {{0}};
    size_t len = key.len < sizeof(shown.text) - 1 ? key.len : sizeof(shown.text) - 1;

    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)key.data[i];

        shown.text[i] = (char)(byte < 0x20 || byte >= 0x7f ? '?' : byte);
    }
    return shown;
}
