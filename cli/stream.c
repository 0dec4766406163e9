/* See stream.h. */
#include "cli/stream.h"

#include "common/http/client.h"

#include <stdio.h>

#define STREAM_MS (INT64_C(1) << 40) /* whoever wants it may wait for it */

struct stream {
    const struct stream_spec *spec;
    struct loop *loop;
    struct buf line; /* the part of one that came */
    int exit_code;
    struct reason *why;
};

static void stream_failed(struct stream *stream, int r)
{
    stream->exit_code = reason_set(stream->why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    loop_stop(stream->loop);
}

static void on_data(void *context, struct str data)
{
    struct stream *stream = context;
    int r = buf_append_str(&stream->line, data);
    ptrdiff_t end;
    while (r == 0 && (end = str_find(buf_str(&stream->line), STR("\n"))) >= 0) {
        r = stream->spec->on_line(stream->spec->context, (struct str){stream->line.data, (size_t)end});
        buf_consume(&stream->line, (size_t)end + 1);
    }
    if (r < 0 || fflush(stdout) != 0)
        stream_failed(stream, r < 0 ? r : -errno);
}

static const char *split_name(const struct stream *stream)
{
    return json_text(json_path(stream->spec->split, "metadata", "name", NULL));
}

static void on_done(void *context, const struct kube_answer *answer)
{
    struct stream *stream = context;
    if (stream->line.len > 0 && stream->spec->on_line(stream->spec->context, buf_str(&stream->line)) < 0)
        stream->exit_code = EXIT_CODE_INTERNAL;
    if (answer->error)
        stream->exit_code = reason_set(stream->why, answer->why.code, EXIT_CODE_UNREACHABLE,
                                       "what is told of split '%s' is cut: %s", split_name(stream), answer->why.text);
    else if (answer->status == 404)
        stream->exit_code = reason_set(stream->why, REASON_NONE, EXIT_CODE_NOT_FOUND,
                                       "nothing is known of split '%s'", split_name(stream));
    else if (!kube_answer_ok(answer))
        stream->exit_code = reason_set(stream->why, answer->why.code, (int)ask_exit_code(answer),
                                       "nothing is told of split '%s': %s", split_name(stream), answer->why.text);
    loop_stop(stream->loop);
}

int stream_path(const char *what, const struct json *split, const char *query, struct buf *ret)
{
    int r = buf_printf(ret, "/sluice/v1/%s/", what);
    if (r == 0)
        r = http_escape(str_of(json_text(json_path(split, "metadata", "name", NULL))), ret);
    return r ? r : buf_append_str(ret, str_of(query));
}

static int call(struct stream *stream, struct kube_client *client)
{
    const struct kube_call_spec spec = {.method = stream->spec->method,
                                        .path = stream->spec->path,
                                        .body = stream->spec->body,
                                        .deadline_ms = STREAM_MS,
                                        .retry_ms = -1,
                                        .on_data = on_data,
                                        .done = on_done,
                                        .context = stream};
    int r = kube_client_call(client, &spec, NULL);
    return r == 0 ? loop_run(stream->loop) : r;
}

int stream_run(const struct connection *connection, const struct stream_spec *spec, struct reason *why)
{
    struct stream stream = {
        .spec = spec, .loop = connection->loop, .line = BUF_INIT(2 * STREAM_LINE_BYTES_MAX), .why = why};
    struct kube_client *client = NULL;
    why->code = REASON_NONE;
    stream.exit_code = connection_process(connection, spec->split, &client, why);
    int r = stream.exit_code == EXIT_CODE_OK ? call(&stream, client) : 0;
    buf_deinit(&stream.line);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    if (stream.exit_code == EXIT_CODE_UNREACHABLE)
        connection_process_failed(connection, why);
    if (why->code == REASON_RIGHT_MISSING || why->code == REASON_NOT_AUTHENTICATED)
        stream.exit_code = EXIT_CODE_NOT_PERMITTED;
    return stream.exit_code;
}
