/* Logging with fields: one line a record, JSON or readable.
 *
 * The sentence is a literal without data in it; data stands in fields. Message contents and secrets never come here.
 * common/ and ipc/ log at debug and trace only; a surprise is logged once, where it becomes a state. Writing to the
 * log cannot fail in a way that the caller sees: what could not be written is counted and reported with the next
 * line. */
#pragma once

#include "common/base/reason.h"
#include "common/base/str.h"
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

enum log_field_kind { LOG_FIELD_NONE, LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_ERRNO, LOG_FIELD_REASON };
struct log_field {
    const char *name;
    enum log_field_kind kind;
    struct str text;
    int64_t number;
    const struct reason *reason;
};

#define LF_STR(field, value) ((struct log_field){.name = (field), .kind = LOG_FIELD_STR, .text = str_of(value)})
#define LF_STRN(field, value) ((struct log_field){.name = (field), .kind = LOG_FIELD_STR, .text = (value)})
#define LF_INT(field, value) ((struct log_field){.name = (field), .kind = LOG_FIELD_INT, .number = (int64_t)(value)})
#define LF_ERR(result) ((struct log_field){.name = "error", .kind = LOG_FIELD_ERRNO, .number = (result)})
#define LF_REASON(why) ((struct log_field){.name = "reason", .kind = LOG_FIELD_REASON, .reason = (why)})

/* component: "supervisor.split", "worker.kafka", ...; level filters name it or a dotted prefix of it. */
#define log_error(component, sentence, ...) LOG_WRITE(LOG_LEVEL_ERROR, component, sentence, ##__VA_ARGS__)
#define log_warn(component, sentence, ...) LOG_WRITE(LOG_LEVEL_WARN, component, sentence, ##__VA_ARGS__)
#define log_info(component, sentence, ...) LOG_WRITE(LOG_LEVEL_INFO, component, sentence, ##__VA_ARGS__)
#define log_debug(component, sentence, ...) LOG_WRITE(LOG_LEVEL_DEBUG, component, sentence, ##__VA_ARGS__)
#define log_trace(component, sentence, ...) LOG_WRITE(LOG_LEVEL_TRACE, component, sentence, ##__VA_ARGS__)

#define LOG_WRITE(level, component, sentence, ...)                                                                \
    do {                                                                                                          \
        if (log_enabled(level, component)) {                                                                      \
            const struct log_field log_fields[] = {{.kind = LOG_FIELD_NONE}, ##__VA_ARGS__};                      \
            log_write(level, component, "" sentence, log_fields + 1, sizeof log_fields / sizeof *log_fields - 1); \
        }                                                                                                         \
    } while (0)

bool log_enabled(enum log_level level, const char *component);
void log_write(enum log_level level, const char *component, const char *sentence, const struct log_field *fields,
               size_t count);

/* Set once at the start of a process, before its threads. fd is borrowed. */
void log_open(int fd, enum log_format format);
/* To the journal of systemd (journal.h), readable and with fields, under that name. fd is borrowed, identifier a literal. */
void log_open_journal(int fd, const char *identifier);
/* A second place for every line; -1: none. fd is borrowed, and does not block: a line for which there is no room is left out there,
 * and counted. */
void log_copy_to(int fd);
/* "worker.kafka=trace,info": per component or prefix, the bare level is the default. Unknown names and the forms that
 * RUST_LOG users have are accepted: a crate means its component. -EINVAL leaves the levels as they were. */
MUST_USE int log_set_levels(struct str levels);
/* Fields that stand in every line of this process (a worker's split and incarnation). name is a literal, value
 * copied. */
MUST_USE int log_set_context(const char *name, struct str value);
