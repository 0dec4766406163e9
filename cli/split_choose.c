/* See split_choose.h. */
#include "cli/split_choose.h"

#include "cli/option_table.h"
#include "cli/state.h"
#include "cli/terminal.h"

void split_choice_deinit(struct split_choice *choice)
{
    json_free(choice->splits);
    json_free(choice->gone);
    *choice = (struct split_choice){.split = NULL};
}

/* Without a name: the only split there is. */
static int choose_only(struct split_choice *ret)
{
    const struct json *splits = ret->splits;
    if (json_count(splits) == 0) {
        say("there is no split, so there is no worker");
        return EXIT_CODE_NOT_FOUND;
    }
    ret->split = json_at(splits, 0);
    if (json_count(splits) == 1)
        return EXIT_CODE_OK;
    say("there are %zu splits; name one:", json_count(splits));
    for (size_t i = 0; i < json_count(splits); i++)
        say("  %s (%s)", json_text(json_path(json_at(splits, i), "metadata", "name", NULL)),
            json_text(json_path(json_at(splits, i), "spec", "queue", "name", NULL)));
    return EXIT_CODE_USAGE;
}

static int choose_named(const struct connection *connection, const char *name, bool gone, struct split_choice *ret)
{
    struct json *metadata = NULL;
    ret->split = state_find(ret->splits, name);
    if (ret->split)
        return EXIT_CODE_OK;
    if (!gone || connection->cluster) {
        say("there is no split '%s' in this namespace; -n and -A look elsewhere", name);
        return EXIT_CODE_NOT_FOUND;
    }
    if (!(ret->gone = json_new_object()) || json_object_at(ret->gone, "metadata", &metadata) < 0 ||
        json_set_text(metadata, "name", name) < 0)
        return say_error(-ENOMEM);
    ret->split = ret->gone;
    return EXIT_CODE_OK;
}

int split_choose(const struct connection *connection, const struct options *options, bool gone,
                 struct split_choice *ret)
{
    struct reason why;
    if (options->argument_count > 1) {
        say("%s takes the name of one split", command_rows[options->command].name);
        return EXIT_CODE_USAGE;
    }
    int r = state_list(connection, KIND_QUEUE_SPLIT, connection_namespace(connection, options), &ret->splits, &why);
    if (r != EXIT_CODE_OK) {
        say_reason(&why);
        return r;
    }
    return options->argument_count ? choose_named(connection, options->arguments[0], gone, ret) : choose_only(ret);
}
