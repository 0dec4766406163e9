/* Which split a command means: the one that is named, or the only one there is. */
#pragma once

#include "cli/connect.h"

struct split_choice {
    struct json *splits; /* owned: all that were looked at */
    struct json *gone;   /* owned: stands for one whose document is there no more; NULL */
    const struct json *split;
};
void split_choice_deinit(struct split_choice *choice); /* also the CLEANUP form */
/* By the command's one argument and its namespace. gone: one that is there no more will do, where a supervisor of this host may know
 * more of it. EXIT_CODE_OK or an exit status after saying why. */
MUST_USE int split_choose(const struct connection *connection, const struct options *options, bool gone,
                          struct split_choice *ret);
