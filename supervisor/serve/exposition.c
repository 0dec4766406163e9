/* See the header. */
#include "supervisor/serve/exposition.h"

#include <stdio.h>

static void put(struct exposition *page, struct str text)
{
    if (page->result == 0)
        page->result = buf_append_str(page->buf, text);
}

static void put_text(struct exposition *page, const char *text) { put(page, str_of(text)); }

/* quote: a double quote is escaped too. What is not UTF-8 would make the whole page unreadable. */
static void put_plain(struct exposition *page, char c)
{
    bool shown = (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f;

    if (!shown)
        c = '?';
    page->result = buf_append_char(page->buf, c);
}

static void put_escaped(struct exposition *page, const char *text, bool quote)
{
    for (const char *at = text; *at && page->result == 0; at++) {
        if (*at == '\n')
            put(page, STR("\\n"));
        else if (*at == '\\')
            put(page, STR("\\\\"));
        else if (*at == '"' && quote)
            put(page, STR("\\\""));
        else
            put_plain(page, *at);
    }
}

/* Whole numbers as such; 15 digits are what every double keeps. */
static void put_number(struct exposition *page, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    put_text(page, text);
}

enum exposition_format exposition_choose(const char *accept)
{
    return accept && strstr(accept, "application/openmetrics-text") ? EXPOSITION_OPENMETRICS : EXPOSITION_CLASSIC;
}

const char *exposition_content_type(enum exposition_format format)
{
    switch (format) {
    case EXPOSITION_CLASSIC:
        return "text/plain; version=0.0.4; charset=utf-8";
    case EXPOSITION_OPENMETRICS:
        return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    }
    return NULL;
}

static const char *type_word(enum metric_type type)
{
    switch (type) {
    case METRIC_TYPE_COUNTER:
        return "counter";
    case METRIC_TYPE_GAUGE:
        return "gauge";
    case METRIC_TYPE_HISTOGRAM:
        return "histogram";
    }
    return "";
}

/* OpenMetrics names the family of a counter without its "_total", the classic form with it. */
static const char *family_suffix(const struct exposition *page, const struct metric_row *row)
{
    return row->type == METRIC_TYPE_COUNTER && page->format == EXPOSITION_CLASSIC ? "_total" : "";
}

static void put_meta(struct exposition *page, const struct metric_row *row, const char *word)
{
    put_text(page, "# ");
    put_text(page, word);
    put_text(page, " ");
    put_text(page, row->name);
    put_text(page, family_suffix(page, row));
    put_text(page, " ");
}

void exposition_family(struct exposition *page, enum metric metric)
{
    const struct metric_row *row = &metric_rows[metric];
    put_meta(page, row, "HELP");
    put_escaped(page, row->help, page->format == EXPOSITION_OPENMETRICS);
    put_text(page, "\n");
    put_meta(page, row, "TYPE");
    put_text(page, type_word(row->type));
    put_text(page, "\n");
    if (page->format == EXPOSITION_CLASSIC || !row->unit[0])
        return;
    put_meta(page, row, "UNIT");
    put_text(page, row->unit);
    put_text(page, "\n");
}

static void put_label(struct exposition *page, struct str name, const char *value, bool first)
{
    put_text(page, first ? "{" : ",");
    put(page, name);
    put_text(page, "=\"");
    put_escaped(page, value, true);
    put_text(page, "\"");
}

/* le: bound of a bucket, or NULL. */
static void put_labels(struct exposition *page, const struct metric_row *row, const char *const *values,
                       const char *le)
{
    const char *at = row->labels;
    bool first = true;
    for (size_t i = 0; *at; i++) {
        size_t len = strcspn(at, " ");
        put_label(page, (struct str){at, len}, values[i], first);
        first = false;
        at += len + (at[len] == ' ');
    }
    if (le)
        put_label(page, STR("le"), le, first);
    if (!first || le)
        put_text(page, "}");
}

static void put_sample(struct exposition *page, const struct metric_row *row, const char *suffix,
                       const char *const *values, const char *le, double value)
{
    put_text(page, row->name);
    put_text(page, suffix);
    put_labels(page, row, values, le);
    put_text(page, " ");
    put_number(page, value);
    put_text(page, "\n");
}

void exposition_sample(struct exposition *page, enum metric metric, const char *const *values, double value)
{
    const struct metric_row *row = &metric_rows[metric];
    put_sample(page, row, row->type == METRIC_TYPE_COUNTER ? "_total" : "", values, NULL, value);
}

/* Both forms take a bound with a fraction, and it stays one series when the form changes. */
static void bound_text(uint32_t bound_ms, char text[40])
{
    snprintf(text, 40, bound_ms % 1000 ? "%.15g" : "%.1f", bound_ms / 1000.0);
}

void exposition_histogram(struct exposition *page, enum metric metric, const char *const *values,
                          const struct exposition_histogram *histogram)
{
    const struct metric_row *row = &metric_rows[metric];
    uint64_t sum = 0;
    char le[40];
    for (size_t i = 0; i < histogram->bounds; i++) {
        sum += histogram->counts[i];
        bound_text(histogram->bounds_ms[i], le);
        put_sample(page, row, "_bucket", values, le, (double)sum);
    }
    sum += histogram->counts[histogram->bounds];
    put_sample(page, row, "_bucket", values, "+Inf", (double)sum);
    put_sample(page, row, "_sum", values, NULL, histogram->sum);
    put_sample(page, row, "_count", values, NULL, (double)sum);
}

void exposition_end(struct exposition *page)
{
    if (page->format == EXPOSITION_OPENMETRICS)
        put_text(page, "# EOF\n");
}
