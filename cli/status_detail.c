/* See status_detail.h. Variables are named, their values not shown: they may hold secrets beside the queue's name. */
#include "cli/status_detail.h"
#include "cli/age.h"
#include "cli/condition.h"
#include "cli/inputs.h"
#include "cli/progress.h"

#include <inttypes.h>
#include <stdarg.h>

enum { LINE_BYTES_MAX = 65536 };

/* One line, cleaned. */
__attribute__((format(printf, 2, 3))) static int line(struct buf *ret, const char *format, ...)
{
    CLEANUP(buf_deinit) struct buf raw = BUF_INIT(LINE_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int r = buf_vprintf(&raw, format, arguments);
    va_end(arguments);
    if (r == 0)
        r = text_clean(buf_str(&raw), ret);
    return r == 0 ? buf_append_char(ret, '\n') : r;
}

static const char *member(const struct json *object, const char *key) { return json_text(json_get(object, key)); }

/* A condition that is neither good nor bad (Draining, an accepted resource of which something has no effect) is not green. */
static int condition_text(const struct json *condition, const struct terminal *terminal, struct buf *ret)
{
    const char *type = member(condition, "type"), *status = member(condition, "status");
    const char *reason = member(condition, "reason"), *message = member(condition, "message");
    const char *next = condition_next_step(condition);
    bool good = strcmp(status, "True") == 0 && !condition_is_bad(condition) &&
                (strcmp(type, "Accepted") != 0 || strcmp(reason, reason_name(REASON_ACCEPTED)) == 0);
    if (strcmp(reason, type) == 0)
        reason = ""; /* said already */
    int r = buf_append_str(ret, str_of(colour_begin(terminal, good ? COLOUR_GOOD : COLOUR_WARN)));
    if (r == 0)
        r = line(ret, "  %s %s%s%s%s%s", type, status, reason[0] ? " " : "", reason, message[0] ? ": " : "", message);
    if (r == 0)
        r = buf_append_str(ret, str_of(colour_end(terminal, good ? COLOUR_GOOD : COLOUR_WARN)));
    return r == 0 && next[0] && !good ? line(ret, "    next: %s", next) : r;
}

int conditions_text(const struct json *document, const struct terminal *terminal, struct buf *ret)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    int r = json_count(conditions) ? line(ret, "conditions:") : 0;
    for (size_t i = 0; r == 0 && i < json_count(conditions); i++)
        r = condition_text(json_at(conditions, i), terminal, ret);
    return r;
}

static int waits_text(const struct json *status, struct buf *ret)
{
    int64_t remaining = 0;
    int r = member(status, "waitsFor")[0] ? line(ret, "waits for: %s", member(status, "waitsFor")) : 0;
    if (r == 0 && json_int(json_get(status, "remaining"), &remaining) == 0)
        r = line(ret, "left in the fallback: %" PRId64 " messages", remaining);
    return r;
}

static int head_text(const struct json *document, int64_t wall_now_ms, struct buf *ret)
{
    const struct json *metadata = json_get(document, "metadata"), *status = json_get(document, "status");
    const struct json *target = json_path(document, "spec", "target", NULL);
    char age[AGE_TEXT_SIZE];
    age_text(member(metadata, "creationTimestamp"), wall_now_ms, age);
    int r = line(ret, "%s %s/%s", member(document, "kind"), member(metadata, "namespace"), member(metadata, "name"));
    if (r == 0)
        r = line(ret, "target: %s/%s", member(target, "kind"), member(target, "name"));
    if (r == 0)
        r = line(ret, "phase: %s%s%s, age %s", member(status, "phase")[0] ? member(status, "phase") : "Pending",
                 member(status, "endReason")[0] ? ", " : "", member(status, "endReason"), age);
    return r == 0 ? waits_text(status, ret) : r;
}

