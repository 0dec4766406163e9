/* The configuration of the client underneath (docs/cli.md). */
#include "tests/unit/cli/cli_given.h"

#include "cli/mirrord_config.h"

static struct json *parsed(const char *text)
{
    struct json *json = NULL;
    struct json_error error;
    assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &json, &error), 0);
    return json;
}

static void derived(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {NULL, "{\"operator\":false,\"feature\":{\"env\":{\"override\":{\"T\":\"tmp\"}}}}"},
        {"{\"operator\":true,\"target\":\"deployment/"
         "x\",\"feature\":{\"split_queues\":{\"q\":{}},\"network\":{\"incoming\":\"steal\"}}}",
         "{\"operator\":false,\"target\":\"deployment/"
         "x\",\"feature\":{\"network\":{\"incoming\":\"steal\"},\"env\":{\"override\":{\"T\":\"tmp\"}}}}"},
        {"{\"feature\":{\"env\":{\"include\":\"A;B\",\"override\":{\"T\":\"mine\",\"U\":\"u\"}}}}",
         "{\"feature\":{\"env\":{\"include\":\"A;B\",\"override\":{\"T\":\"tmp\",\"U\":\"u\"}}},\"operator\":false}"},
        {"{\"feature\":{\"env\":true}}", "{\"feature\":{\"env\":{\"override\":{\"T\":\"tmp\"}}},\"operator\":false}"},
        {"{\"feature\":{\"env\":false}}", "{\"feature\":{\"env\":false},\"operator\":false}"},
    };
    CLEANUP(json_freep) struct json *env = parsed("[{\"name\":\"T\",\"value\":\"tmp\"}]");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP(json_freep) struct json *document = rows[i][0] ? parsed(rows[i][0]) : NULL;
        CLEANUP(json_freep) struct json *result = NULL;
        assert_int_equal(mirrord_derive(document, env, &result), 0);
        assert_json(result, rows[i][1]);
    }
}

static void recognised(void **state)
{
    (void)state;
    static char mirrord[] = "mirrord", path[] = "/usr/bin/mirrord", exec[] = "exec", other[] = "ls", node[] = "node";
    char *const yes[] = {mirrord, exec, node, NULL}, *const path_too[] = {path, exec, NULL};
    char *const listing[] = {mirrord, other, NULL}, *const alone[] = {mirrord, NULL},
                *const no[] = {node, exec, NULL};
    assert_true(mirrord_is_exec(yes));
    assert_true(mirrord_is_exec(path_too));
    assert_false(mirrord_is_exec(listing));
    assert_false(mirrord_is_exec(alone));
    assert_false(mirrord_is_exec(no));
}

/* Its own file is replaced, in every way of writing the option; what follows "--" is left alone. */
static void arguments(void **state)
{
    (void)state;
    static char mirrord[] = "mirrord", exec[] = "exec", joined[] = "--config-file=/nowhere.json",
                glued[] = "-f/nowhere.json", equals[] = "-f=/nowhere.json", dashes[] = "--", node[] = "node",
                option[] = "-f", x[] = "x";
    char *own[] = {joined, glued, equals};
    CLEANUP(client_file_deinit) struct client_file file = {.queues = json_new_array()};
    CLEANUP(json_freep) struct json *env = parsed("[]");
    struct mirrord_command command;
    struct reason why;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        char *const argv[] = {mirrord, exec, own[i], node, NULL};
        assert_int_equal(mirrord_command_new(argv, &file, env, &command, &why), CLIENT_FILE_INVALID);
        assert_non_null(strstr(why.text, "/nowhere.json"));
    }
    char *const plain[] = {mirrord, exec, dashes, node, option, x, NULL};
    assert_int_equal(mirrord_command_new(plain, &file, env, &command, &why), 0);
    static const char *const wanted[] = {"mirrord", "exec", "-f", NULL, "--", "node", "-f", "x"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(command.argv[i], wanted[i] ? wanted[i] : command.path);
    assert_null(command.argv[sizeof wanted / sizeof wanted[0]]);
    mirrord_command_deinit(&command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derived),
        cmocka_unit_test(recognised),
        cmocka_unit_test(arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
