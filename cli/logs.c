/* sluice logs: the log of one split's worker, as the supervisor streams it. */
#include "cli/state.h"
#include "cli/terminal.h"
#include "common/http/client.h"

#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1 << 20 };
#define LOG_MS (INT64_C(1) << 40) /* whoever wants a log may wait for it */

struct log_stream {
    struct loop *loop;
    const char *split;
    bool json;
    struct buf line; /* with -o json: the part of a line that came */
    int exit_code;
    struct reason why;
};

/* {"split": ..., "line": ...} */
static int write_json(const struct log_stream *stream, struct str line)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(8 * LINE_BYTES_MAX);
    int r = object ? json_set_text(object, "split", stream->split) : -ENOMEM;
    if (r == 0)
        r = json_set_take(object, "line", json_new_str(line));
    if (r == 0)
        r = json_write(object, JSON_COMPACT, &text);
    if (r == 0)
        printf("%s\n", text.data);
    return r;
}

/* On a terminal what a worker wrote is cleaned, line by line; elsewhere it comes as it is. */
static int write_line(const struct log_stream *stream, struct str line)
{
    CLEANUP(buf_deinit) struct buf clean = BUF_INIT(4 * LINE_BYTES_MAX);
    if (stream->json)
        return write_json(stream, line);
    if (!isatty(STDOUT_FILENO)) {
        printf("%.*s\n", STR_ARG(line));
        return 0;
    }
    int r = text_clean(line, &clean);
    if (r == 0)
        printf("%s\n", clean.data);
    return r;
}

static void stream_failed(struct log_stream *stream, int r)
{
    stream->exit_code = reason_set(&stream->why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    loop_stop(stream->loop);
}

static void stream_data(void *context, struct str data)
{
    struct log_stream *stream = context;
    int r = buf_append_str(&stream->line, data);
    ptrdiff_t end;
    while (r == 0 && (end = str_find(buf_str(&stream->line), STR("\n"))) >= 0) {
        r = write_line(stream, (struct str){stream->line.data, (size_t)end});
        buf_consume(&stream->line, (size_t)end + 1);
    }
    if (r < 0 || fflush(stdout) != 0)
        stream_failed(stream, r < 0 ? r : -errno);
}

static void stream_done(void *context, const struct kube_answer *answer)
{
    struct log_stream *stream = context;
    if (stream->line.len > 0 && write_line(stream, buf_str(&stream->line)) < 0)
        stream->exit_code = EXIT_CODE_INTERNAL;
    if (answer->error)
        stream->exit_code =
            reason_set(&stream->why, answer->why.code, EXIT_CODE_UNREACHABLE, "the log is cut: %s", answer->why.text);
    else if (answer->status == 404)
        stream->exit_code =
            reason_set(&stream->why, REASON_NONE, EXIT_CODE_NOT_FOUND, "no log of split '%s'", stream->split);
    else if (!kube_answer_ok(answer))
        stream->exit_code = reason_set(&stream->why, answer->why.code, (int)ask_exit_code(answer),
                                       "no log of split '%s': %s", stream->split, answer->why.text);
    loop_stop(stream->loop);
}

static int stream_call(struct log_stream *stream, struct kube_client *client, bool follow)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct kube_call_spec spec = {.method = "GET",
                                  .deadline_ms = LOG_MS,
                                  .retry_ms = -1,
                                  .on_data = stream_data,
                                  .done = stream_done,
                                  .context = stream};
    int r = buf_append_str(&path, STR("/sluice/v1/logs/"));
    if (r == 0)
        r = http_escape(str_of(stream->split), &path);
    if (r == 0 && follow)
        r = buf_append_str(&path, STR("?follow=1"));
    spec.path = path.data;
    if (r == 0)
        r = kube_client_call(client, &spec, NULL);
    return r == 0 ? loop_run(stream->loop) : r;
}

static int stream_run(const struct connection *connection, const struct options *options, const struct json *split)
{
    struct log_stream stream = {.loop = connection->loop,
                                .split = json_text(json_path(split, "metadata", "name", NULL)),
                                .json = options->output_json,
                                .line = BUF_INIT(2 * LINE_BYTES_MAX),
                                .why = {.code = REASON_NONE}};
    struct kube_client *client = NULL;
    stream.exit_code = connection_process(connection, split, &client, &stream.why);
    int r = stream.exit_code == EXIT_CODE_OK ? stream_call(&stream, client, options->follow) : 0;
    buf_deinit(&stream.line);
    if (r < 0)
        return say_error(r);
    if (stream.exit_code == EXIT_CODE_UNREACHABLE)
        connection_process_failed(connection, &stream.why);
    if (stream.why.code == REASON_RIGHT_MISSING || stream.why.code == REASON_NOT_AUTHENTICATED)
        stream.exit_code = EXIT_CODE_NOT_PERMITTED;
    if (stream.exit_code != EXIT_CODE_OK)
        say_reason(&stream.why);
    return stream.exit_code;
}

/* Without a name: the only split there is. */
static int choose(const struct json *splits, const struct json **ret)
{
    if (json_count(splits) == 0) {
        say("there is no split, so there is no worker");
        return EXIT_CODE_NOT_FOUND;
    }
    *ret = json_at(splits, 0);
    if (json_count(splits) == 1)
        return EXIT_CODE_OK;
    say("there are %zu splits; name one:", json_count(splits));
    for (size_t i = 0; i < json_count(splits); i++)
        say("  %s (%s)", json_text(json_path(json_at(splits, i), "metadata", "name", NULL)),
            json_text(json_path(json_at(splits, i), "spec", "queue", "name", NULL)));
    return EXIT_CODE_USAGE;
}

/* A document that is there no more has left its log, for a while, with the supervisor of this host. */
static int named(const struct connection *connection, const char *name, const struct json *splits,
                 struct json **ret_gone, const struct json **ret)
{
    struct json *metadata = NULL;
    *ret = state_find(splits, name);
    if (*ret)
        return EXIT_CODE_OK;
    if (connection->cluster) {
        say("there is no split '%s' in this namespace; -n and -A look elsewhere", name);
        return EXIT_CODE_NOT_FOUND;
    }
    if (!(*ret_gone = json_new_object()) || json_object_at(*ret_gone, "metadata", &metadata) < 0 ||
        json_set_text(metadata, "name", name) < 0)
        return say_error(-ENOMEM);
    *ret = *ret_gone;
    return EXIT_CODE_OK;
}

int logs_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    CLEANUP(json_freep) struct json *splits = NULL;
    CLEANUP(json_freep) struct json *gone = NULL;
    const struct json *split = NULL;
    struct reason why;
    if (options->argument_count > 1) {
        say("logs takes the name of one split");
        return EXIT_CODE_USAGE;
    }
    int r = connection_open(options, &connection);
    if (r != EXIT_CODE_OK)
        return r;
    r = state_list(&connection, KIND_QUEUE_SPLIT, connection_namespace(&connection, options), &splits, &why);
    if (r != EXIT_CODE_OK) {
        say_reason(&why);
        return r;
    }
    r = options->argument_count ? named(&connection, options->arguments[0], splits, &gone, &split)
                                : choose(splits, &split);
    return r == EXIT_CODE_OK ? stream_run(&connection, options, split) : r;
}
