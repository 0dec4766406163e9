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
    else if (!kube_answer_ok(answer))
        stream->exit_code =
            reason_set(&stream->why, REASON_NONE, answer->status == 404 ? EXIT_CODE_NOT_FOUND : EXIT_CODE_ANSWER,
                       "no log of split '%s' (HTTP status %u)", stream->split, answer->status);
    loop_stop(stream->loop);
}

static int stream_run(const struct connection *connection, const struct options *options, const char *split)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct log_stream stream = {connection->loop,     split, options->output_json, BUF_INIT(2 * LINE_BYTES_MAX), 0,
                                {.code = REASON_NONE}};
    struct kube_call_spec spec = {.method = "GET",
                                  .deadline_ms = LOG_MS,
                                  .retry_ms = -1,
                                  .on_data = stream_data,
                                  .done = stream_done,
                                  .context = &stream};
    int r = buf_append_str(&path, STR("/sluice/v1/logs/"));
    if (r == 0)
        r = http_escape(str_of(split), &path);
    if (r == 0 && options->follow)
        r = buf_append_str(&path, STR("?follow=1"));
    spec.path = path.data;
    if (r == 0)
        r = kube_client_call(connection->client, &spec, NULL);
    if (r == 0)
        r = loop_run(connection->loop);
    buf_deinit(&stream.line);
    if (r < 0)
        return say_error(r);
    if (stream.exit_code != EXIT_CODE_OK)
        say_reason(&stream.why);
    return stream.exit_code;
}

/* The workers of a cluster write to their pod's output, each line with its split. */
static int refuse_cluster(const struct options *options, const char *split)
{
    say("in a cluster a worker's log stands in the operator's pod; read it with:");
    say("  kubectl%s%s logs -n mirrord deployment/mirrord-operator -c workers%s | grep split=%s",
        options->context ? " --context " : "", options->context ? options->context : "", options->follow ? " -f" : "",
        split[0] ? split : "NAME");
    say("(-n mirrord: the namespace that the operator was installed in)");
    return EXIT_CODE_USAGE;
}

/* Without a name: the only split there is. */
static int choose(const struct json *splits, char ret[NAME_SIZE])
{
    if (json_count(splits) == 0) {
        say("there is no split, so there is no worker");
        return EXIT_CODE_NOT_FOUND;
    }
    if (json_count(splits) == 1 &&
        str_copy(ret, NAME_SIZE, json_str(json_path(json_at(splits, 0), "metadata", "name", NULL))) == 0)
        return EXIT_CODE_OK;
    say("there are %zu splits; name one:", json_count(splits));
    for (size_t i = 0; i < json_count(splits); i++)
        say("  %s (%s)", json_text(json_path(json_at(splits, i), "metadata", "name", NULL)),
            json_text(json_path(json_at(splits, i), "spec", "queue", "name", NULL)));
    return EXIT_CODE_USAGE;
}

static int find_split(const struct connection *connection, const struct options *options, char ret[NAME_SIZE])
{
    CLEANUP(json_freep) struct json *splits = NULL;
    struct reason why;
    int r = state_list(connection, KIND_QUEUE_SPLIT, connection_namespace(connection, options), &splits, &why);
    if (r == EXIT_CODE_OK)
        return choose(splits, ret);
    say_reason(&why);
    return r;
}

int logs_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    char split[NAME_SIZE] = "";
    const char *given = options->argument_count ? options->arguments[0] : "";
    if (options->argument_count > 1 || str_copy(split, sizeof split, str_of(given)) < 0) {
        say("logs takes the name of one split");
        return EXIT_CODE_USAGE;
    }
    int r = connection_open(options, &connection);
    if (r == EXIT_CODE_OK && connection.cluster)
        return refuse_cluster(options, split);
    if (r == EXIT_CODE_OK && !split[0])
        r = find_split(&connection, options, split);
    return r == EXIT_CODE_OK ? stream_run(&connection, options, split) : r;
}
