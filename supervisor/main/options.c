/* The supervisor's command line, by argp. Ends the process on help and on wrong options. */
#include "supervisor/main/options.h"

#include <argp.h>

#include "supervisor/guardian/guardian_wire.h"

enum { KEY_STANDALONE = 's', KEY_OPERATOR_NAMESPACE = 256, KEY_KUBERNETES, KEY_GUARDIAN, KEY_UNINSTALL };

static const struct argp_option rows[] = {
    {"standalone", KEY_STANDALONE, "DIR", 0, "Run without Kubernetes, over the manifests DIR/*.yaml", 0},
    {"kubernetes", KEY_KUBERNETES, NULL, 0, "Run as the operator of the cluster whose pod this is", 0},
    {"guardian", KEY_GUARDIAN, "PATH", 0, "With --kubernetes: the socket of the workers' container", 0},
    {"uninstall", KEY_UNINSTALL, NULL, 0,
     "End every split of the cluster, with the operator's help or without, and exit: for the hook of the chart", 0},
    {"operator-namespace", KEY_OPERATOR_NAMESPACE, "NAME", 0,
     "Namespace of client configs and their secrets (mirrord)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

struct parsed {
    struct options *options;
    unsigned tasks;
};

static void judge(const struct parsed *parsed, struct argp_state *state)
{
    const struct options *options = parsed->options;
    if (parsed->tasks != 1)
        argp_error(state, "one of --standalone DIR, the manifests to serve, --kubernetes and --uninstall is needed");
    if ((options->task == OPTIONS_KUBERNETES) != (options->guardian != NULL))
        argp_error(state, "--kubernetes and --guardian PATH belong together");
}

static void task(struct parsed *parsed, enum options_task task)
{
    parsed->options->task = task;
    parsed->tasks++;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct parsed *parsed = state->input;
    struct options *options = parsed->options;
    switch (key) {
    case KEY_STANDALONE:
        options->standalone = argument;
        task(parsed, OPTIONS_STANDALONE);
        return 0;
    case KEY_OPERATOR_NAMESPACE:
        options->operator_namespace = argument;
        return 0;
    case KEY_KUBERNETES:
        task(parsed, OPTIONS_KUBERNETES);
        return 0;
    case KEY_UNINSTALL:
        task(parsed, OPTIONS_UNINSTALL);
        return 0;
    case KEY_GUARDIAN:
        options->guardian = argument;
        return 0;
    case ARGP_KEY_END:
        judge(parsed, state);
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
        "Splits queues for the workloads that its manifests, or the resources of a cluster, name.\v"
        "Example: sluice-supervisor --standalone /etc/sluice\n"
        "Settings are environment variables; docs/standalone.md lists them. Exit codes: 0 stopped in order, 2 wrong "
        "options, 3 wrong settings or manifests folder, 4 another supervisor has the folder, 5 state or runtime "
        "folder cannot be used.",
        NULL,
        NULL,
        NULL};
    *ret = (struct options){.operator_namespace = "mirrord"};
    argp_err_exit_status = SUPERVISOR_EXIT_USAGE;
    struct parsed parsed = {.options = ret};
    argp_parse(&argp, argc, argv, 0, NULL, &parsed);
}
