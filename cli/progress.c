/* See progress.h. Without memory a step is not shown; the session goes on. */
#include "cli/progress.h"
#include "cli/condition.h"

#include <stdarg.h>

enum { TEXT_BYTES_MAX = 4096, LINE_COLUMNS = 79 };

int progress_init(struct progress *progress, const char *session, bool json)
{
    *progress = (struct progress){.terminal = terminal_of(stderr),
                                  .json = json,
                                  .session = session,
                                  .begin = mono_now(),
                                  .waits = BUF_INIT(TEXT_BYTES_MAX),
                                  .notes = json_new_object()};
    return progress->notes ? 0 : -ENOMEM;
}

static void line_close(struct progress *progress)
{
    if (progress->line_open)
        fputs("\r\033[K", progress->terminal.stream);
    progress->line_open = false;
}

void progress_deinit(struct progress *progress)
{
    line_close(progress);
    buf_deinit(&progress->waits);
    json_free(progress->notes);
    progress->notes = NULL;
}

double progress_seconds(const struct progress *progress)
{
    return (double)(mono_now().ms - progress->begin.ms) / 1000;
}

static void write_json(const struct progress *progress, const char *event, const char *text, const struct reason *why)
{
    CLEANUP(buf_deinit) struct buf line = BUF_INIT(4 * TEXT_BYTES_MAX);
    CLEANUP(json_freep) struct json *object = json_new_object();
    int r = object ? json_set_text(object, "event", event) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "session", progress->session);
    if (r == 0)
        r = json_set_text(object, "text", text);
    if (r == 0 && why)
        r = json_set_text(object, "reason", reason_name(why->code));
    if (r == 0 && why)
        r = json_set_text(object, "nextStep", reason_next_step(why->code));
    if (r == 0)
        r = json_write(object, JSON_COMPACT, &line);
    if (r == 0)
        fprintf(progress->terminal.stream, "%s\n", line.data);
}

static void write_line(struct progress *progress, const char *event, enum colour colour, const char *text,
                       const struct reason *why)
{
    CLEANUP(buf_deinit) struct buf clean = BUF_INIT(TEXT_BYTES_MAX);
    const struct terminal *terminal = &progress->terminal;
    if (progress->json) {
        write_json(progress, event, text, why);
        return;
    }
    line_close(progress);
    if (text_clean(str_of(text), &clean) == 0)
        fprintf(terminal->stream, "%ssluice: %s%s\n", colour_begin(terminal, colour), clean.data,
                colour_end(terminal, colour));
    if (why && why->code != REASON_NONE)
        fprintf(terminal->stream, "  next: %s\n", reason_next_step(why->code));
    fflush(terminal->stream);
}

void progress_say(struct progress *progress, const char *event, enum colour colour, const char *format, ...)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int r = buf_vprintf(&text, format, arguments);
    va_end(arguments);
    if (r == 0)
        write_line(progress, event, colour, text.data, NULL);
}

void progress_reason(struct progress *progress, const char *event, const struct reason *why)
{
    char text[REASON_TEXT_SIZE + 64];
    snprintf(text, sizeof text, why->code == REASON_NONE ? "%s" : "%s (%s)", why->text, reason_name(why->code));
    write_line(progress, event, COLOUR_BAD, text, why);
}

/* A condition in the way says it already, with what to do. */
static bool is_told(const struct json *document)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(conditions); i++)
        if (condition_is_said(document, json_at(conditions, i)) && condition_is_bad(json_at(conditions, i)))
            return true;
    return false;
}

/* On a terminal the step stands on one line until the next; elsewhere it is a line of its own. */
static void show_waits(struct progress *progress, const char *text, bool told)
{
    if (progress->json || (!progress->terminal.live && !told))
        write_line(progress, "waiting", COLOUR_NONE, text, NULL);
    else
        progress_tick(progress);
}

