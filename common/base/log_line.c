/* Formats one line of the log, JSON or readable. Owns nothing; cannot fail: what does not fit is cut and marked so.
 * Every value is escaped, so that a line stays one line and cannot steer a terminal, whatever a name contains (S-11).
 * */
#include "common/base/log_line.h"
#include "common/base/log_levels.h"
#include "common/base/mono.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* Appends all of text or nothing. */
static bool put(struct log_line *line, struct str text)
{
    if (line->cut || line->len + text.len > LOG_LINE_BYTES_MAX - LOG_LINE_TAIL_BYTES) {
        line->cut = true;
        return false;
    }
    memcpy(line->data + line->len, text.data, text.len);
    line->len += text.len;
    return true;
}

static uint32_t code_point(struct str s)
{
    static const unsigned char lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = (unsigned char)s.data[0] & lead_mask[s.len];

    for (size_t i = 1; i < s.len; i++)
        value = value << 6 | ((unsigned char)s.data[i] & 0x3F);
    return value;
}

/* Control characters of both sets, line and paragraph separators, and what turns the direction of text around. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool put_escaped(struct log_line *line, struct str c)
{
    char text[8];

    if (c.len == 0)
        return false;
    uint32_t value = code_point(c);
    if (value == '"' || value == '\\')
        snprintf(text, sizeof text, "\\%c", (char)value);
    else if (value == '\n' || value == '\t' || value == '\r')
        snprintf(text, sizeof text, "\\%c", value == '\n' ? 'n' : value == '\t' ? 't' : 'r');
    else if (is_unsafe(value))
        snprintf(text, sizeof text, "\\u%04x", (unsigned)value & 0xFFFF);
    else
        return put(line, c);
    return put(line, str_of(text));
}

/* JSON has no escape for a byte that is no character; the readable form shows it. */
static bool put_bad_byte(struct log_line *line, unsigned char byte)
{
    char text[8];

    if (line->format == LOG_FORMAT_JSON)
        return put(line, STR("\\ufffd"));
    snprintf(text, sizeof text, "\\x%02x", byte);
    return put(line, str_of(text));
}

static void put_text(struct log_line *line, struct str value)
{
    while (value.len > 0) {
        size_t len = str_utf8_first(value);
        bool done = len > 0 ? put_escaped(line, (struct str){value.data, len})
                            : put_bad_byte(line, (unsigned char)value.data[0]);
        if (!done)
            return;
        len = len ? len : 1;
        value = (struct str){value.data + len, value.len - len};
    }
}

/* The quote that closes is in the reserve: an opened value is always closed. */
static void put_quoted(struct log_line *line, struct str value)
{
    if (!put(line, STR("\"")))
        return;
    put_text(line, value);
    line->data[line->len++] = '"';
}

static bool needs_quotes(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!isalnum((unsigned char)value.data[i]) && !strchr("-_.:/+@%", value.data[i]))
            return true;
    return value.len == 0;
}

/* Name and what stands before the value; room for a few bytes of the value too, or the field is left out. */
static bool put_name(struct log_line *line, const char *name)
{
    struct str text = str_of(name);

    if (line->cut || line->len + text.len + 32 > LOG_LINE_BYTES_MAX - LOG_LINE_TAIL_BYTES) {
        line->cut = true;
        return false;
    }
    put(line, line->format == LOG_FORMAT_JSON ? STR(",\"") : STR(" "));
    put(line, text);
    return put(line, line->format == LOG_FORMAT_JSON ? STR("\":") : STR("="));
}

void log_line_str(struct log_line *line, const char *name, struct str value)
{
    if (!put_name(line, name))
        return;
    if (line->format == LOG_FORMAT_JSON || needs_quotes(value))
        put_quoted(line, value);
    else
        put(line, value);
}

void log_line_int(struct log_line *line, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, value);
    if (put_name(line, name))
        put(line, str_of(text));
}

/* "error": the symbol that a person searches for; "error_text": the sentence. */
static void put_errno(struct log_line *line, const char *name, int64_t result)
{
    int code = (int)(result < 0 ? -result : result);
    const char *symbol = strerrorname_np(code);
    char text_name[64];

    if (!symbol) {
        log_line_int(line, name, result);
        return;
    }
    snprintf(text_name, sizeof text_name, "%s_text", name);
    log_line_str(line, name, str_of(symbol));
    log_line_str(line, text_name, str_of(strerrordesc_np(code)));
}

static void put_reason(struct log_line *line, const char *name, const struct reason *reason)
{
    char text_name[64];

    if (!reason)
        return;
    snprintf(text_name, sizeof text_name, "%s_text", name);
    log_line_str(line, name, str_of(reason_name(reason->code)));
    log_line_str(line, text_name, str_of(reason->text));
}

void log_line_field(struct log_line *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_FIELD_NONE:
        break;
    case LOG_FIELD_STR:
        log_line_str(line, field->name, field->text);
        break;
    case LOG_FIELD_INT:
        log_line_int(line, field->name, field->number);
        break;
    case LOG_FIELD_ERRNO:
        put_errno(line, field->name, field->number);
        break;
    case LOG_FIELD_REASON:
        put_reason(line, field->name, field->reason);
        break;
    }
}

static void begin_json(struct log_line *line, const char *time, const char *level, const char *component,
                       const char *sentence)
{
    put(line, STR("{\"time\":"));
    put_quoted(line, str_of(time));
    put(line, STR(",\"level\":"));
    put_quoted(line, str_of(level));
    log_line_str(line, "component", str_of(component));
    log_line_str(line, "message", str_of(sentence));
}

static void begin_text(struct log_line *line, const char *time, const char *level, const char *component,
                       const char *sentence)
{
    put(line, str_of(time));
    put(line, STR(" "));
    for (; *level; level++)
        put(line, (struct str){(char[]){(char)toupper((unsigned char)*level)}, 1});
    put(line, STR(" "));
    put_text(line, str_of(component));
    put(line, STR(": "));
    put_text(line, str_of(sentence));
}

void log_line_begin(struct log_line *line, enum log_format format, int64_t wall_ms, enum log_level level,
                    const char *component, const char *sentence)
{
    char time[WALL_TEXT_SIZE];

    line->format = format;
    line->len = 0;
    line->cut = false;
    wall_format(wall_ms, time);
    /* Milliseconds go where the "Z" stands. */
    snprintf(strchr(time, 'Z'), 6, ".%03uZ", (unsigned)((wall_ms % 1000 + 1000) % 1000));
    (format == LOG_FORMAT_JSON ? begin_json : begin_text)(line, time, log_level_name(level), component, sentence);
}

void log_line_end(struct log_line *line)
{
    struct str mark = line->format == LOG_FORMAT_JSON ? STR(",\"cut\":true") : STR(" cut=true");
    struct str end = line->format == LOG_FORMAT_JSON ? STR("}\n") : STR("\n");

    if (line->cut) {
        memcpy(line->data + line->len, mark.data, mark.len);
        line->len += mark.len;
    }
    memcpy(line->data + line->len, end.data, end.len);
    line->len += end.len;
}
