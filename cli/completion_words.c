/* See completion_words.h. */
#include "cli/completion_words.h"
#include "cli/option_table.h"

#include <string.h>

/* A line as far as it is read. */
struct reading {
    enum command command;
    const struct option_row *open; /* whose value comes next; NULL: none does */
    bool rest;                     /* the words of another program come */
};

static int add(struct buf *buf, const char *prefix, const char *before, const char *word)
{
    size_t length = strlen(prefix), head = strlen(before);
    if (strncmp(prefix, before, length < head ? length : head) != 0 ||
        (length > head && strncmp(prefix + head, word, length - head) != 0))
        return 0;
    return buf_printf(buf, "%s%s\n", before, word);
}

/* --- Reading --- */

/* "--name", or "-x" that ends with it; NULL: no option of this command. */
static const struct option_row *option_of(enum command command, const char *word)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        int key = row->argp.key < 256 ? row->argp.key : '\0';
        if (!(row->commands & (1u << command)))
            continue;
        if (strncmp(word, "--", 2) == 0 ? strcmp(word + 2, row->argp.name) == 0
                                        : key && (unsigned char)word[1] == key && !word[2])
            return row;
    }
    return NULL;
}

static enum command command_of(const char *word)
{
    enum command command = 0;
    while (command < COMMAND_COUNT && strcmp(command_rows[command].name, word) != 0)
        command++;
    return command;
}

static void read_word(struct reading *reading, const char *word)
{
    if (strcmp(word, "=") == 0) /* bash makes three words of --name=value */
        return;
    if (reading->open) {
        reading->open = NULL;
        return;
    }
    if (word[0] == '-' && word[1] && strcmp(word, "--") != 0) {
        const struct option_row *row = option_of(reading->command, word);
        reading->open = row && row->argp.arg ? row : NULL;
        return;
    }
    if (strcmp(word, "--") == 0 || reading->command == COMMAND_RUN)
        reading->rest = true; /* what `run` starts */
    else if (reading->command == COMMAND_COUNT)
        reading->command = command_of(word);
}

/* --- Candidates --- */

static int add_value(const struct option_row *row, const char *before, const char *prefix, struct buf *buf,
                     struct completion *ret)
{
    if (strcmp(row->argp.arg, "FILE") == 0 || strcmp(row->argp.arg, "PATH") == 0) {
        ret->more = COMPLETION_FILES;
        return 0;
    }
    if (row->type == OPTION_OUTPUT)
        return add(buf, prefix, before, row->argp.arg);
    int r = 0;
    if (row->argp.key == KEY_MODE)
        r = add(buf, prefix, before, "steal");
    if (r == 0 && row->argp.key == KEY_MODE)
        r = add(buf, prefix, before, "mirror");
    return r;
}

static int add_options(enum command command, const char *prefix, struct buf *buf)
{
    int r = add(buf, prefix, "--", "help");
    for (size_t i = 0; r == 0 && i < option_row_count; i++)
        if (option_rows[i].commands & (1u << command))
            r = add(buf, prefix, "--", option_rows[i].argp.name);
    return r;
}

static int add_commands(const char *prefix, struct buf *buf)
{
    int r = 0;
    for (enum command command = 0; r == 0 && command < COMMAND_COUNT; command++)
        r = add(buf, prefix, "", command_rows[command].name);
    return r;
}

static int add_shells(const char *prefix, struct buf *buf)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof shells / sizeof *shells; i++)
        r = add(buf, prefix, "", shells[i]);
    return r;
}

static int add_arguments(enum command command, const char *prefix, struct buf *buf, struct completion *ret)
{
    switch (command) {
    case COMMAND_COUNT:
        return add_commands(prefix, buf);
    case COMMAND_RUN:
        ret->more = COMPLETION_FILES;
        return 0;
    case COMMAND_STATUS:
    case COMMAND_KILL:
    case COMMAND_LOGS:
    case COMMAND_EXPLAIN:
    case COMMAND_TRY:
        ret->more = COMPLETION_NAMES;
        return 0;
    case COMMAND_COMPLETION:
        return add_shells(prefix, buf);
    case COMMAND_PAGE:
    case COMMAND_CHECK:
        return 0;
    }
    return 0;
}

/* "--name=value" in one word, as zsh and fish give it: the candidates begin with all of it. */
static int add_joined(enum command command, const char *word, struct buf *buf, struct completion *ret)
{
    char option[64], before[66];
    const char *equals = strchr(word, '=');
    if (str_copy(option, sizeof option, (struct str){word, (size_t)(equals - word)}) < 0)
        return 0;
    const struct option_row *row = option_of(command, option);
    if (!row || !row->argp.arg)
        return 0;
    check(str_copy(before, sizeof before, (struct str){word, (size_t)(equals - word) + 1}) == 0);
    return add_value(row, before, word, buf, ret);
}

int completion_words(const char *const *words, size_t count, struct buf *buf, struct completion *ret)
{
    struct reading reading = {.command = COMMAND_COUNT};
    const char *last = words[count - 1];
    for (size_t i = 0; i + 1 < count; i++)
        read_word(&reading, words[i]);
    *ret = (struct completion){COMPLETION_NOTHING, reading.command, strcmp(last, "=") == 0 ? "" : last};
    if (reading.open)
        return add_value(reading.open, "", ret->prefix, buf, ret);
    if (reading.rest && reading.command == COMMAND_RUN) {
        ret->more = COMPLETION_FILES;
        return 0;
    }
    if (!reading.rest && strncmp(last, "--", 2) == 0 && strchr(last, '='))
        return add_joined(reading.command, last, buf, ret);
    if (!reading.rest && last[0] == '-')
        return add_options(reading.command, last, buf);
    return add_arguments(reading.command, last, buf, ret);
}