void progress_tick(struct progress *progress)
{
    static const char *const marks[] = {"|", "/", "-", "\\"};
    const struct terminal *terminal = &progress->terminal;
    unsigned columns = terminal_columns(terminal);
    if (progress->json || !terminal->live || progress->waits.len == 0)
        return;
    int room = (int)(columns > 20 ? columns : LINE_COLUMNS) - 20;
    fprintf(terminal->stream, "\r\033[K%ssluice: %s %.0f s%s %.*s", colour_begin(terminal, COLOUR_DIM),
            marks[progress->ticks++ % 4], progress_seconds(progress), colour_end(terminal, COLOUR_DIM), room,
            progress->waits.data);
    fflush(terminal->stream);
    progress->line_open = true;
}

/* Ready says what the session waits for, which is shown as the step; before that, nothing is routed to anybody yet. */
static void show_condition(struct progress *progress, const struct json *condition, bool waiting)
{
    const char *type = json_text(json_get(condition, "type"));
    const char *reason = condition_reason(condition), *message = json_text(json_get(condition, "message"));
    struct reason why = {.code = reason_from_name(str_of(reason))};
    bool expected = strcmp(type, "Ready") == 0 || (waiting && strcmp(type, "Routed") == 0);
    bool shown = !expected && (condition_is_bad(condition) || why.code == REASON_FILTER_EMPTY);
    char text[REASON_TEXT_SIZE + 128];
    snprintf(text, sizeof text, "%s: %.400s%s%.60s%s", type, message, reason[0] ? " (" : "", reason,
             reason[0] ? ")" : "");
    const char *before = json_text(json_get(progress->notes, type));
    bool same = strcmp(before, shown ? text : "") == 0;
    if (same || json_set_text(progress->notes, type, shown ? text : "") < 0)
        return;
    if (shown)
        write_line(progress, "condition", COLOUR_WARN, text, &why);
    else
        progress_say(progress, "condition", COLOUR_GOOD, "%s: all right again", type);
}

void progress_document(struct progress *progress, const struct json *document, bool waiting)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    for (size_t i = 0; i < json_count(conditions); i++)
        if (waiting || !condition_is_said(document, json_at(conditions, i))) /* the end tells it too */
            show_condition(progress, json_at(conditions, i), waiting);
    if (!waiting) {
        buf_clear(&progress->waits);
        return;
    }
    if (session_waits_text(document, &text) < 0 || str_equal(buf_str(&text), buf_str(&progress->waits)))
        return;
    buf_clear(&progress->waits);
    if (buf_append_str(&progress->waits, buf_str(&text)) == 0)
        show_waits(progress, text.data, is_told(document));
}

/* What was asked for a queue: under its id, else by "*" of its type. NULL: nothing. */
static const struct json *asked_for(const struct json *asked, const struct json *status)
{
    const struct json *all = NULL;
    for (size_t i = 0; i < json_count(asked); i++) {
        const struct json *queue = json_at(asked, i), *id = json_get(queue, "id");
        if (json_equal(id, json_get(status, "id")))
            return queue;
        if (strcmp(json_text(id), "*") == 0 && json_equal(json_get(queue, "type"), json_get(status, "type")))
            all = queue;
    }
    return all;
}

static void show_queue(struct progress *progress, const struct json *status, const struct json *asked)
{
    CLEANUP(buf_deinit) struct buf filters = BUF_INIT(TEXT_BYTES_MAX);
    const struct json *queue = asked_for(asked, status), *mode = json_get(queue, "mode");
    const char *id = json_text(json_get(status, "id"));
    const char *reason = json_text(json_get(status, "reason"));
    if (reason[0]) {
        progress_say(progress, "queue", COLOUR_WARN, "  %s: not split (%s: %s); nothing comes from it", id, reason,
                     json_text(json_get(status, "message")));
        return;
    }
    int r = queue ? filters_text(queue, &filters)
                  : buf_append_str(&filters, STR("no messages: this run does not name it"));
    if (r == 0)
        progress_say(progress, "queue", COLOUR_NONE, "  %s (%s, %s): %s -> %s", id,
                     json_text(json_get(status, "original")), mode ? json_text(mode) : "steal", filters.data,
                     json_text(json_get(status, "temporary")));
}

void progress_queues(struct progress *progress, const struct json *document)
{
    const struct json *queues = json_path(document, "status", "queues", NULL);
    for (size_t i = 0; i < json_count(queues); i++)
        show_queue(progress, json_at(queues, i), json_path(document, "spec", "queues", NULL));
}