static int session_queue_text(const struct json *queue, struct buf *ret)
{
    CLEANUP(buf_deinit) struct buf filters = BUF_INIT(LINE_BYTES_MAX);
    const char *mode = member(queue, "mode");
    int r = filters_text(queue, &filters);
    return r == 0 ? line(ret, "  %s (%s, %s): %s", member(queue, "id"), member(queue, "type"),
                         mode[0] ? mode : "steal", filters.data)
                  : r;
}

/* A queue that is not split has its reason beside it. */
static int given_text(const struct json *queue, struct buf *ret)
{
    const char *reason = member(queue, "reason");
    return reason[0] ? line(ret, "  %s: not split (%s: %s); its variables lead to a queue that nobody makes",
                            member(queue, "id"), reason, member(queue, "message"))
                     : line(ret, "  %s: %s -> %s", member(queue, "id"), member(queue, "original"),
                            member(queue, "temporary"));
}

/* Messages that its filters may have missed (C-7). */
static int session_errors_text(const struct state *state, const struct json *session, struct buf *ret)
{
    const char *uid = json_text(json_path(session, "metadata", "uid", NULL));
    int64_t errors = figures_of_session(state->figures, uid, "filterErrors");
    return errors > 0
               ? line(ret, "filterErrors: %lld, filters that could not be applied to a message", (long long)errors)
               : 0;
}

static int session_text(const struct state *state, const struct json *session, struct buf *ret)
{
    const struct json *spec = json_get(session, "spec"), *status = json_get(session, "status");
    const struct json *owner = json_get(spec, "owner"), *asked = json_get(spec, "queues");
    const struct json *given = json_get(status, "queues"), *env = json_get(status, "env");
    int r = line(ret, "owner: %s@%s", member(owner, "username"), member(owner, "hostname"));
    if (r == 0)
        r = line(ret, "filters:");
    for (size_t i = 0; r == 0 && i < json_count(asked); i++)
        r = session_queue_text(json_at(asked, i), ret);
    if (r == 0)
        r = session_errors_text(state, session, ret);
    if (r == 0 && json_count(given))
        r = line(ret, "queues:");
    for (size_t i = 0; r == 0 && i < json_count(given); i++)
        r = given_text(json_at(given, i), ret);
    if (r == 0 && json_count(env))
        r = line(ret, "variables of the local process:");
    for (size_t i = 0; r == 0 && i < json_count(env); i++)
        r = line(ret, "  %s", member(json_at(env, i), "name"));
    return r;
}

static int temporaries_text(const struct json *split, struct buf *ret)
{
    const struct json *list = json_path(split, "spec", "temporaries", NULL);
    int r = json_count(list) ? line(ret, "temporary queues:") : 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        r = line(ret, "  %s (%s%s%s)", member(json_at(list, i), "name"), member(json_at(list, i), "role"),
                 member(json_at(list, i), "session")[0] ? " " : "", member(json_at(list, i), "session"));
    return r;
}

static int split_sessions_text(const struct json *split, struct buf *ret)
{
    const struct json *list = json_path(split, "status", "sessions", NULL);
    int r = json_count(list) ? line(ret, "sessions, in route order:") : 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        r = line(ret, "  %s %s%s%s", member(json_at(list, i), "name"), member(json_at(list, i), "owner"),
                 member(json_at(list, i), "endReason")[0] ? ", ended: " : "", member(json_at(list, i), "endReason"));
    return r;
}

/* ", generation 7": as far as it is told. */
static int number_text(const struct json *worker, const char *key, struct buf *ret)
{
    int64_t number = 0;
    return json_int(json_get(worker, key), &number) == 0 ? buf_printf(ret, ", %s %lld", key, (long long)number) : 0;
}

static int worker_text(const struct json *worker, struct buf *ret)
{
    CLEANUP(buf_deinit) struct buf numbers = BUF_INIT(LINE_BYTES_MAX);
    const char *end = member(worker, "lastEnd");
    int64_t incarnation = 0;
    int r = number_text(worker, "pid", &numbers);
    if (r == 0)
        r = number_text(worker, "generation", &numbers);
    if (r == 0 && json_int(json_get(worker, "incarnation"), &incarnation) < 0)
        incarnation = 0; /* an answer of something else than our supervisor */
    return r == 0 ? line(ret, "  incarnation %lld, %s%s%s%s", (long long)incarnation, member(worker, "state"),
                         numbers.len ? numbers.data : "", end[0] ? "; it ended before: " : "", end)
                  : r;
}

