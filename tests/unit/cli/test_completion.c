/* What may stand at the cursor. */
#include "cli/completion_words.h"
#include "tests/unit/cmocka_all.h"

#define COMPLETE(...) \
    complete((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static struct completion found;
static char text[4096];

static const char *complete(const char *const *words, size_t count)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(sizeof text);
    assert_int_equal(completion_words(words, count, &buf, &found), 0);
    assert_int_equal(str_copy(text, sizeof text, buf_str(&buf)), 0);
    return text;
}

static void commands_come_first(void **state)
{
    (void)state;
    assert_string_equal(COMPLETE("st"), "status\n");
    assert_string_equal(COMPLETE(""), "run\nstatus\nkill\nlogs\nexplain\ntry\npage\ncheck\ncompletion\n");
    assert_string_equal(COMPLETE("-n", "team", "ki"), "kill\n");
    assert_string_equal(COMPLETE("--socket", "st", "lo"), "logs\n"); /* a value is no command */
}

static void options_are_those_of_the_command(void **state)
{
    (void)state;
    assert_string_equal(COMPLETE("logs", "--fo"), "--follow\n--for\n");
    assert_string_equal(COMPLETE("status", "--fo"), "");
    assert_string_equal(COMPLETE("run", "--fi"), "--file\n--filter\n");
    assert_non_null(strstr(COMPLETE("kill", "-"), "--all\n"));
    assert_non_null(strstr(text, "--help\n"));
    assert_null(strstr(text, "--watch"));
}

static void values_are_completed_where_they_are_known(void **state)
{
    (void)state;
    assert_string_equal(COMPLETE("status", "-o", ""), "json\n");
    assert_string_equal(COMPLETE("run", "--mode", "m"), "mirror\n");
    assert_string_equal(COMPLETE("run", "--mode", "=", "s"), "steal\n"); /* bash */
    assert_string_equal(COMPLETE("run", "--mode", "="), "steal\nmirror\n");
    assert_string_equal(COMPLETE("run", "--mode=s"), "--mode=steal\n"); /* zsh, fish */
    assert_string_equal(COMPLETE("run", "-t", ""), "");
    assert_int_equal(found.more, COMPLETION_NOTHING);
    COMPLETE("run", "-f", "mirr");
    assert_int_equal(found.more, COMPLETION_FILES);
    COMPLETE("--kubeconfig", "");
    assert_int_equal(found.more, COMPLETION_FILES);
}

static void names_are_asked_for_where_one_stands(void **state)
{
    (void)state;
    assert_string_equal(COMPLETE("logs", "-f", "spl"), "");
    assert_int_equal(found.more, COMPLETION_NAMES);
    assert_int_equal(found.command, COMMAND_LOGS);
    assert_string_equal(found.prefix, "spl");
    COMPLETE("kill", "one", "");
    assert_int_equal(found.more, COMPLETION_NAMES);
    COMPLETE("check", "");
    assert_int_equal(found.more, COMPLETION_NOTHING);
    assert_string_equal(COMPLETE("completion", "f"), "fish\n");
}

static void the_words_of_another_program_are_files(void **state)
{
    (void)state;
    assert_string_equal(COMPLETE("run", "--", "--fi"), "");
    assert_int_equal(found.more, COMPLETION_FILES);
    COMPLETE("run", "python", "--he");
    assert_int_equal(found.more, COMPLETION_FILES);
}

static void an_unknown_command_completes_nothing_wrong(void **state)
{
    (void)state;
    assert_string_equal(COMPLETE("-", ""), "run\nstatus\nkill\nlogs\nexplain\ntry\npage\ncheck\ncompletion\n");
    assert_string_equal(COMPLETE("status", "--nonsense=x"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_come_first),
        cmocka_unit_test(options_are_those_of_the_command),
        cmocka_unit_test(values_are_completed_where_they_are_known),
        cmocka_unit_test(names_are_asked_for_where_one_stands),
        cmocka_unit_test(the_words_of_another_program_are_files),
        cmocka_unit_test(an_unknown_command_completes_nothing_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
