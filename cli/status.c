/* sluice status: what there is now, once or again each second. */
#include "cli/status_detail.h"
#include "common/base/mono.h"

enum { STATUS_BYTES_MAX = 64 << 20, WATCH_MS = 1000, CRASH_TOLD_MS = 60 * 60 * 1000 };

/* {"sessions": [...], "splits": [...], "inputs": [...] or null, "figures": {...} or null}, or the one document. */
static int json_text_of(const struct state *state, const struct json *one, enum json_style style, struct buf *ret)
{
    CLEANUP(json_freep) struct json *all = NULL;
    struct json *sessions = NULL, *splits = NULL, *inputs = NULL, *figures = NULL;
    if (one)
        return json_write(one, style, ret);
    int r = (all = json_new_object()) ? json_dup(state->sessions, &sessions) : -ENOMEM;
    if (r == 0)
        r = json_set_take(all, "sessions", sessions);
    if (r == 0)
        r = json_dup(state->splits, &splits);
    if (r == 0)
        r = json_set_take(all, "splits", splits);
    if (r == 0)
        r = state->inputs ? json_dup(state->inputs, &inputs) : 0;
    if (r == 0)
        r = json_set_take(all, "inputs", inputs ? inputs : json_new_null());
    if (r == 0)
        r = state->figures ? json_dup(state->figures, &figures) : 0;
    if (r == 0)
        r = json_set_take(all, "figures", figures ? figures : json_new_null());
    return r == 0 ? json_write(all, style, ret) : r;
}

/* Said for as long as it may explain what is seen. */
static int tell_crash(const struct json *figures, int64_t now_ms, struct buf *ret)
{
    const struct json *run = json_get(figures, "supervisor");
    const char *started = json_text(json_get(run, "startedAt"));
    int64_t started_ms = 0;
    if (strcmp(json_text(json_get(run, "previousEnd")), "Crashed") != 0 || wall_parse(started, &started_ms) != 0 ||
        now_ms - started_ms > CRASH_TOLD_MS)
        return 0;
    return buf_printf(ret, "\nThe supervisor before this one did not stop in order; this one runs since %.31s.\n",
                      started);
}

static int tell_state_error(const struct json *figures, struct buf *ret)
{
    const char *error = json_text(json_path(figures, "supervisor", "stateError", NULL));
    if (!error[0])
        return 0;
    return buf_printf(
        ret,
        "\nThe supervisor cannot write its state: %.100s (%s). What is split goes on; nothing begins or "
        "ends.\n  next: %s\n",
        error, reason_name(REASON_STATE_UNWRITABLE), reason_next_step(REASON_STATE_UNWRITABLE));
}

static int render(const struct options *options, const struct state *state, const struct json *one,
                  const struct terminal *terminal, struct buf *ret)
{
    int64_t now_ms = wall_now_ms();
    if (options->output_json) {
        int r = json_text_of(state, one, options->watch ? JSON_COMPACT : JSON_PRETTY, ret);
        return r == 0 ? buf_append_char(ret, '\n') : r;
    }
    if (one)
        return status_detail(state, one, now_ms, terminal, ret);
    int r = status_tables(state, options->all_namespaces, now_ms, terminal, ret);
    if (r == 0)
        r = tell_state_error(state->figures, ret);
    return r == 0 ? tell_crash(state->figures, now_ms, ret) : r;
}

/* Prints what *state holds. */
static int show(const struct options *options, const struct state *state)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    const char *name = options->argument_count ? options->arguments[0] : NULL;
    const struct json *one = name ? state_find(state->sessions, name) : NULL;
    struct terminal terminal = terminal_of(stdout);
    if (name && !one)
        one = state_find(state->splits, name);
    if (name && !one)
        one = state_find(state->inputs, name);
    if (name && !one) {
        say("no session, split or resource is named '%s'", name);
        return EXIT_CODE_NOT_FOUND;
    }
    int r = render(options, state, one, &terminal, &text);
    if (r < 0)
        return say_error(r);
    if (options->watch && terminal.live && !options->output_json)
        fputs("\033[H\033[J", stdout);
    fwrite(text.data, 1, text.len, stdout);
    if (options->watch && !terminal.live && !options->output_json)
        putchar('\n');
    return fflush(stdout) == 0 ? EXIT_CODE_OK : EXIT_CODE_INTERNAL;
}

/* Away, or with troubles of its own. */
static bool may_come_back(int exit_code)
{
    return exit_code == EXIT_CODE_UNREACHABLE || exit_code == EXIT_CODE_ANSWER;
}

/* Until Ctrl-C, or until nobody reads. A supervisor or API server that fails is waited for, once it was there. */
static int watch(const struct connection *connection, const struct options *options, struct state *state)
{
    struct reason why;
    int r = show(options, state);
    while (r == EXIT_CODE_OK) {
        connection_pause(connection, WATCH_MS);
        r = state_read(connection, connection_namespace(connection, options), state, &why);
        if (r == EXIT_CODE_OK)
            r = show(options, state);
        else
            say_reason(&why);
        r = may_come_back(r) ? EXIT_CODE_OK : r;
    }
    return r;
}

int status_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    CLEANUP(state_deinit) struct state state = {.sessions = NULL};
    struct reason why;
    if (options->argument_count > 1) {
        say("status takes one NAME");
        return EXIT_CODE_USAGE;
    }
    int r = connection_open(options, &connection);
    if (r != EXIT_CODE_OK)
        return r;
    r = state_read(&connection, connection_namespace(&connection, options), &state, &why);
    if (r != EXIT_CODE_OK) {
        say_reason(&why);
        return r;
    }
    if (options->watch)
        return watch(&connection, options, &state);
    return show(options, &state);
}
