/* kubeconfig files: merged as kubectl does, and refused with file, line and field. */
#include "tests/unit/kube/kube_given.h"

static void everything_of_a_context_is_read(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    char path[128];
    given_config(
        scratch,
        "server: 'https://k:6443/', certificate-authority-data: Q0E=, tls-server-name: n, proxy-url: 'socks5://p:1'",
        "client-certificate: certs/me.crt, client-key-data: S0VZ, token: t, tokenFile: /run/t, as: jane, as-uid: "
        "'7', "
        "as-groups: [a, b]");
    assert_int_equal(given_read(NULL, &config, &why), 0);
    const struct kube_access *access = &config.access;
    assert_string_equal(config.context, "here");
    assert_string_equal(access->server, "https://k:6443");
    assert_string_equal(access->ca.data.data, "CA");
    assert_string_equal(access->tls_server_name, "n");
    assert_string_equal(access->proxy_url, "socks5://p:1");
    assert_string_equal(access->namespace, "team");
    snprintf(path, sizeof path, "%s/certs/me.crt", scratch->path); /* as seen from the file */
    assert_string_equal(access->certificate.file, path);
    assert_string_equal(access->key.data.data, "KEY");
    assert_string_equal(access->token.data, "t");
    assert_string_equal(access->token_file, "/run/t");
    assert_string_equal(access->as_user, "jane");
    assert_string_equal(access->as_uid, "7");
    assert_string_equal(access->as_groups[1], "b");
    assert_null(access->as_groups[2]);
    assert_false(access->insecure);
    assert_null(config.exec);
}

/* kubectl's rule: the first file that says something of a name says all of it. */
static void files_are_merged(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    scratch_put(scratch, "a", STR("clusters:\n- name: c\n  cluster: {server: 'https://first'}\n"));
    scratch_put(
        scratch, "b",
        STR("current-context: b\ncontexts:\n- name: b\n  context: {cluster: c, user: u}\nclusters:\n- name: c\n"
            "  cluster: {server: 'https://second', tls-server-name: second}\n"));
    scratch_put(scratch, "c", STR("current-context: c\nusers:\n- name: u\n  user: {token: x}\n"));
    given_files(scratch, "a:missing:b:c");
    assert_int_equal(given_read(NULL, &config, &why), 0);
    assert_string_equal(config.context, "b");
    assert_string_equal(config.access.server, "https://first");
    assert_null(config.access.tls_server_name);
    assert_string_equal(config.access.token.data, "x");
    assert_null(config.access.namespace);
}

static void a_context_may_be_named(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    scratch_put(
        scratch, "a",
        STR("contexts:\n- name: x\n  context: {cluster: c}\nclusters:\n- name: c\n  cluster: {server: 'http://h', "
            "insecure-skip-tls-verify: true}\n"));
    given_files(scratch, "a");
    assert_int_equal(given_read(NULL, &config, &why), KUBECONFIG_ABSENT); /* none is the current one */
    assert_int_equal(given_read("x", &config, &why), 0);
    assert_true(config.access.insecure);
    given_refused("y", "there is no context 'y' in ");
}

static void without_files_nothing_is_meant(void **state)
{
    const struct scratch *scratch = *state;
    struct kubeconfig config;
    struct reason why;
    given_files(scratch, "none");
    assert_int_equal(given_read(NULL, &config, &why), KUBECONFIG_ABSENT);
    given_files(scratch, "");
    assert_int_equal(given_read(NULL, &config, &why), KUBECONFIG_ABSENT);
    given_refused("x", "there is no context 'x' in any kubeconfig");
    snprintf(given_home, sizeof given_home, "%s", scratch->path);
    assert_int_equal(mkdirat(scratch->fd, ".kube", 0700), 0);
    scratch_put(scratch, ".kube/config", STR("current-context: gone\n"));
    given_refused(NULL, "there is no context 'gone' in /tmp/");
}

