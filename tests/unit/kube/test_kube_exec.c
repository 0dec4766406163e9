/* Commands that print credentials: how they are described, what they are told, and how their answer is read. */
#include "tests/unit/kube/kube_given.h"

#define V1 "client.authentication.k8s.io/v1"

static void expect_info(const struct kube_exec *exec, bool interactive, const char *expected)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(10000);
    assert_int_equal(kube_exec_info(exec, interactive, &text), 0);
    assert_string_equal(text.data, expected);
}

static void a_command_is_described(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    char path[128];
    given_config(scratch, "server: 'https://k'",
                 "exec: {apiVersion: " V1 ", command: ./bin/login, args: [--a, b c], env: [{name: X, value: y}], "
                 "interactiveMode: Never, installHint: get it}");
    assert_int_equal(given_read(NULL, &config, &why), 0);
    snprintf(path, sizeof path, "%s/./bin/login", scratch->path);
    assert_string_equal(config.exec->argv[0], path);
    assert_string_equal(config.exec->argv[2], "b c");
    assert_null(config.exec->argv[3]);
    assert_string_equal(config.exec->install_hint, "get it");
    assert_int_equal(config.exec->interactive, KUBE_EXEC_NEVER);
    assert_int_equal(json_count(config.exec->environment), 1);
    expect_info(config.exec, false,
                "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"spec\":{\"interactive\":false}}");
}

/* provideClusterInfo: with the CA as data, though the file says it as a path, and with the cluster's extension. */
static void a_command_may_be_told_of_the_cluster(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    scratch_put(scratch, "ca.pem", STR("pem"));
    given_config(
        scratch,
        "server: 'https://k', certificate-authority: ca.pem, tls-server-name: n, extensions: [{name: other, "
        "extension: 1}, {name: client.authentication.k8s.io/exec, extension: {a: b}}]",
        "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login, provideClusterInfo: true}");
    assert_int_equal(given_read(NULL, &config, &why), 0);
    assert_string_equal(config.exec->argv[0], "login"); /* looked up in PATH */
    assert_int_equal(config.exec->interactive, KUBE_EXEC_IF_AVAILABLE);
    expect_info(config.exec, true,
                "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"spec\":{"
                "\"interactive\":true,\"cluster\":{\"server\":\"https://k\",\"tls-server-name\":\"n\","
                "\"certificate-authority-data\":\"cGVt\",\"config\":{\"a\":\"b\"}}}}");
}

static void a_token_makes_the_command_needless(void **state)
{
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    given_config(*state, "server: 'https://k'",
                 "token: t, exec: {apiVersion: " V1 ", command: login, interactiveMode: Never}");
    assert_int_equal(given_read(NULL, &config, &why), 0);
    assert_null(config.exec);
}

static void a_wrong_description_is_named(void **state)
{
    static const struct {
        const char *exec, *words;
    } rows[] = {
        {"command: x", "users[0].user.exec.apiVersion: is neither"},
        {"apiVersion: client.authentication.k8s.io/v1alpha1, command: x",
         "users[0].user.exec.apiVersion: is neither"},
        {"apiVersion: " V1 ", interactiveMode: Never", "users[0].user.exec.command: is missing"},
        {"apiVersion: " V1 ", command: x", "users[0].user.exec.interactiveMode: is missing"},
        {"apiVersion: " V1 ", command: x, interactiveMode: Maybe", "is not one of Never, IfAvailable, Always"},
        {"apiVersion: " V1 ", command: x, args: y", "users[0].user.exec.args: is no list"},
        {"apiVersion: " V1 ", command: x, env: [{name: A}]",
         "users[0].user.exec.env: number 1 has no name, or no value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char user[300];
        snprintf(user, sizeof user, "exec: {%s}", rows[i].exec);
        given_config(*state, "server: 'https://k'", user);
        given_refused(NULL, rows[i].words);
    }
}

static char version[] = V1, program[] = "login";
static char *arguments[] = {program, NULL};
static const struct kube_exec given_exec = {.api_version = version, .argv = arguments};
#define ANSWER(status) "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":" status "}"

static void an_answer_is_read(void **state)
{
    struct kube_exec_answer answer;
    struct reason why;
    (void)state;
    assert_int_equal(
        kube_exec_read(&given_exec,
                       STR(ANSWER("{\"token\":\"t\",\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\","
                                  "\"expirationTimestamp\":\"1970-01-01T00:01:00Z\"}")),
                       &answer, &why),
        0);
    assert_string_equal(answer.token.data, "t");
    assert_string_equal(answer.certificate.data, "c");
    assert_string_equal(answer.key.data, "k");
    assert_int_equal(answer.expires_wall_ms, 60000);
    kube_exec_answer_deinit(&answer);
}

/* What it printed may hold a secret, so it is never quoted (S-4). */
static void a_wrong_answer_is_refused_without_quoting_it(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"hunter2", "is no JSON"},
        {"", "is no JSON"},
        {"{\"kind\":\"hunter2\"}", "is no ExecCredential"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}",
         "is no ExecCredential"},
        {ANSWER("{}"), "neither status.token"},
        {ANSWER("null"), "neither status.token"},
        {ANSWER("{\"clientCertificateData\":\"hunter2\"}"), "without its key"},
        {ANSWER("{\"token\":\"hunter2\",\"expirationTimestamp\":\"soon\"}"), "is no time"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kube_exec_answer answer;
        struct reason why;
        assert_int_equal(kube_exec_read(&given_exec, str_of(rows[i].text), &answer, &why), KUBECONFIG_REFUSED);
        if (!strstr(why.text, rows[i].words))
            fail_msg("'%s' is not in: %s", rows[i].words, why.text);
        assert_null(strstr(why.text, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_is_described, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_command_may_be_told_of_the_cluster, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_token_makes_the_command_needless, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_description_is_named, scratch_setup, scratch_teardown),
        cmocka_unit_test(an_answer_is_read),
        cmocka_unit_test(a_wrong_answer_is_refused_without_quoting_it),
    };
    return cmocka_run_group_tests_name("kube_exec", tests, NULL, NULL);
}
