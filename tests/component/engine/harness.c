/* An engine (harness_ops) under a runtime that is played by a script: one JSON document a line comes in, one report a line goes
 * out.
 *
 * In: first {"spec": ..., "credentials": ...}, then {"table": ...}, {"skip": ms}, by which the engine's clock goes on at
 * once, and {"stop": deadline_ms}. Out: what the engine
 * reports, in the order of reporting, repetitions left out; {"report": "end", "code": n} last. The end of the input stops the engine. */
#include "tests/component/engine/harness.h"
#include "common/base/mono.h"
#include "common/json/json.h"
#include "common/loop/loop.h"
#include "tests/component/engine/harness_table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_BYTES_MAX (4u << 20)

struct worker_runtime {
    pthread_mutex_t mutex;
    char last[64][1024]; /* recent reports, so that repetitions of the same are left out */
    size_t last_next;
};

static atomic_llong skipped_ms;

struct mono __wrap_mono_now(void);
struct mono __real_mono_now(void);
struct mono __wrap_mono_now(void) { return mono_after(__real_mono_now(), atomic_load(&skipped_ms)); }

static struct worker_runtime runtime = {.mutex = PTHREAD_MUTEX_INITIALIZER};

struct worker_watch {
    int unused;
};

static bool seen_before(const char *kind, const char *key, const char *line)
{
    char entry[1024];
    size_t prefix = (size_t)snprintf(entry, sizeof entry, "%s|%s|", kind, key);

    snprintf(entry + prefix, sizeof entry - prefix, "%s", line);
    for (size_t i = 0; i < 64; i++) {
        if (strncmp(runtime.last[i], entry, prefix) != 0)
            continue;
        if (strcmp(runtime.last[i], entry) == 0)
            return true;
        memcpy(runtime.last[i], entry, sizeof entry);
        return false;
    }
    memcpy(runtime.last[runtime.last_next], entry, sizeof entry);
    runtime.last_next = (runtime.last_next + 1) % 64;
    return false;
}

/* Takes the document over. key: what a later report of the same kind replaces; NULL: each is told. */
static void tell(struct json *document, const char *kind, const char *key)
{
    struct buf line = BUF_INIT(1u << 20);

    check(!json_set_text(document, "report", kind));
    check(!json_write(document, JSON_COMPACT, &line));
    pthread_mutex_lock(&runtime.mutex);
    if (!key || !seen_before(kind, key, line.data)) {
        printf("%s\n", line.data);
        fflush(stdout);
    }
    pthread_mutex_unlock(&runtime.mutex);
    buf_deinit(&line);
    json_free(document);
}

static struct json *document_of(const struct reason *why)
{
    struct json *document = json_new_object();

    check(!json_set_text(document, "reason", why ? reason_name(why->code) : ""));
    check(!json_set_text(document, "text", why ? why->text : ""));
    return document;
}

void worker_report_checked(struct worker_runtime *r, const char *cluster, uint32_t partitions,
                           enum worker_delivery delivery)
{
    struct json *document = json_new_object();

    (void)r;
    check(!json_set_text(document, "cluster", cluster));
    check(!json_set_int(document, "partitions", partitions));
    check(!json_set_int(document, "delivery", delivery));
    tell(document, "checked", NULL);
}

void worker_report_positions(struct worker_runtime *r, const struct worker_position *positions, size_t count)
{
    struct json *document = json_new_object();
    struct json *list = json_new_array();

    (void)r;
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_new_array();

        check(!json_append_take(item, json_new_int(positions[i].partition)));
        check(!json_append_take(item, json_new_int(positions[i].start)));
        check(!json_append_take(item, json_new_int(positions[i].end)));
        check(!json_append_take(list, item));
    }
    check(!json_set_take(document, "positions", list));
    tell(document, "positions", NULL);
}

void worker_report_temp(struct worker_runtime *r, const char *name, enum worker_temp_state state, uint64_t remaining,
                        uint64_t moved, const struct reason *why)
{
    static const char *const states[] = {"unknown", "present", "waiting", "empty", "absent", "failed"};
    struct json *document = document_of(why);

    (void)r;
    check(!json_set_text(document, "name", name));
    check(!json_set_text(document, "state", states[state]));
    check(!json_set_int(document, "remaining", (int64_t)remaining));
    check(!json_set_int(document, "moved", (int64_t)moved));
    tell(document, "temp", name);
}

void worker_report_applied(struct worker_runtime *r, uint64_t generation)
{
    struct json *document = json_new_object();

    (void)r;
    check(!json_set_int(document, "generation", (int64_t)generation));
    tell(document, "applied", NULL);
}

void worker_report_forwarding(struct worker_runtime *r, enum worker_forwarding state, const struct reason *why)
{
    static const char *const states[] = {"stopped", "waiting", "running", "suspended"};
    struct json *document = document_of(why);

    (void)r;
    check(!json_set_text(document, "state", states[state]));
    tell(document, "forwarding", "");
}

void worker_report_condition(struct worker_runtime *r, const struct reason *why, const char *session, bool active)
{
    struct json *document = document_of(why);
    char key[160];

    (void)r;
    check(!json_set_text(document, "session", session));
    check(!json_set_bool(document, "active", active));
    snprintf(key, sizeof key, "%s %s", reason_name(why->code), session);
    tell(document, "condition", key);
}

const struct look_gate *worker_look_gate(struct worker_runtime *r)
{
    static const struct look_gate nobody;

    (void)r;
    return &nobody;
}

