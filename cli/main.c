/* sluice: the command line. Reads the options and goes to the command; owns nothing. */
#include "cli/child.h"
#include "cli/exit_code.h"
#include "cli/options.h"

#include <locale.h>

int main(int argc, char **argv)
{
    struct options options;
    child_remember_descriptors();
    setlocale(LC_CTYPE, "");
    options_parse(argc, argv, &options);
    switch (options.command) {
#define COMMAND(code, name, arguments, meaning, examples) \
    case COMMAND_##code:                                  \
        return name##_command(&options);
#include "cli/command.def"
#undef COMMAND
    case COMMAND_COUNT:
        break;
    }
    return EXIT_CODE_INTERNAL; /* options_parse gives a command */
}
