/* sluice logs: the log of one split's worker, as the supervisor streams it. */
#include "cli/split_choose.h"
#include "cli/stream.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

struct log_lines {
    const char *split;
    bool json;
};

/* {"split": ..., "line": ...} */
static int write_json(const struct log_lines *lines, struct str line)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(8 * STREAM_LINE_BYTES_MAX);
    int r = object ? json_set_text(object, "split", lines->split) : -ENOMEM;
    if (r == 0)
        r = json_set_take(object, "line", json_new_str(line));
    if (r == 0)
        r = json_write(object, JSON_COMPACT, &text);
    if (r == 0)
        printf("%s\n", text.data);
    return r;
}

/* On a terminal what a worker wrote is cleaned, line by line; elsewhere it comes as it is. */
static int write_line(void *context, struct str line)
{
    const struct log_lines *lines = context;
    CLEANUP(buf_deinit) struct buf clean = BUF_INIT(4 * STREAM_LINE_BYTES_MAX);
    if (lines->json)
        return write_json(lines, line);
    if (!isatty(STDOUT_FILENO)) {
        printf("%.*s\n", STR_ARG(line));
        return 0;
    }
    int r = text_clean(line, &clean);
    if (r == 0)
        printf("%s\n", clean.data);
    return r;
}

static int show(const struct connection *connection, const struct options *options, const struct json *split)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct log_lines lines = {json_text(json_path(split, "metadata", "name", NULL)), options->output_json};
    struct stream_spec spec = {.split = split, .method = "GET", .on_line = write_line, .context = &lines};
    struct reason why;
    int r = stream_path("logs", split, options->follow ? "?follow=1" : "", &path);
    if (r < 0)
        return say_error(r);
    spec.path = path.data;
    r = stream_run(connection, &spec, &why);
    if (r != EXIT_CODE_OK)
        say_reason(&why);
    return r;
}

int logs_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    CLEANUP(split_choice_deinit) struct split_choice choice = {.split = NULL};
    int r = connection_open(options, &connection);
    if (r == EXIT_CODE_OK)
        r = split_choose(&connection, options, true, &choice);
    return r == EXIT_CODE_OK ? show(&connection, options, choice.split) : r;
}
