/* The command line: which command, with which options. The tables are command.def and option.def. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum command {
#define COMMAND(code, name, arguments, meaning, examples) COMMAND_##code,
#include "cli/command.def"
#undef COMMAND
    COMMAND_COUNT
};

enum {
    OPTION_TEXTS_MAX = 64,   /* uses of an option that may be repeated */
    OPTION_NAMES_MAX = 1000, /* names on one command line */
    OPTION_NAME_BYTES_MAX = 253,
};

struct option_texts {
    const char *items[OPTION_TEXTS_MAX];
    size_t count;
};

/* All strings are borrowed from argv; NULL: not given. */
struct options {
    enum command command;
#define OPTION_FIELD_TEXT(field) const char *field;
#define OPTION_FIELD_FLAG(field) bool field;
#define OPTION_FIELD_TEXTS(field) struct option_texts field;
#define OPTION_FIELD_OUTPUT(field) bool field##_json;
#define OPTION(commands, field, key, name, argument, type, meaning) OPTION_FIELD_##type(field)
#include "cli/option.def"
#undef OPTION
    char **arguments; /* what is no option, NULL-terminated: NAME, ID..., CMD and its arguments */
    size_t argument_count;
};

/* Help, version and errors are printed and end the process, with EXIT_CODE_USAGE for an error. */
void options_parse(int argc, char **argv, struct options *ret);

/* The functions behind the commands; each returns an exit status. */
#define COMMAND(code, name, arguments, meaning, examples) int name##_command(const struct options *options);
#include "cli/command.def"
#undef COMMAND
