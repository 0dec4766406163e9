/* One line of the log while it is written: escaping, and a limit that keeps the line well-formed. Embedded; no
 * memory. */
#pragma once

#include "common/base/log.h"

enum {
    LOG_LINE_BYTES_MAX = 16384, /* with the newline */
    LOG_LINE_TAIL_BYTES = 64,   /* kept free for what ends a line: closing quote, the mark of a cut, brace, newline */
};

struct log_line {
    enum log_format format;
    size_t len;
    bool cut; /* something did not fit */
    char data[LOG_LINE_BYTES_MAX];
};

/* Begins a line in memory that need not be initialised. */
void log_line_begin(struct log_line *line, enum log_format format, int64_t wall_ms, enum log_level level,
                    const char *component, const char *sentence);
void log_line_str(struct log_line *line, const char *name, struct str value);
void log_line_int(struct log_line *line, const char *name, int64_t value);
void log_line_field(struct log_line *line, const struct log_field *field);
void log_line_end(struct log_line *line);
