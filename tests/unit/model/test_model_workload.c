/* Deployment, StatefulSet and Rollout: the containers that can consume (W-2, W-4, W-5). */
#include "tests/unit/model/model_fixture.h"

static int decode(const char *api_version, const char *kind, const char *spec, struct arena *arena,
                  struct cluster_workload *ret, struct reason *why)
{
    char text[4096];
    snprintf(text, sizeof text, "apiVersion: %s\nkind: %s\nmetadata: {name: shop, namespace: web}\nspec:%s",
             api_version, kind, spec);
    struct json *document CLEANUP(json_freep) = model_given(text);
    return cluster_workload_decode(document, arena, ret, why);
}

#define TEMPLATE "\n  template:\n    spec:\n"

static void every_kind_has_the_same_containers(void **state)
{
    static const struct {
        const char *api_version, *kind;
        enum kind is;
    } rows[] = {{"apps/v1", "Deployment", KIND_DEPLOYMENT},
                {"apps/v1", "StatefulSet", KIND_STATEFUL_SET},
                {"argoproj.io/v1alpha1", "Rollout", KIND_ROLLOUT}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(MODEL_ARENA_BYTES);
        struct cluster_workload workload;
        struct reason why = {.code = REASON_NONE};
        assert_int_equal(decode(rows[i].api_version, rows[i].kind,
                                TEMPLATE "      containers:\n"
                                         "      - name: main\n        command: [run, $(TOPIC)]\n        args: [x]\n"
                                         "        env: [{name: TOPIC, value: orders}]\n"
                                         "      - {name: side, envFrom: [{configMapRef: {name: m}}]}\n",
                                &arena, &workload, &why),
                         0);
        assert_int_equal(workload.key.kind, rows[i].is);
        assert_string_equal(workload.key.namespace, "web");
        assert_int_equal(workload.container_count, 2);
        assert_string_equal(workload.containers[0].env[0].value, "orders");
        assert_string_equal(workload.containers[0].command[1], "$(TOPIC)");
        assert_string_equal(workload.containers[0].args[0], "x");
        assert_string_equal(workload.containers[1].env_from[0].name, "m");
    }
}

/* W-5: those that run beside the others count, those that end before them do not. */
static void only_init_containers_that_stay_are_there(void **state)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(MODEL_ARENA_BYTES);
    struct cluster_workload workload;
    struct reason why = {.code = REASON_NONE};
    (void)state;
    assert_int_equal(decode("apps/v1", "Deployment",
                            TEMPLATE "      initContainers:\n      - {name: before}\n"
                                     "      - {name: beside, restartPolicy: Always, env: [{name: T, value: t}]}\n"
                                     "      containers:\n      - {name: main}\n",
                            &arena, &workload, &why),
                     0);
    assert_int_equal(workload.container_count, 2);
    assert_string_equal(workload.containers[0].name, "main");
    assert_string_equal(workload.containers[1].name, "beside");
    assert_string_equal(workload.containers[1].env[0].value, "t");
}

static void what_only_the_kubelet_knows_is_kept_as_unresolved(void **state)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(MODEL_ARENA_BYTES);
    struct cluster_workload workload;
    struct reason why = {.code = REASON_NONE};
    (void)state;
    assert_int_equal(decode("apps/v1", "Deployment",
                            TEMPLATE
                            "      containers:\n      - name: main\n        env:\n"
                            "        - {name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}\n"
                            "        - {name: B, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}\n"
                            "        - {name: C, valueFrom: {fileKeyRef: {volumeName: v, path: p, key: k}}}\n"
                            "        - {name: D, valueFrom: {secretKeyRef: {name: s, key: k}}}\n"
                            "        - {name: E}\n",
                            &arena, &workload, &why),
                     0);
    const struct env_entry *env = workload.containers[0].env;
    assert_int_equal(env[0].kind, ENV_UNRESOLVED);
    assert_int_equal(env[1].kind, ENV_UNRESOLVED);
    assert_int_equal(env[2].kind, ENV_UNRESOLVED);
    assert_int_equal(env[3].kind, ENV_SECRET_KEY);
    assert_int_equal(env[4].kind, ENV_VALUE);
    assert_string_equal(env[4].value, "");
}

static void what_has_no_pods_of_its_own_is_refused(void **state)
{
    static const struct {
        const char *kind, *spec;
        enum reason_code code;
        const char *says;
    } rows[] = {{"Rollout", "\n  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: real}\n",
                 REASON_TEMPLATE_ELSEWHERE, "Deployment real"},
                {"Rollout", " {}\n", REASON_FIELD_INVALID, "spec.template.spec.containers"},
                {"Rollout", TEMPLATE "      containers: {name: x}\n", REASON_FIELD_INVALID, "containers"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(MODEL_ARENA_BYTES);
        struct cluster_workload workload;
        struct reason why = {.code = REASON_NONE};
        assert_int_equal(decode("argoproj.io/v1alpha1", rows[i].kind, rows[i].spec, &arena, &workload, &why),
                         RESOURCE_REFUSED);
        assert_reason(&why, rows[i].code, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_the_same_containers),
        cmocka_unit_test(only_init_containers_that_stay_are_there),
        cmocka_unit_test(what_only_the_kubelet_knows_is_kept_as_unresolved),
        cmocka_unit_test(what_has_no_pods_of_its_own_is_refused),
    };
    return cmocka_run_group_tests_name("workload", tests, NULL, NULL);
}
