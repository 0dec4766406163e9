/* The rows of command.def and option.def, as the parser and the completion of shells read them. */
#pragma once

#include "cli/options.h"
#include <argp.h>

enum key {
    KEY_SOCKET = 256,
    KEY_CONTEXT,
    KEY_KUBECONFIG,
    KEY_AS,
    KEY_FILTER,
    KEY_MODE,
    KEY_KEY,
    KEY_ALL,
    KEY_OPERATOR_NAMESPACE,
    KEY_PATTERN,
    KEY_FOR,
    KEY_PORT,
    KEY_LEVEL,
};

#define IN(command) (1u << COMMAND_##command)
#define IN_ALL (~0u)
#define OPTION_ROWS_MAX 32

enum option_type { OPTION_TEXT, OPTION_FLAG, OPTION_TEXTS, OPTION_OUTPUT };
struct option_row {
    unsigned commands; /* bits, as IN says; the bit COMMAND_COUNT: also before the command */
    enum option_type type;
    size_t offset; /* in struct options */
    struct argp_option argp;
};
extern const struct option_row option_rows[];
extern const size_t option_row_count;

struct command_row {
    const char *name;
    const char *invocation; /* what usage lines begin with */
    const char *arguments;
    const char *doc;
};
extern const struct command_row command_rows[COMMAND_COUNT];
