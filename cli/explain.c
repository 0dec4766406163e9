/* sluice explain: where the messages of a split go, and why. */
#include "cli/look.h"
#include "cli/split_choose.h"

int explain_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    CLEANUP(split_choice_deinit) struct split_choice choice = {.split = NULL};
    int r = connection_open(options, &connection);
    if (r == EXIT_CODE_OK)
        r = split_choose(&connection, options, false, &choice);
    return r == EXIT_CODE_OK ? look_show(&connection, options, choice.split, NULL) : r;
}
