/* The log of one process: where it goes, what is let through, and the writing. Owns the levels and the context
 * fields; the descriptor is borrowed. Never reports a failure to the caller: a lost line is counted, and the next
 * line says so. */
#include "common/base/log.h"
#include "common/base/journal.h"
#include "common/base/log_levels.h"
#include "common/base/log_line.h"
#include "common/base/mono.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { LOG_CONTEXT_MAX = 8, LOG_CONTEXT_VALUE_SIZE = 256 };

struct log_context {
    const char *name; /* a literal */
    char value[LOG_CONTEXT_VALUE_SIZE];
};

/* One place that lines go to. */
struct log_sink {
    int fd;              /* -1: none */
    const char *journal; /* it is the journal, and this our name there; NULL: a file or the like */
    int64_t lost;        /* lines that could not be written since the last one that was */
    bool is_open;        /* the last write ended inside a line */
};

/* Everything that a line is made of, under one lock: a line is one write, and no line stands inside another. */
static struct {
    pthread_mutex_t lock;
    struct log_sink sinks[2]; /* the log, and its copy */
    enum log_format format;
    struct log_context context[LOG_CONTEXT_MAX];
    size_t context_count;
    struct log_line line;
} log_state = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .sinks = {{.fd = STDERR_FILENO}, {.fd = -1}}, .format = LOG_FORMAT_TEXT};

static struct {
    pthread_rwlock_t lock;
    struct log_levels levels;
} log_filter = {.lock = PTHREAD_RWLOCK_INITIALIZER, .levels = {.fallback = LOG_LEVEL_INFO}};

/* Copy of log_levels_max: lets the many lines that nobody wants pass without a lock. */
static atomic_int log_level_max = LOG_LEVEL_INFO;

bool log_enabled(enum log_level level, const char *component)
{
    if ((int)level > atomic_load_explicit(&log_level_max, memory_order_relaxed))
        return false;
    pthread_rwlock_rdlock(&log_filter.lock);
    int allowed = log_levels_of(&log_filter.levels, component);
    pthread_rwlock_unlock(&log_filter.lock);
    return (int)level <= allowed;
}

int log_set_levels(struct str text)
{
    struct log_levels levels;
    int r = log_levels_parse(text, &levels);

    if (r < 0)
        return r;
    pthread_rwlock_wrlock(&log_filter.lock);
    log_filter.levels = levels;
    atomic_store_explicit(&log_level_max, log_levels_max(&levels), memory_order_relaxed);
    pthread_rwlock_unlock(&log_filter.lock);
    return 0;
}

void log_open(int fd, enum log_format format)
{
    pthread_mutex_lock(&log_state.lock);
    log_state.sinks[0] = (struct log_sink){.fd = fd};
    log_state.format = format;
    pthread_mutex_unlock(&log_state.lock);
}

void log_open_journal(int fd, const char *identifier)
{
    pthread_mutex_lock(&log_state.lock);
    log_state.sinks[0] = (struct log_sink){.fd = fd, .journal = identifier};
    log_state.format = LOG_FORMAT_TEXT;
    pthread_mutex_unlock(&log_state.lock);
}

void log_copy_to(int fd)
{
    pthread_mutex_lock(&log_state.lock);
    log_state.sinks[1] = (struct log_sink){.fd = fd};
    pthread_mutex_unlock(&log_state.lock);
}

static struct log_context *context_slot(const char *name)
{
    for (size_t i = 0; i < log_state.context_count; i++)
        if (strcmp(log_state.context[i].name, name) == 0)
            return &log_state.context[i];
    return log_state.context_count < LOG_CONTEXT_MAX ? &log_state.context[log_state.context_count] : NULL;
}

int log_set_context(const char *name, struct str value)
{
    char copy[LOG_CONTEXT_VALUE_SIZE];
    int r = str_copy(copy, sizeof copy, value);

    if (r < 0)
        return r;
    pthread_mutex_lock(&log_state.lock);
    struct log_context *slot = context_slot(name);
    if (slot) {
        log_state.context_count += slot == &log_state.context[log_state.context_count];
        slot->name = name;
        memcpy(slot->value, copy, sizeof copy);
    }
    pthread_mutex_unlock(&log_state.lock);
    return slot ? 0 : -ENOBUFS;
}

/* One write. A line that went out in part is lost too, and its rest of a line is ended before the next. */
static void sink_flush(struct log_sink *sink)
{
    const struct log_line *line = &log_state.line;
    ssize_t n;

    if (sink->is_open && write(sink->fd, "\n", 1) == 1)
        sink->is_open = false;
    do
        n = write(sink->fd, line->data, line->len);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)line->len) {
        sink->lost = 0;
        return;
    }
    sink->lost++;
    if (n > 0)
        sink->is_open = true;
}

struct log_record {
    int64_t now_ms;
    enum log_level level;
    const char *component, *sentence;
    const struct log_field *fields;
    size_t count;
};

static void sink_send(struct log_sink *sink)
{
    CLEANUP(buf_deinit) struct buf entry = BUF_INIT(JOURNAL_BYTES_MAX);
    int r = journal_entry((struct str){log_state.line.data, log_state.line.len - 1}, sink->journal, "", &entry);
    if (r == 0)
        r = journal_send(sink->fd, buf_str(&entry));
    sink->lost = r == 0 ? 0 : sink->lost + 1;
}

/* The line is made for each sink, for what one has lost the other may have. */
static void sink_write(struct log_sink *sink, const struct log_record *record)
{
    struct log_line *line = &log_state.line;
    log_line_begin(line, log_state.format, record->now_ms, record->level, record->component, record->sentence);
    for (size_t i = 0; i < log_state.context_count; i++)
        log_line_str(line, log_state.context[i].name, str_of(log_state.context[i].value));
    if (sink->lost > 0)
        log_line_int(line, "lines_lost", sink->lost);
    for (size_t i = 0; i < record->count; i++)
        log_line_field(line, &record->fields[i]);
    log_line_end(line);
    if (sink->journal)
        sink_send(sink);
    else
        sink_flush(sink);
}

void log_write(enum log_level level, const char *component, const char *sentence, const struct log_field *fields,
               size_t count)
{
    const struct log_record record = {wall_now_ms(), level, component, sentence, fields, count};
    int before = errno; /* a line between a failed call and the look at its errno changes nothing */

    pthread_mutex_lock(&log_state.lock);
    for (size_t i = 0; i < sizeof log_state.sinks / sizeof *log_state.sinks; i++)
        if (log_state.sinks[i].fd >= 0)
            sink_write(&log_state.sinks[i], &record);
    pthread_mutex_unlock(&log_state.lock);
    errno = before;
}
