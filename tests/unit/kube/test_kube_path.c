/* Paths and queries of the API. */
#include "common/kube/path.h"
#include "tests/unit/cmocka_all.h"

static void expect_path(struct kube_path path, const char *expected)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(KUBE_PATH_BYTES_MAX);
    assert_int_equal(kube_path_build(&path, &buf), 0);
    assert_string_equal(buf.data, expected);
}

static void paths_have_the_parts_that_are_given(void **state)
{
    const struct kube_resource sessions = kube_resource_of(KIND_SPLIT_SESSION),
                               secrets = kube_resource_of(KIND_SECRET);
    (void)state;
    expect_path((struct kube_path){.resource = sessions}, "/apis/sluice.dev/v1alpha1/splitsessions");
    expect_path(
        (struct kube_path){
            .resource = sessions, .namespace = "a", .name = "b", .subresource = "status", .query = "x=y"},
        "/apis/sluice.dev/v1alpha1/namespaces/a/splitsessions/b/status?x=y");
    expect_path((struct kube_path){.resource = secrets, .namespace = "a", .query = ""},
                "/api/v1/namespaces/a/secrets");
    expect_path((struct kube_path){.resource = {"authentication.k8s.io", "v1", "tokenreviews"}},
                "/apis/authentication.k8s.io/v1/tokenreviews");
}

/* What comes from outside cannot lead elsewhere. */
static void parts_are_escaped(void **state)
{
    const struct kube_resource pods = {"", "v1", "pods"};
    (void)state;
    expect_path((struct kube_path){.resource = pods, .namespace = "../x", .name = "a?b#c"},
                "/api/v1/namespaces/..%2Fx/pods/a%3Fb%23c");
}

static void queries_are_joined_and_escaped(void **state)
{
    CLEANUP(buf_deinit) struct buf query = BUF_INIT(100);
    (void)state;
    assert_int_equal(kube_query_add(&query, "limit", "500"), 0);
    assert_int_equal(kube_query_add(&query, "continue", NULL), 0);
    assert_int_equal(kube_query_add(&query, "labelSelector", "a in (b,c)&d"), 0);
    assert_string_equal(query.data, "limit=500&labelSelector=a%20in%20%28b%2Cc%29%26d");
}

/* S-10 */
static void paths_have_a_limit(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(30);
    const struct kube_path path = {.resource = kube_resource_of(KIND_SPLIT_SESSION)};
    (void)state;
    assert_int_equal(kube_path_build(&path, &buf), -ENOBUFS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_have_the_parts_that_are_given),
        cmocka_unit_test(parts_are_escaped),
        cmocka_unit_test(queries_are_joined_and_escaped),
        cmocka_unit_test(paths_have_a_limit),
    };
    return cmocka_run_group_tests_name("kube_path", tests, NULL, NULL);
}
