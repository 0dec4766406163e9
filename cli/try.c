/* sluice try: what a filter would match of the messages that pass, without taking any. */
#include "cli/look.h"
#include "cli/split_choose.h"
#include "cli/terminal.h"

#include <string.h>

enum { FILTERS_MAX = 32, NAME_BYTES_MAX = 256, PATTERN_BYTES_MAX = 1024 };

/* "NAME=REGEX". The pattern itself is judged by the worker, which is the one that would search with it. */
static int filter_add(const char *text, struct json *filters)
{
    const char *equals = strchr(text, '=');
    CLEANUP(json_freep) struct json *filter = json_new_object();
    if (!equals || equals == text || equals - text > NAME_BYTES_MAX || strlen(equals + 1) > PATTERN_BYTES_MAX) {
        say("--filter: '%.80s' is not NAME=REGEX with a name of at most %d and a pattern of at most %d bytes", text,
            NAME_BYTES_MAX, PATTERN_BYTES_MAX);
        return EXIT_CODE_USAGE;
    }
    int r =
        filter ? json_set_take(filter, "name", json_new_str((struct str){text, (size_t)(equals - text)})) : -ENOMEM;
    if (r == 0)
        r = json_set_text(filter, "pattern", equals + 1);
    if (r == 0)
        r = json_append_take(filters, TAKE(filter));
    return r < 0 ? say_error(r) : EXIT_CODE_OK;
}

static int filters_read(const struct option_texts *texts, struct json *filters)
{
    int r = EXIT_CODE_OK;
    if (texts->count == 0 || texts->count > FILTERS_MAX) {
        say("try takes 1 to %d --filter NAME=REGEX", FILTERS_MAX);
        return EXIT_CODE_USAGE;
    }
    for (size_t i = 0; r == EXIT_CODE_OK && i < texts->count; i++)
        r = filter_add(texts->items[i], filters);
    return r;
}

int try_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    CLEANUP(split_choice_deinit) struct split_choice choice = {.split = NULL};
    CLEANUP(json_freep) struct json *filters = json_new_array();
    int r = filters ? filters_read(&options->patterns, filters) : say_error(-ENOMEM);
    if (r == EXIT_CODE_OK)
        r = connection_open(options, &connection);
    if (r == EXIT_CODE_OK)
        r = split_choose(&connection, options, false, &choice);
    return r == EXIT_CODE_OK ? look_show(&connection, options, choice.split, filters) : r;
}
