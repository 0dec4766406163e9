/* A process that we start, in our process group, so that Ctrl-C reaches it as well: CMD of `run`, or a command that prints
 * credentials.
 *
 * It is sent SIGTERM when we die. Descriptors of ours are not open in it. */
#pragma once

#include "common/json/json.h"
#include <sys/types.h>

/* First thing in a program: what is open now was meant for CMD as well and stays open in it; what libraries open later does not
 * (libcurl's are not all close-on-exec). */
void child_remember_descriptors(void);

/* environ with the variables of status.env ([{name, value}]) over it: NULL-terminated, owned by the caller (environment_free).
 * -EINVAL: an entry is no variable. */
MUST_USE int environment_build(char *const *environment, const struct json *env, char ***ret);
void environment_free(char **environment);

enum child_outcome { CHILD_NOT_FOUND = 1, CHILD_NOT_EXECUTABLE };
/* Whether child_start would find that program in our PATH and may execute it, as far as that is known before: 0 or an outcome,
 * with errno. */
MUST_USE int child_look_up(const char *program);
/* Descriptors to be its standard input and output; < 0: our own. Borrowed. */
struct child_streams {
    int input, output;
};
/* Starts argv (looked up in PATH) with that environment. streams may be NULL. An outcome or < 0: nothing runs, errno says
 * why. */
MUST_USE int child_start(char *const *argv, char *const *environment, const struct child_streams *streams,
                         pid_t *ret);
/* True once it has ended and was reaped: *ret_exit_code is its exit status, or 128 + the signal that ended it. */
bool child_reap(pid_t pid, int *ret_exit_code);
