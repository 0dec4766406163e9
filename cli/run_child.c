/* CMD of a run: its environment, its arguments, its start. What it is started with is never shown: values may be secrets. */
#include "cli/child.h"
#include "cli/run_internal.h"

#include <signal.h>
#include <unistd.h>

static int told(struct run *run, int error)
{
    progress_say(&run->progress, "error", COLOUR_BAD, "%s cannot be started: %s", run->plan->argv[0],
                 strerror(error));
    return EXIT_CODE_INTERNAL;
}

/* For the client underneath the arguments are others. EXIT_CODE_OK or an exit status. */
static int arguments_of(struct run *run, const struct json *env, char *const **ret)
{
    struct reason why;
    *ret = run->plan->argv;
    if (!mirrord_is_exec(run->plan->argv))
        return EXIT_CODE_OK;
    int r = mirrord_command_new(run->plan->argv, run->plan->file, env, &run->mirrord, &why);
    if (r < 0)
        return told(run, -r);
    if (r > 0) {
        progress_reason(&run->progress, "error", &why);
        return EXIT_CODE_CLIENT_FILE;
    }
    *ret = run->mirrord.argv;
    return EXIT_CODE_OK;
}

static int start(struct run *run, char *const *argv, char *const *environment)
{
    switch (child_start(argv, environment, NULL, &run->command)) {
    case 0:
        return EXIT_CODE_OK;
    case CHILD_NOT_FOUND:
        progress_say(&run->progress, "error", COLOUR_BAD, "%s: not found", argv[0]);
        return EXIT_CODE_NO_COMMAND;
    case CHILD_NOT_EXECUTABLE:
        progress_say(&run->progress, "error", COLOUR_BAD, "%s: %s", argv[0], strerror(errno));
        return EXIT_CODE_NOT_EXECUTABLE;
    }
    return told(run, errno);
}

int run_child_start(struct run *run, const struct json *session)
{
    const struct json *env = json_path(session, "status", "env", NULL);
    char **environment = NULL;
    char *const *argv;
    int r = environment_build(environ, env, &environment);
    if (r < 0)
        return told(run, -r);
    r = arguments_of(run, env, &argv);
    if (r == EXIT_CODE_OK) {
        progress_say(&run->progress, "running", COLOUR_NONE, "running %s", argv[0]);
        exec_plugin_keep_off_terminal(run->plan->connection->plugin);
        r = start(run, argv, environment);
    }
    environment_free(environment);
    return r;
}

void run_child_signal(struct run *run, int signal_number)
{
    if (run->command > 0)
        kill(run->command, signal_number); /* not reaped yet, so the id is still its own */
}
