/* The supervisor's command line, by argp. Ends the process on help and on wrong options. */
#include "supervisor/main/options.h"

#include <argp.h>

#include "supervisor/guardian/guardian_wire.h"

enum { KEY_STANDALONE = 's', KEY_OPERATOR_NAMESPACE = 256 };

static const struct argp_option rows[] = {
    {"standalone", KEY_STANDALONE, "DIR", 0, "Run without Kubernetes, over the manifests DIR/*.yaml", 0},
    {"operator-namespace", KEY_OPERATOR_NAMESPACE, "NAME", 0,
     "Namespace of client configs and their secrets (mirrord)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case KEY_STANDALONE:
        options->standalone = argument;
        return 0;
    case KEY_OPERATOR_NAMESPACE:
        options->operator_namespace = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->standalone)
            argp_error(state, "--standalone DIR says which manifests to serve");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void options_parse(int argc, char **argv, struct options *ret)
{
    static const struct argp argp = {
        rows,
        parse,
        NULL,
        "Splits queues for the workloads that its manifests name.\v"
        "Example: sluice-supervisor --standalone /etc/sluice\n"
        "Settings are environment variables; docs/standalone.md lists them. Exit codes: 0 stopped in order, 2 wrong "
        "options, 3 wrong settings or manifests folder, 4 another supervisor has the folder, 5 state or runtime "
        "folder cannot be used.",
        NULL,
        NULL,
        NULL};
    *ret = (struct options){.operator_namespace = "mirrord"};
    argp_err_exit_status = SUPERVISOR_EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, ret);
}
