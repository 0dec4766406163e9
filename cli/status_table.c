/* See status_table.h. Everything in a document was written by others, and goes through table_cell, which cleans it. */
#include "cli/status_table.h"
#include "cli/age.h"
#include "cli/condition.h"
#include "cli/inputs.h"
#include "cli/progress.h"

enum { CELL_BYTES_MAX = 65536 };

enum colour phase_colour(const char *phase)
{
    static const struct {
        const char *phase;
        enum colour colour;
    } rows[] = {{"Ready", COLOUR_GOOD},
                {"Active", COLOUR_GOOD},
                {"Failed", COLOUR_BAD},
                {"Ended", COLOUR_DIM},
                {"Idle", COLOUR_DIM}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].phase, phase) == 0)
            return rows[i].colour;
    return COLOUR_WARN;
}

static const char *phase_of(const struct json *document)
{
    const char *phase = json_text(json_path(document, "status", "phase", NULL));
    return phase[0] ? phase : "Pending";
}

/* "kind/name" of a member target. */
static int target_cell(struct table *table, const struct json *document)
{
    const struct json *target = json_path(document, "spec", "target", NULL);
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CELL_BYTES_MAX);
    const char *container = json_text(json_get(target, "container"));
    int r = buf_printf(&text, "%s/%s%s%s", json_text(json_get(target, "kind")), json_text(json_get(target, "name")),
                       container[0] ? "/" : "", container);
    return r == 0 ? table_cell(table, buf_str(&text), COLOUR_NONE) : r;
}

static int owner_cell(struct table *table, const struct json *document)
{
    const struct json *owner = json_path(document, "spec", "owner", NULL);
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CELL_BYTES_MAX);
    const char *hostname = json_text(json_get(owner, "hostname"));
    int r = buf_printf(&text, "%s%s%s", json_text(json_get(owner, "username")), hostname[0] ? "@" : "", hostname);
    return r == 0 ? table_cell(table, buf_str(&text), COLOUR_NONE) : r;
}

/* "views-topic (author=^me$), other (mirror, level=^a$)" */
static int queues_cell(struct table *table, const struct json *document)
{
    const struct json *queues = json_path(document, "spec", "queues", NULL);
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CELL_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(queues); i++) {
        const struct json *queue = json_at(queues, i);
        bool mirror = strcmp(json_text(json_get(queue, "mode")), "mirror") == 0;
        r = buf_printf(&text, "%s%s (%s", i ? ", " : "", json_text(json_get(queue, "id")), mirror ? "mirror, " : "");
        if (r == 0)
            r = filters_text(queue, &text);
        if (r == 0)
            r = buf_append_char(&text, ')');
    }
    return r == 0 ? table_cell(table, buf_str(&text), COLOUR_NONE) : r;
}

/* "views (views-topic)": the original, and by which ids client files know it. */
static int original_cell(struct table *table, const struct json *document)
{
    const struct json *queue = json_path(document, "spec", "queue", NULL), *ids = json_get(queue, "ids");
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CELL_BYTES_MAX);
    int r = buf_append_str(&text, json_str(json_get(queue, "name")));
    for (size_t i = 0; r == 0 && i < json_count(ids); i++)
        r = buf_printf(&text, "%s%s", i ? ", " : " (", json_text(json_at(ids, i)));
    if (r == 0 && json_count(ids) > 0)
        r = buf_append_char(&text, ')');
    return r == 0 ? table_cell(table, buf_str(&text), COLOUR_NONE) : r;
}

static int text_cell(struct table *table, const char *text, enum colour colour)
{
    return table_cell(table, str_of(text), colour);
}

static int name_cells(struct table *table, const struct json *document, bool namespaces)
{
    const struct json *metadata = json_get(document, "metadata");
    int r = namespaces ? table_cell(table, json_str(json_get(metadata, "namespace")), COLOUR_NONE) : 0;
    return r == 0 ? table_cell(table, json_str(json_get(metadata, "name")), COLOUR_NONE) : r;
}

static int age_cell(struct table *table, const struct json *document, int64_t wall_now_ms)
{
    char age[AGE_TEXT_SIZE];
    age_text(json_text(json_path(document, "metadata", "creationTimestamp", NULL)), wall_now_ms, age);
    return text_cell(table, age, COLOUR_NONE);
}

/* "Active, degraded" */
static int phase_cell(struct table *table, const struct json *document)
{
    char text[128];
    bool degraded = condition_is_bad(condition_of(document, "Degraded"));
    snprintf(text, sizeof text, "%.100s%s", phase_of(document), degraded ? ", degraded" : "");
    return text_cell(table, text, degraded ? COLOUR_BAD : phase_colour(phase_of(document)));
}

