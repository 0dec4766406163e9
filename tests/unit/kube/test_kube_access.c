/* The access of a pod's service account, and of a socket. */
#include "common/kube/access.h"
#include "tests/unit/base/scratch.h"

static const char *host, *port;

static char *lookup(const char *name)
{
    const char *value = strcmp(name, "KUBERNETES_SERVICE_HOST") == 0   ? host
                        : strcmp(name, "KUBERNETES_SERVICE_PORT") == 0 ? port
                                                                       : NULL;
    return (char *)(uintptr_t)value;
}

static void outside_of_a_pod_there_is_none(void **state)
{
    const struct scratch *scratch = *state;
    struct kube_access access = kube_access_empty();
    struct reason why;
    host = NULL;
    port = "443";
    assert_int_equal(kube_access_in_cluster(lookup, scratch->path, &access, &why), KUBE_ACCESS_ABSENT);
    host = "10.0.0.1";
    port = "";
    assert_int_equal(kube_access_in_cluster(lookup, scratch->path, &access, &why), KUBE_ACCESS_ABSENT);
}

static void a_pod_has_files_that_are_read_later(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(kube_access_deinit) struct kube_access access = kube_access_empty();
    struct reason why;
    char path[128];
    host = "fd00::1";
    port = "6443";
    scratch_put(scratch, "namespace", STR("mirrord\n"));
    assert_int_equal(kube_access_in_cluster(lookup, scratch->path, &access, &why), 0);
    assert_string_equal(access.server, "https://[fd00::1]:6443");
    assert_string_equal(access.namespace, "mirrord");
    snprintf(path, sizeof path, "%s/token", scratch->path);
    assert_string_equal(access.token_file, path);
    snprintf(path, sizeof path, "%s/ca.crt", scratch->path);
    assert_string_equal(access.ca.file, path);
    assert_false(access.insecure);
}

/* S-10 */
static void a_host_has_a_limit(void **state)
{
    const struct scratch *scratch = *state;
    struct kube_access access = kube_access_empty();
    struct reason why;
    char name[1000];
    memset(name, 'h', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    host = name;
    port = "1";
    assert_int_equal(kube_access_in_cluster(lookup, scratch->path, &access, &why), KUBE_ACCESS_INVALID);
}

static void a_socket_is_an_access(void **state)
{
    CLEANUP(kube_access_deinit) struct kube_access access = kube_access_empty();
    (void)state;
    assert_int_equal(kube_access_socket("/run/x.sock", &access), 0);
    assert_string_equal(access.socket_path, "/run/x.sock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outside_of_a_pod_there_is_none, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_pod_has_files_that_are_read_later, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_host_has_a_limit, scratch_setup, scratch_teardown),
        cmocka_unit_test(a_socket_is_an_access),
    };
    return cmocka_run_group_tests_name("kube_access", tests, NULL, NULL);
}