static int workers_text(const struct json *split, struct buf *ret)
{
    const struct json *list = json_path(split, "status", "workers", NULL);
    int r = json_count(list) ? line(ret, "workers:") : 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        r = worker_text(json_at(list, i), ret);
    return r;
}

/* How a worker ended that nobody had stopped, and the end of its log. */
static int last_words_text(const struct json *split, struct buf *ret)
{
    const struct json *words = json_path(split, "status", "lastWords", NULL), *log = json_get(words, "log");
    int64_t incarnation = 0;
    if (!words)
        return 0;
    if (json_int(json_get(words, "incarnation"), &incarnation) < 0)
        incarnation = 0; /* an answer of something else than our supervisor */
    int r = line(ret, "last words of incarnation %lld, %s: %s", (long long)incarnation, member(words, "at"),
                 member(words, "message"));
    for (size_t i = 0; r == 0 && i < json_count(log); i++)
        r = line(ret, "  | %s", json_text(json_at(log, i)));
    return r;
}

static int figures_text(const struct state *state, const struct json *split, struct buf *ret)
{
    static const struct {
        const char *name, *meaning;
    } counters[] = {{"received", "taken from the queue"},
                    {"delivered", "of those to a session that steals; the others went to the application"},
                    {"mirrored", "copies for sessions that mirror"},
                    {"returned", "left unread by a session or the application, and handed on"},
                    {"filterErrors", "filters that could not be applied to a message"},
                    {"inFlight", "being written now"}};
    const char *namespace = json_text(json_path(split, "metadata", "namespace", NULL));
    const char *name = json_text(json_path(split, "metadata", "name", NULL));
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof counters / sizeof counters[0]; i++) {
        int64_t count;
        char rate[RATE_TEXT_SIZE];
        if (!figures_of(state->figures, namespace, name, counters[i].name, &count))
            continue;
        figures_rate_text(state->figures, namespace, name, counters[i].name, rate);
        r = line(ret, "  %s: %lld%s%s, %s", counters[i].name, (long long)count, rate[0] == '-' ? "" : ", ",
                 rate[0] == '-' ? "" : rate, counters[i].meaning);
    }
    return r;
}

static int split_text(const struct state *state, const struct json *split, struct buf *ret)
{
    const struct json *queue = json_path(split, "spec", "queue", NULL);
    const char *group = member(queue, "group");
    int r = line(ret, "queue: %s %s%s%s, delivery %s", member(queue, "type"), member(queue, "name"),
                 group[0] ? ", group " : "", group, json_text(json_path(split, "status", "delivery", NULL)));
    if (r == 0)
        r = figures_text(state, split, ret);
    if (r == 0)
        r = temporaries_text(split, ret);
    if (r == 0)
        r = split_sessions_text(split, ret);
    if (r == 0)
        r = workers_text(split, ret);
    return r == 0 ? last_words_text(split, ret) : r;
}

int status_detail(const struct state *state, const struct json *document, int64_t wall_now_ms,
                  const struct terminal *terminal, struct buf *ret)
{
    const struct json *metadata = json_get(document, "metadata");
    bool split = strcmp(member(document, "kind"), kind_row(KIND_QUEUE_SPLIT)->name) == 0;
    if (input_is_kind(member(document, "kind"))) {
        int told =
            line(ret, "%s %s/%s", member(document, "kind"), member(metadata, "namespace"), member(metadata, "name"));
        return told == 0 ? conditions_text(document, terminal, ret) : told;
    }
    int r = head_text(document, wall_now_ms, ret);
    if (r == 0)
        r = split ? split_text(state, document, ret) : session_text(state, document, ret);
    return r == 0 ? conditions_text(document, terminal, ret) : r;
}