/* What it waits for, else the reason of what is wrong; of what is over, why. */
static int waits_cell(struct table *table, const struct json *document)
{
    const struct json *status = json_get(document, "status");
    const char *end = json_text(json_get(status, "endReason")), *waits = json_text(json_get(status, "waitsFor"));
    const char *wrong = condition_reason(condition_worst(document));
    struct reason why;
    session_reason(document, &why);
    if (!end[0] && strcmp(phase_of(document), "Failed") == 0)
        end = reason_name(why.code);
    return text_cell(table, end[0] ? end : waits[0] ? waits : wrong, COLOUR_NONE);
}

static int session_row(struct table *table, const struct json *session, bool namespaces, int64_t wall_now_ms)
{
    int r = name_cells(table, session, namespaces);
    if (r == 0)
        r = owner_cell(table, session);
    if (r == 0)
        r = target_cell(table, session);
    if (r == 0)
        r = queues_cell(table, session);
    if (r == 0)
        r = phase_cell(table, session);
    if (r == 0)
        r = age_cell(table, session, wall_now_ms);
    return r == 0 ? waits_cell(table, session) : r;
}

static size_t live_sessions(const struct json *split)
{
    const struct json *sessions = json_path(split, "status", "sessions", NULL);
    size_t live = 0;
    for (size_t i = 0; i < json_count(sessions); i++)
        live += json_text(json_get(json_at(sessions, i), "endReason"))[0] == '\0';
    return live;
}

static int split_row(struct table *table, const struct state *state, const struct json *split, bool namespaces,
                     int64_t wall_now_ms)
{
    const struct json *metadata = json_get(split, "metadata");
    char count[24], rate[RATE_TEXT_SIZE];
    snprintf(count, sizeof count, "%zu", live_sessions(split));
    figures_rate_text(state->figures, json_text(json_get(metadata, "namespace")),
                      json_text(json_get(metadata, "name")), "received", rate);
    int r = name_cells(table, split, namespaces);
    if (r == 0)
        r = target_cell(table, split);
    if (r == 0)
        r = original_cell(table, split);
    if (r == 0)
        r = phase_cell(table, split);
    if (r == 0)
        r = text_cell(table, count, COLOUR_NONE);
    if (r == 0)
        r = text_cell(table, rate, COLOUR_NONE);
    if (r == 0)
        r = age_cell(table, split, wall_now_ms);
    return r == 0 ? waits_cell(table, split) : r;
}

static int sessions_table(const struct json *sessions, bool namespaces, int64_t wall_now_ms,
                          const struct terminal *terminal, struct buf *ret)
{
    static const char *const headings[] = {"NAMESPACE", "SESSION", "OWNER", "TARGET",
                                           "QUEUES",    "PHASE",   "AGE",   "WAITS FOR"};
    size_t skipped = namespaces ? 0 : 1;
    struct table table;
    int r = 0;
    table_init(&table, headings + skipped, sizeof headings / sizeof headings[0] - skipped);
    for (size_t i = 0; r == 0 && i < json_count(sessions); i++)
        r = session_row(&table, json_at(sessions, i), namespaces, wall_now_ms);
    if (r == 0)
        r = table_render(&table, terminal, terminal_columns(terminal), ret);
    table_deinit(&table);
    return r;
}

static int splits_table(const struct state *state, bool namespaces, int64_t wall_now_ms,
                        const struct terminal *terminal, struct buf *ret)
{
    static const char *const headings[] = {"NAMESPACE", "SPLIT",    "TARGET", "QUEUE",    "PHASE",
                                           "SESSIONS",  "RECEIVED", "AGE",    "WAITS FOR"};
    size_t skipped = namespaces ? 0 : 1;
    struct table table;
    int r = 0;
    table_init(&table, headings + skipped, sizeof headings / sizeof headings[0] - skipped);
    for (size_t i = 0; r == 0 && i < json_count(state->splits); i++)
        r = split_row(&table, state, json_at(state->splits, i), namespaces, wall_now_ms);
    if (r == 0)
        r = table_render(&table, terminal, terminal_columns(terminal), ret);
    table_deinit(&table);
    return r;
}

int status_tables(const struct state *state, bool namespaces, int64_t wall_now_ms, const struct terminal *terminal,
                  struct buf *ret)
{
    int r = 0;
    if (json_count(state->sessions) == 0)
        r = buf_append_str(ret, STR("no sessions\n"));
    else
        r = sessions_table(state->sessions, namespaces, wall_now_ms, terminal, ret);
    if (r == 0)
        r = buf_append_char(ret, '\n');
    if (r == 0 && json_count(state->splits) == 0)
        r = buf_append_str(ret, STR("no splits\n"));
    else if (r == 0)
        r = splits_table(state, namespaces, wall_now_ms, terminal, ret);
    return r == 0 ? inputs_text(state->inputs, terminal, ret) : r;
}
