/* sluice-supervisor: in a cluster the operator; else, started by a person it becomes the guardian, which starts it again as its
 * child. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/main/operator.h"
#include "supervisor/main/options.h"
#include "supervisor/main/standalone.h"
#include "supervisor/main/uninstall.h"
#include "supervisor/worker_link/guardian_client.h"

/* Replaces this process by the guardian that lies beside it, with our own command line to start. */
static int become_guardian(int argc, char **argv)
{
    char self[PATH_MAX], guardian[PATH_MAX + 16];
    char separator[] = "--";
    char **guardian_argv = calloc((size_t)argc + 3, sizeof *guardian_argv);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (!guardian_argv || length < 0) {
        perror("sluice-supervisor: cannot find itself");
        free(guardian_argv);
        return SUPERVISOR_EXIT_NOT_RUN;
    }
    self[length] = '\0';
    snprintf(guardian, sizeof guardian, "%.*ssluice-guardian", (int)(strrchr(self, '/') + 1 - self), self);
    guardian_argv[0] = guardian;
    guardian_argv[1] = separator;
    guardian_argv[2] = self;
    memcpy(&guardian_argv[3], &argv[1], (size_t)(argc - 1) * sizeof *argv);
    execv(guardian, guardian_argv);
    fprintf(stderr, "sluice-supervisor: cannot run %s: %s\n", guardian, strerror(errno));
    free(guardian_argv);
    return SUPERVISOR_EXIT_NOT_RUN;
}

static int run(const struct options *options)
{
    switch (options->task) {
    case OPTIONS_STANDALONE:
        return standalone_run(options);
    case OPTIONS_KUBERNETES:
        return operator_run(options);
    case OPTIONS_UNINSTALL:
        return uninstall_run(options);
    }
    return SUPERVISOR_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options;
    options_parse(argc, argv, &options);
    if (options.task == OPTIONS_STANDALONE && !guardian_client_inherited())
        return become_guardian(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    return run(&options);
}
