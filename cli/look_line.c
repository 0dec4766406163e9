/* See look_line.h. */
#include "cli/look_line.h"

enum { LINE_BYTES_MAX = 8192 };

int look_line(struct buf *ret, const char *format, ...)
{
    CLEANUP(buf_deinit) struct buf raw = BUF_INIT(LINE_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int r = buf_vprintf(&raw, format, arguments);
    va_end(arguments);
    if (r == 0)
        r = text_clean(buf_str(&raw), ret);
    return r ? r : buf_append_char(ret, '\n');
}

const char *look_member(const struct json *object, const char *key) { return json_text(json_get(object, key)); }

int64_t look_number(const struct json *object, const char *key)
{
    int64_t number = 0;
    return json_int(json_get(object, key), &number) == 0 ? number : 0;
}
