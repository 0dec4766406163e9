/* See finding.h. */
#include "cli/finding.h"

#include <stdarg.h>

enum { MESSAGE_BYTES_MAX = 1 << 20 };

static const char *const level_names[] = {
    [FINDING_GOOD] = "ok", [FINDING_NOTE] = "note", [FINDING_PROBLEM] = "problem"};
static const enum colour level_colours[] = {
    [FINDING_GOOD] = COLOUR_GOOD, [FINDING_NOTE] = COLOUR_WARN, [FINDING_PROBLEM] = COLOUR_BAD};

void findings_init(struct findings *findings) { *findings = (struct findings){.rows = json_new_array()}; }

void findings_deinit(struct findings *findings)
{
    json_free(findings->rows);
    findings->rows = NULL;
}

static int row_fill(struct json *row, enum finding_level level, const char *subject, const char *reason,
                    const char *message, const char *next)
{
    int r = json_set_text(row, "level", level_names[level]);
    if (r == 0)
        r = json_set_text(row, "subject", subject);
    if (r == 0)
        r = json_set_text(row, "reason", reason);
    if (r == 0)
        r = json_set_text(row, "message", message);
    return r == 0 ? json_set_text(row, "nextStep", next) : r;
}

/* A queue is looked at for each of its sources, and a trouble of a worker is also what makes its split degraded. */
static bool is_told(const struct findings *findings, enum finding_level level, const char *subject,
                    const char *message)
{
    for (size_t i = 0; i < json_count(findings->rows); i++) {
        const struct json *row = json_at(findings->rows, i);
        if (strcmp(json_text(json_get(row, "level")), level_names[level]) == 0 &&
            strcmp(json_text(json_get(row, "subject")), subject) == 0 &&
            strcmp(json_text(json_get(row, "message")), message) == 0)
            return true;
    }
    return false;
}

void findings_add_told(struct findings *findings, enum finding_level level, const char *subject, const char *reason,
                       const char *message, const char *next)
{
    struct json *row = json_new_object();
    if (is_told(findings, level, subject, message)) {
        json_free(row);
        return;
    }
    int r = row ? row_fill(row, level, subject, reason, message, next) : -ENOMEM;
    findings->problems += level == FINDING_PROBLEM;
    if (r < 0)
        json_free(row);
    else
        r = json_append_take(findings->rows, row);
    findings->failed = findings->failed || r < 0;
}

void findings_add(struct findings *findings, enum finding_level level, const char *subject, enum reason_code code,
                  const char *format, ...)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(MESSAGE_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int r = buf_vprintf(&text, format, arguments);
    va_end(arguments);
    if (r < 0)
        findings->failed = true;
    else
        findings_add_told(findings, level, subject, reason_name(code), text.data, reason_next_step(code));
}

static enum finding_level level_of(const struct json *row)
{
    const char *name = json_text(json_get(row, "level"));
    if (strcmp(name, level_names[FINDING_PROBLEM]) == 0)
        return FINDING_PROBLEM;
    return strcmp(name, level_names[FINDING_NOTE]) == 0 ? FINDING_NOTE : FINDING_GOOD;
}

static int row_text(const struct json *row, const struct terminal *terminal, struct buf *ret)
{
    enum finding_level level = level_of(row);
    const char *reason = json_text(json_get(row, "reason")), *next = json_text(json_get(row, "nextStep"));
    int r = buf_printf(ret, "%s%-7s%s ", colour_begin(terminal, level_colours[level]), level_names[level],
                       colour_end(terminal, level_colours[level]));
    if (r == 0)
        r = text_clean(json_str(json_get(row, "subject")), ret);
    if (r == 0)
        r = buf_append_str(ret, STR(": "));
    if (r == 0)
        r = text_clean(json_str(json_get(row, "message")), ret);
    if (r == 0 && reason[0])
        r = buf_printf(ret, " (%s)", reason);
    if (r == 0 && next[0] && level != FINDING_GOOD)
        r = buf_append_str(ret, STR("\n        next: "));
    if (r == 0 && next[0] && level != FINDING_GOOD)
        r = text_clean(str_of(next), ret);
    return r == 0 ? buf_append_char(ret, '\n') : r;
}

static int render_json(const struct findings *findings, struct buf *ret)
{
    CLEANUP(json_freep) struct json *document = json_new_object();
    struct json *rows = NULL;
    int r = document ? json_dup(findings->rows, &rows) : -ENOMEM;
    if (r == 0)
        r = json_set_take(document, "findings", rows);
    if (r == 0)
        r = json_set_bool(document, "fine", findings->problems == 0);
    if (r == 0)
        r = json_write(document, JSON_PRETTY, ret);
    return r == 0 ? buf_append_char(ret, '\n') : r;
}

int findings_render(const struct findings *findings, bool json, const struct terminal *terminal, struct buf *ret)
{
    int r = findings->failed || !findings->rows ? -ENOMEM : 0;
    if (r == 0 && json)
        return render_json(findings, ret);
    for (size_t i = 0; r == 0 && i < json_count(findings->rows); i++)
        r = row_text(json_at(findings->rows, i), terminal, ret);
    if (r == 0 && findings->problems == 0)
        return buf_append_str(ret, STR("everything is fine\n"));
    return r == 0 ? buf_printf(ret, "%u problem%s\n", findings->problems, findings->problems == 1 ? "" : "s") : r;
}
