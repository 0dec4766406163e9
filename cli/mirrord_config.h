/* `sluice run -- mirrord exec ...`: the configuration that the client underneath gets.
 *
 * It takes care of network and files while Sluice takes care of queues; but it would lay the target's environment over ours, and
 * so undo what the session changed. So it is told not to use an operator, no split_queues, and our variables on top. */
#pragma once

#include "cli/client_file.h"

/* Is CMD "mirrord exec"? */
bool mirrord_is_exec(char *const *argv);
/* Pure: document (NULL: none) with operator false, without feature.split_queues, and env in feature.env.override. */
MUST_USE int mirrord_derive(const struct json *document, const struct json *env, struct json **ret);

/* CMD's arguments with the derived configuration in place of its own. */
struct mirrord_command {
    char *path;  /* owned: of the private file; NULL: none */
    char **argv; /* owned array; its strings are borrowed from the command and from path */
};
/* file: of the run; the command's own -f is read instead where it has one. 0, CLIENT_FILE_INVALID with *why, or < 0. */
MUST_USE int mirrord_command_new(char *const *argv, const struct client_file *file, const struct json *env,
                                 struct mirrord_command *ret, struct reason *why);
/* Removes the file. Also the CLEANUP form. */
void mirrord_command_deinit(struct mirrord_command *command);
