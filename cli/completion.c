/* sluice completion: a script for the shell, and the words that the script asks for. The script is the same for every version: what can
 * be said stands in the tables. */
#include "cli/completion_words.h"
#include "cli/state.h"
#include "cli/terminal.h"

#include <unistd.h>

enum { WORDS_BYTES_MAX = 256 << 10, WAIT_S = 2 };

/* Who presses the key waits: names that do not come soon are left out, with the whole process. */
static const char bash_script[] =
    "_sluice() {\n"
    "    local line\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :files) compopt -o default 2>/dev/null ;;\n"
    "        *) COMPREPLY+=(\"$line\") ;;\n"
    "        esac\n"
    "    done < <(sluice completion words -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" </dev/null 2>/dev/null)\n"
    "}\n"
    "complete -F _sluice sluice\n";

static const char zsh_script[] =
    "#compdef sluice\n"
    "_sluice() {\n"
    "    local line\n"
    "    local -a found\n"
    "    for line in \"${(@f)$(sluice completion words -- \"${(@)words[2,CURRENT]}\" </dev/null 2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "        :files) _files ;;\n"
    "        ?*) found+=(\"$line\") ;;\n"
    "        esac\n"
    "    done\n"
    "    compadd -a found\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _sluice ]; then _sluice \"$@\"; else compdef _sluice sluice; fi\n";

static const char fish_script[] =
    "function __sluice_words\n"
    "    set -l given (commandline -opc) (commandline -ct)\n"
    "    for line in (sluice completion words -- $given[2..-1] </dev/null 2>/dev/null)\n"
    "        if test \"$line\" = :files\n"
    "            __fish_complete_path (commandline -ct)\n"
    "        else\n"
    "            echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c sluice -f -a '(__sluice_words)'\n";

static void print_names(const struct json *list, const char *prefix)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_text(json_path(json_at(list, i), "metadata", "name", NULL));
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            printf("%s\n", name);
    }
}

static void print_kind(const struct connection *connection, const struct options *options, enum kind kind,
                       const char *prefix)
{
    CLEANUP(json_freep) struct json *list = NULL;
    struct reason why;
    if (state_list(connection, kind, connection_namespace(connection, options), &list, &why) == EXIT_CODE_OK)
        print_names(list, prefix);
}

/* The options before the cursor say where to look: they are read as those of the command itself. */
static int print_all_names(const struct completion *completion, char **words, size_t count)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    char program[] = "sluice", *argv[OPTION_NAMES_MAX + 2] = {program};
    struct options options;
    for (size_t i = 0; i + 1 < count; i++)
        argv[i + 1] = words[i];
    options_parse((int)count, argv, &options);
    alarm(WAIT_S);
    int r = connection_open(&options, &connection);
    if (r != EXIT_CODE_OK)
        return r;
    if (completion->command == COMMAND_STATUS || completion->command == COMMAND_KILL)
        print_kind(&connection, &options, KIND_SPLIT_SESSION, completion->prefix);
    if (completion->command != COMMAND_KILL)
        print_kind(&connection, &options, KIND_QUEUE_SPLIT, completion->prefix);
    return EXIT_CODE_OK;
}

static bool asks_for_help(char **words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-?") == 0 || strcmp(words[i], "--usage") == 0)
            return true;
    return false;
}

static int print_words(char **words, size_t count)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(WORDS_BYTES_MAX);
    struct completion completion;
    int r = completion_words((const char *const *)words, count, &text, &completion);
    if (r < 0)
        return say_error(r);
    fputs(text.len ? text.data : "", stdout);
    if (completion.more == COMPLETION_FILES)
        puts(":files");
    if (completion.more == COMPLETION_NAMES && !asks_for_help(words, count - 1))
        r = print_all_names(&completion, words, count);
    return fflush(stdout) == 0 ? r : EXIT_CODE_INTERNAL;
}

int completion_command(const struct options *options)
{
    static const struct {
        const char *name, *script;
    } shells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
    const char *wanted = options->argument_count ? options->arguments[0] : "";
    char *words[OPTION_NAMES_MAX];
    for (size_t i = 0; options->argument_count == 1 && i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, wanted) == 0)
            return fputs(shells[i].script, stdout) < 0 || fflush(stdout) != 0 ? EXIT_CODE_INTERNAL : EXIT_CODE_OK;
    if (strcmp(wanted, "words") != 0 || options->argument_count < 2) {
        say("completion takes bash, zsh or fish");
        return EXIT_CODE_USAGE;
    }
    /* Copied, because the line at hand is parsed too. */
    memcpy(words, &options->arguments[1], (options->argument_count - 1) * sizeof *words);
    return print_words(words, options->argument_count - 1);
}
