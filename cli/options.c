/* The command line, read by argp from our tables.
 *
 * Options that every command has may stand before the command as well. What follows the first word that is no option is
 * left alone by `run`: it belongs to CMD. An error is told on stderr with a hint at --help and ends the process. */
#include "cli/exit_code.h"
#include "cli/option_table.h"
#include "common/base/str.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

const struct option_row option_rows[] = {
#define OPTION_OFFSET_TEXT(field) offsetof(struct options, field)
#define OPTION_OFFSET_FLAG(field) offsetof(struct options, field)
#define OPTION_OFFSET_TEXTS(field) offsetof(struct options, field)
#define OPTION_OFFSET_OUTPUT(field) offsetof(struct options, field##_json)
#define OPTION(commands, field, key, name, argument, type, meaning) \
    {commands, OPTION_##type, OPTION_OFFSET_##type(field), {name, key, argument, 0, meaning, 0}},
#include "cli/option.def"
#undef OPTION
};
const size_t option_row_count = sizeof option_rows / sizeof option_rows[0];

#define EXAMPLES "\vExamples:\n"
const struct command_row command_rows[COMMAND_COUNT] = {
#define COMMAND(code, name, arguments, meaning, examples) \
    [COMMAND_##code] = {#name, "sluice " #name, arguments, meaning EXAMPLES examples},
#include "cli/command.def"
#undef COMMAND
};

static const char main_doc[] =
    "Share a queue between the deployed application and developers: each gets the messages that match.\vCommands:\n"
#define COMMAND(code, name, arguments, meaning, examples) "  " #name " " arguments "\n        " meaning "\n"
#include "cli/command.def"
#undef COMMAND
    "\nEnvironment:\n"
    "  SLUICE_SOCKET\tthe socket of a supervisor on this host\n"
    "  KUBECONFIG\tfiles that say where a cluster is, and as whom to ask it\n"
    "  SLUICE_RENEW_MS\tmilliseconds between two renewals of a session; a third of the supervisor's\n"
    "\t\tOPERATOR_SESSION_UNUSED_TTL_SECONDS where that was changed; 10000\n"
    "  NO_COLOR\tno colours\n"
    "\nExamples:\n  sluice run -- python app.py\n  sluice status --watch\n  sluice COMMAND --help\n\nExit status:\n"
#define EXIT(code, number, meaning) "  " #number "\t" meaning "\n"
#include "cli/exit_code.def"
#undef EXIT
    "  Once the command of `run` was started, its status is the command's; 128+N: ended by signal N.\n";

static const struct option_row *option_row(enum command command, int key)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (option_rows[i].argp.key == key && option_rows[i].commands & (1u << command))
            return &option_rows[i];
    return NULL;
}

static void options_set(const struct option_row *row, const char *text, struct argp_state *state)
{
    char *field = (char *)state->input + row->offset;
    switch (row->type) {
    case OPTION_TEXT:
        *(const char **)(void *)field = text;
        return;
    case OPTION_FLAG:
        *(bool *)(void *)field = true;
        return;
    case OPTION_OUTPUT:
        *(bool *)(void *)field = strcmp(text, "json") == 0;
        if (strcmp(text, "json") != 0 && strcmp(text, "text") != 0)
            argp_error(state, "-o: '%s' is neither json nor text", text);
        return;
    case OPTION_TEXTS: {
        struct option_texts *texts = (struct option_texts *)(void *)field;
        if (texts->count == OPTION_TEXTS_MAX)
            argp_error(state, "--%s: at most %d of them", row->argp.name, OPTION_TEXTS_MAX);
        texts->items[texts->count++] = text;
        return;
    }
    }
}

static void options_rest(struct argp_state *state)
{
    struct options *options = state->input;
    options->arguments = &state->argv[state->next - 1];
    options->argument_count = (size_t)state->argc - (size_t)state->next + 1;
    state->next = state->argc;
}

/* Longer ones name nothing. */
static void limit_name(const struct argp_state *state, const char *name)
{
    if (name && strlen(name) > OPTION_NAME_BYTES_MAX)
        argp_error(state, "a name has at most %d bytes, and this one %zu: '%.60s...'", OPTION_NAME_BYTES_MAX,
                   strlen(name), name);
}

/* Words may stand between options, except for run, whose command has options of its own. */
static void options_word(struct argp_state *state, char *word)
{
    struct options *options = state->input;
    if (options->command == COMMAND_RUN) {
        options_rest(state);
        return;
    }
    limit_name(state, word);
    if (options->argument_count == OPTION_NAMES_MAX)
        argp_error(state, "at most %d names", OPTION_NAMES_MAX);
    options->arguments[options->argument_count++] = word;
    options->arguments[options->argument_count] = NULL;
}

static error_t parse_command(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    const struct option_row *row = option_row(options->command, key);
    if (row)
        options_set(row, text, state);
    else if (key == ARGP_KEY_ARG)
        options_word(state, text);
    else
        return ARGP_ERR_UNKNOWN;
    limit_name(state, options->namespace);
    return 0;
}

static error_t parse_main(int key, char *text, struct argp_state *state)
{
    const struct option_row *row = option_row(COMMAND_COUNT, key);
    if (row)
        options_set(row, text, state);
    else if (key == ARGP_KEY_ARG)
        options_rest(state);
    else if (key == ARGP_KEY_NO_ARGS)
        argp_usage(state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* The options of a command as argp wants them, ended by an empty one. */
static void options_of(enum command command, struct argp_option ret[OPTION_ROWS_MAX])
{
    size_t count = 0;
    _Static_assert(sizeof option_rows / sizeof option_rows[0] < OPTION_ROWS_MAX, "");
    for (size_t i = 0; i < option_row_count; i++)
        if (option_rows[i].commands & (1u << command))
            ret[count++] = option_rows[i].argp;
    ret[count] = (struct argp_option){0};
}

static enum command command_of(const char *name)
{
    for (enum command command = 0; command < COMMAND_COUNT; command++)
        if (strcmp(command_rows[command].name, name) == 0)
            return command;
    return COMMAND_COUNT;
}

static void parse_rest(struct options *options)
{
    static char *words[OPTION_NAMES_MAX + 1];
    struct argp_option table[OPTION_ROWS_MAX];
    const struct command_row *row = &command_rows[options->command];
    struct argp argp = {table, parse_command, row->arguments, row->doc, NULL, NULL, NULL};
    char **argv = options->arguments;
    int argc = (int)options->argument_count;
    char invocation[64] = "";
    check(str_copy(invocation, sizeof invocation, str_of(row->invocation)) == 0);
    options_of(options->command, table);
    argv[0] = invocation;
    options->arguments = words;
    options->argument_count = 0;
    argp_parse(&argp, argc, argv, options->command == COMMAND_RUN ? ARGP_IN_ORDER : 0, NULL, options);
}

void options_parse(int argc, char **argv, struct options *ret)
{
    struct argp_option table[OPTION_ROWS_MAX];
    struct argp argp = {table, parse_main, "COMMAND [ARG...]", main_doc, NULL, NULL, NULL};
    struct options options = {.command = COMMAND_COUNT};
    argp_err_exit_status = EXIT_CODE_USAGE;
    argp_program_version = "sluice " SLUICE_VERSION;
    options_of(COMMAND_COUNT, table);
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
    options.command = command_of(options.arguments[0]);
    if (options.command == COMMAND_COUNT) {
        fprintf(stderr, "sluice: '%s' is no command\n", options.arguments[0]);
        argp_help(&argp, stderr, ARGP_HELP_SEE, argv[0]);
        exit(EXIT_CODE_USAGE);
    }
    parse_rest(&options);
    *ret = options;
}
