/* Values as text.
 *
 * Owns nothing. Writes into the caller's buffer, whose limit ends a document that has grown too large; then the buffer is
 * as it was. Never writes what is not JSON: strings may hold any bytes. */
#include "common/json/json_internal.h"

#include <inttypes.h>
#include <stdio.h>

struct writer {
    struct buf *buf;
    enum json_style style;
    unsigned depth;
};

static int write_value(struct writer *writer, const struct json *json);

/* The escape of a byte that cannot stand in a string, or NULL. */
static const char *escape_of(unsigned char byte, char scratch[8])
{
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        if (byte >= 0x20)
            return NULL;
        snprintf(scratch, 8, "\\u%04x", byte);
        return scratch;
    }
}

/* How many bytes at the start can be copied as they are. */
static size_t plain_len(struct str s, bool is_utf8)
{
    char scratch[8];
    size_t at = 0;

    while (at < s.len && !escape_of((unsigned char)s.data[at], scratch)) {
        size_t len = is_utf8 ? 1 : str_utf8_first((struct str){s.data + at, s.len - at});

        if (len == 0)
            break;
        at += len;
    }
    return at;
}

static int append_string(struct buf *buf, struct str s)
{
    bool is_utf8 = str_is_utf8(s);
    int r = buf_append_char(buf, '"');

    while (r == 0 && s.len > 0) {
        size_t plain = plain_len(s, is_utf8);
        char scratch[8];

        if (plain > 0)
            r = buf_append(buf, s.data, plain);
        s = (struct str){s.data + plain, s.len - plain};
        if (r == 0 && s.len > 0) {
            const char *escape = escape_of((unsigned char)*s.data, scratch);

            r = buf_append_str(buf, escape ? str_of(escape) : STR("\xef\xbf\xbd"));
            s = (struct str){s.data + 1, s.len - 1};
        }
    }
    return r == 0 ? buf_append_char(buf, '"') : r;
}

static int write_break(struct writer *writer)
{
    int r;

    if (writer->style == JSON_COMPACT)
        return 0;
    r = buf_append_char(writer->buf, '\n');
    for (unsigned i = 0; r == 0 && i < writer->depth; i++)
        r = buf_append_str(writer->buf, STR("  "));
    return r;
}

static int write_open(struct writer *writer, size_t index)
{
    int r = index > 0 ? buf_append_char(writer->buf, ',') : 0;

    return r == 0 ? write_break(writer) : r;
}

static int write_close(struct writer *writer, size_t count, char close)
{
    int r;

    writer->depth--;
    r = count > 0 ? write_break(writer) : 0;
    return r == 0 ? buf_append_char(writer->buf, close) : r;
}

static int write_array(struct writer *writer, const struct json *array)
{
    size_t count = json_count(array);
    int r = buf_append_char(writer->buf, '[');

    writer->depth++;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = write_open(writer, i);
        if (r == 0)
            r = write_value(writer, json_at(array, i));
    }
    return r == 0 ? write_close(writer, count, ']') : r;
}

static int write_member(struct writer *writer, const struct json_member *member, size_t index)
{
    int r = write_open(writer, index);

    if (r == 0)
        r = append_string(writer->buf, str_of(member->key));
    if (r == 0)
        r = buf_append_str(writer->buf, writer->style == JSON_COMPACT ? STR(":") : STR(": "));
    return r == 0 ? write_value(writer, member->value) : r;
}

static int write_object(struct writer *writer, const struct json *object)
{
    struct json_member member;
    size_t index = 0;
    int r = buf_append_char(writer->buf, '{');

    writer->depth++;
    for (json_first(object, &member); r == 0 && member.key; json_next(&member))
        r = write_member(writer, &member, index++);
    return r == 0 ? write_close(writer, index, '}') : r;
}

static int write_value(struct writer *writer, const struct json *json)
{
    int64_t whole = 0;
    bool flag = false;

    switch (json_type(json)) {
    case JSON_NULL:
        return buf_append_str(writer->buf, STR("null"));
    case JSON_BOOL:
        return buf_append_str(writer->buf, json_bool(json, &flag) == 0 && flag ? STR("true") : STR("false"));
    case JSON_INT:
        check(json_int(json, &whole) == 0);
        return buf_printf(writer->buf, "%" PRId64, whole);
    case JSON_DOUBLE:
        return buf_append_str(writer->buf, str_of(json_double_text(json)));
    case JSON_STRING:
        return append_string(writer->buf, json_str(json));
    case JSON_ARRAY:
        return write_array(writer, json);
    case JSON_OBJECT:
        return write_object(writer, json);
    }
    return -EINVAL;
}

/* As it was before a text that did not fit. */
static void cut_back(struct buf *buf, size_t len)
{
    if (!buf->data)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

int json_write(const struct json *json, enum json_style style, struct buf *buf)
{
    struct writer writer = {.buf = buf, .style = style};
    size_t len = buf->len;
    int r = write_value(&writer, json);

    if (r < 0)
        cut_back(buf, len);
    return r;
}

int json_write_str(struct str s, struct buf *buf)
{
    size_t len = buf->len;
    int r = append_string(buf, s);

    if (r < 0)
        cut_back(buf, len);
    return r;
}
