/* sluice logs: the log of one split's worker, as the supervisor streams it. */
#include "cli/duration.h"
#include "cli/split_choose.h"
#include "cli/stream.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

enum { LEVEL_SECONDS = 600, LEVEL_SECONDS_MAX = 3600 };

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

/* Other levels for a while; what they add comes into the same log. EXIT_CODE_OK, or an exit status with *why. */
static int levels_ask(const struct connection *connection, const struct options *options, const struct json *split,
                      int64_t seconds, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    CLEANUP(json_freep) struct json *body = json_new_object();
    struct kube_client *client = NULL;
    int r = body ? json_set_text(body, "levels", options->levels) : -ENOMEM;
    if (r == 0)
        r = json_set_int(body, "seconds", seconds);
    if (r == 0)
        r = stream_path("levels", split, "", &path);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    r = connection_process(connection, split, &client, why);
    if (r == EXIT_CODE_OK)
        r = ask_wait(client, "POST", path.data, body, NULL, why);
    if (r == EXIT_CODE_UNREACHABLE)
        connection_process_failed(connection, why);
    return r;
}

static int levels_set(const struct connection *connection, const struct options *options, const struct json *split)
{
    int64_t seconds = LEVEL_SECONDS;
    struct reason why;
    if (!options->levels && options->levels_duration) {
        say("--for says how long --level counts");
        return EXIT_CODE_USAGE;
    }
    if (options->levels_duration && duration_read(options->levels_duration, LEVEL_SECONDS_MAX, &seconds) < 0) {
        say("--for: '%.40s' is no time from 1s to 1h", options->levels_duration);
        return EXIT_CODE_USAGE;
    }
    int r = options->levels ? levels_ask(connection, options, split, seconds, &why) : EXIT_CODE_OK;
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
    if (r == EXIT_CODE_OK)
        r = levels_set(&connection, options, choice.split);
    return r == EXIT_CODE_OK ? show(&connection, options, choice.split) : r;
}
