/* Prints what a look tells: text for people, or the lines themselves. */
#include "cli/duration.h"
#include "cli/look.h"
#include "cli/look_line.h"
#include "cli/look_text.h"
#include "cli/look_totals.h"
#include "cli/terminal.h"

#include <string.h>

enum { TEXT_BYTES_MAX = 1 << 20 };

struct shown {
    bool json, tried;
    struct terminal terminal;
};

static int write_text(const struct shown *shown, const struct json *line, struct buf *text)
{
    const char *type = look_member(line, "type");
    if (strcmp(type, "sample") == 0)
        return look_sample_text(line, &shown->terminal, text);
    return strcmp(type, "over") == 0 ? look_totals_text(line, shown->tried, text) : 0;
}

static int on_line(void *context, const struct json *line)
{
    const struct shown *shown = context;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    int r = shown->json ? json_write(line, JSON_COMPACT, &text) : write_text(shown, line, &text);
    if (r == 0 && shown->json)
        r = buf_append_char(&text, '\n');
    if (r == 0 && text.len > 0)
        fputs(text.data, stdout);
    return r;
}

static int seconds_of(const struct options *options, int64_t *ret)
{
    *ret = LOOK_FOR_SECONDS;
    if (!options->duration || duration_read(options->duration, LOOK_FOR_SECONDS_MAX, ret) == 0)
        return EXIT_CODE_OK;
    say("--for: '%.40s' is no time from 1s to %ds", options->duration, LOOK_FOR_SECONDS_MAX);
    return EXIT_CODE_USAGE;
}

int look_show(const struct connection *connection, const struct options *options, const struct json *split,
              const struct json *filters)
{
    struct shown shown = {.json = options->output_json, .tried = filters != NULL, .terminal = terminal_of(stdout)};
    struct look_request request = {
        .split = split, .filters = filters, .follow = options->follow, .on_line = on_line, .context = &shown};
    struct reason why;
    int r = seconds_of(options, &request.seconds);
    if (r != EXIT_CODE_OK)
        return r;
    r = look_run(connection, &request, &why);
    if (r != EXIT_CODE_OK)
        say_reason(&why);
    return r;
}