/* --kubeconfig: that file alone, and it must be there. */
static void a_file_may_be_named(void **state)
{
    const struct scratch *scratch = *state;
    struct kubeconfig config;
    struct reason why;
    char path[128];
    snprintf(path, sizeof path, "%s/missing", scratch->path);
    const struct kubeconfig_query query = {.file = path, .lookup = given_lookup};
    assert_int_equal(kubeconfig_read(&query, &config, &why), KUBECONFIG_REFUSED);
    assert_non_null(strstr(why.text, "cannot be read: No such file"));
}

/* Each is named with file, line and field. */
static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *cluster, *user, *words;
    } rows[] = {
        {"", "", "config:9: clusters[0].cluster.server: is missing"},
        {"server: 'kube:6443'", "", "clusters[0].cluster.server: does not begin with https://"},
        {"server: 3", "", "clusters[0].cluster.server: is no text"},
        {"server: 'https://k', insecure-skip-tls-verify: 'yes'", "",
         "insecure-skip-tls-verify: is neither true nor false"},
        {"server: 'https://k', insecure-skip-tls-verify: true, certificate-authority: x", "", "says not to verify"},
        {"server: 'https://k', certificate-authority-data: '*'", "", "certificate-authority-data: is no base64"},
        {"server: 'https://k', proxy-url: 'ftp://x'", "", "proxy-url: does not begin with"},
        {"server: 'https://k'", "auth-provider: {name: gcp}",
         "config:12: users[0].user.auth-provider: 'gcp' is not supported"},
        {"server: 'https://k'", "username: a, password: b", "users[0].user.username: passwords are not supported"},
        {"server: 'https://k'", "as-user-extra: {a: [b]}", "users[0].user.as-user-extra: is not supported"},
        {"server: 'https://k'", "client-certificate: a", "users[0].user.client-key: is missing"},
        {"server: 'https://k'", "client-key-data: S0VZ", "users[0].user.client-certificate: is missing"},
        {"server: 'https://k'", "token: [x]", "users[0].user.token: is no text"},
        {"server: 'https://k'", "as-groups: a", "users[0].user.as-groups: is no list"},
        {"server: 'https://k'", "as-groups: [1]", "users[0].user.as-groups: number 1 is no text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        given_config(*state, rows[i].cluster, rows[i].user);
        given_refused(NULL, rows[i].words);
    }
}

static void names_must_lead_somewhere(void **state)
{
    const struct scratch *scratch = *state;
    scratch_put(scratch, "a", STR(GIVEN_HEAD));
    given_files(scratch, "a");
    given_refused(NULL, "a:6: contexts[0].context.cluster: there is no 'c' in clusters");
    scratch_put(scratch, "a", STR(GIVEN_HEAD "clusters:\n- name: c\n  cluster: {server: 'https://x'}\n"));
    given_refused(NULL, "contexts[0].context.user: there is no 'u' in users");
    scratch_put(scratch, "a", STR("current-context: here\ncontexts:\n- name: here\n  context: {}\n"));
    given_refused(NULL, "contexts[0].context.cluster: is missing");
}

/* S-10 */
static void what_is_no_kubeconfig_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    char *large = calloc(1, KUBECONFIG_FILE_BYTES_MAX + 1);
    given_files(scratch, "a");
    scratch_put(scratch, "a", STR("a: b: c\n"));
    given_refused(NULL, "/a:1: ");
    scratch_put(scratch, "a", STR("kind: Pod\n"));
    given_refused(NULL, "/a:1: kind is not Config");
    scratch_put(scratch, "a", STR("- x\n"));
    given_refused(NULL, "is no kubeconfig");
    scratch_put(scratch, "a", STR("a: 1\n---\nb: 1\n"));
    given_refused(NULL, "is one document");
    memset(large, '#', KUBECONFIG_FILE_BYTES_MAX + 1);
    scratch_put(scratch, "a", (struct str){large, KUBECONFIG_FILE_BYTES_MAX + 1});
    given_refused(NULL, "is longer than 1048576 bytes");
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_of_a_context_is_read, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(files_are_merged, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_context_may_be_named, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(without_files_nothing_is_meant, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_file_may_be_named, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(names_must_lead_somewhere, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_kubeconfig_is_refused, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("kube_kubeconfig", tests, NULL, NULL);
}