void worker_look(struct worker_runtime *r, const struct look_subject *subject)
{
    (void)r;
    check(!subject); /* nobody looks */
}

void worker_report_event(struct worker_runtime *r, const struct reason *what, const char *session)
{
    struct json *document = document_of(what);

    (void)r;
    check(!json_set_text(document, "session", session));
    tell(document, "event", NULL);
}

void worker_report_figures(struct worker_runtime *r, const char *session, const struct figures *figures)
{
    struct json *document = json_new_object();

    (void)r;
    check(!json_set_text(document, "session", session));
#define FIGURE(name, kind, json) check(!json_set_int(document, #name, (int64_t)figures->name));
#include "ipc/figure.def"
#undef FIGURE
    tell(document, "figures", session);
}

void worker_report_work(struct worker_runtime *r, const struct work *work)
{
    struct json *document = json_new_object();

    (void)r;
#define MEASURE(name, json) check(!json_set_int(document, #name, (int64_t)work->name));
#include "ipc/measure.def"
#undef MEASURE
    tell(document, "work", NULL);
}

static void end_tell(int code, const struct reason *why)
{
    struct json *document = document_of(why);

    check(!json_set_int(document, "code", code));
    tell(document, "end", NULL);
    _exit(code);
}

void worker_stopped(struct worker_runtime *r, bool clean)
{
    (void)r;
    end_tell(clean ? 0 : 1, NULL);
}

void worker_die(enum worker_exit code, const struct reason *why)
{
    end_tell((int)code, why);
    abort();
}

struct worker_watch *worker_watch_new(struct worker_runtime *r, const char *thread)
{
    static struct worker_watch watch;

    (void)r;
    (void)thread;
    return &watch;
}

void worker_watch_enter(struct worker_watch *watch, const char *what)
{
    (void)watch;
    (void)what;
}

void worker_watch_leave(struct worker_watch *watch) { (void)watch; }

/* Lines as they came, for the loop's thread. */
struct input {
    pthread_mutex_t mutex;
    struct loop *loop;
    struct loop_wake *wake;
    char *lines[256];
    size_t count;
    bool ended;
    void *engine;
};

static struct input input = {.mutex = PTHREAD_MUTEX_INITIALIZER};

struct loop *worker_loop(struct worker_runtime *r)
{
    (void)r;
    return input.loop;
}

static struct json *line_parse(const char *line)
{
    struct json_limits limits = {.bytes_max = LINE_BYTES_MAX, .depth_max = 16, .values_max = 1000000};
    struct json_error error;
    struct json *document = NULL;

    if (json_parse(str_of(line), &limits, &document, &error)) {
        fprintf(stderr, "input: line %u, column %u: %s\n", error.line, error.column, error.text);
        exit(2);
    }
    return document;
}

static char *line_read(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, stdin);

    if (len > 0)
        return line;
    free(line);
    return NULL;
}

/* A thread of its own: standard input may be anything, also what cannot be polled. */
static void *read_lines(void *opaque)
{
    (void)opaque;
    for (;;) {
        char *line = line_read();

        pthread_mutex_lock(&input.mutex);
        check(input.count < sizeof input.lines / sizeof *input.lines);
        if (line)
            input.lines[input.count++] = line;
        input.ended = !line;
        pthread_mutex_unlock(&input.mutex);
        loop_wake_send(input.wake);
        if (!line)
            return NULL;
    }
}

static void table_give(const struct json *document)
{
    struct reason why = {0};
    struct worker_table *table;

    if (harness_table(document, &table, &why)) {
        fprintf(stderr, "table refused: %s\n", why.text);
        exit(2);
    }
    harness_ops->table(input.engine, table);
    worker_table_unref(table);
}

static void command_do(const char *line)
{
    struct json *command = line_parse(line);
    int64_t number = 0;

    if (json_get(command, "table"))
        table_give(json_get(command, "table"));
    else if (json_int(json_get(command, "skip"), &number) == 0)
        atomic_fetch_add(&skipped_ms, number);
    else if (json_int(json_get(command, "stop"), &number) == 0)
        harness_ops->stop(input.engine, (uint32_t)number);
    json_free(command);
}

static void on_lines(void *context)
{
    char *lines[256];
    size_t count;
    bool ended;

    (void)context;
    pthread_mutex_lock(&input.mutex);
    count = input.count;
    memcpy(lines, input.lines, sizeof lines);
    input.count = 0;
    ended = input.ended;
    pthread_mutex_unlock(&input.mutex);
    for (size_t i = 0; i < count; i++) {
        command_do(lines[i]);
        free(lines[i]);
    }
    if (ended)
        harness_ops->stop(input.engine, WORKER_STOP_DEADLINE_MS);
}

int main(void)
{
    char *line = line_read();
    struct json *document = line ? line_parse(line) : NULL;
    struct worker_spec spec = {.spec = json_get(document, "spec"), .credentials = json_get(document, "credentials")};
    pthread_t thread;

    check(!loop_new(&input.loop));
    check(!loop_wake_new(input.loop, on_lines, NULL, &input.wake));
    if (harness_ops->start(&runtime, &spec, &input.engine))
        end_tell(WORKER_EXIT_CONTRACT, NULL);
    check(!pthread_create(&thread, NULL, read_lines, NULL));
    return loop_run(input.loop) ? 1 : 0; /* worker_stopped ends the process */
}
