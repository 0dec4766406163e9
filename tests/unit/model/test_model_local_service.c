/* LocalService with Kubernetes' own EnvVar forms. */
#include "tests/unit/model/model_fixture.h"

struct decoded {
    struct arena arena;
    struct local_service service;
    struct field_report report;
    struct reason why;
    int result;
};

static void decoded_deinit(struct decoded *decoded) { arena_deinit(&decoded->arena); }

static struct decoded decode(const char *spec)
{
    char text[4096];
    struct decoded decoded = {.arena = ARENA_INIT(MODEL_ARENA_BYTES)};

    snprintf(text, sizeof text,
             "apiVersion: sluice.dev/v1alpha1\nkind: LocalService\nmetadata: {name: shop}\nspec: %s", spec);
    struct json *document CLEANUP(json_freep) = model_given(text);
    decoded.result = local_service_decode(document, &decoded.arena, &decoded.service, &decoded.report, &decoded.why);
    return decoded;
}

static void every_form_is_read(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode(
        "\n  restart: [systemctl, restart, shop]\n  ready: [curl, -f, 'http://localhost']\n  containers:\n  - name: "
        "main\n"
        "    envFile: /etc/shop/env\n    env:\n    - {name: PLAIN, value: x}\n    - {name: EMPTY}\n"
        "    - {name: NULLED, value: null, valueFrom: null}\n"
        "    - {name: MAP, valueFrom: {configMapKeyRef: {name: m, key: k, optional: true}}}\n"
        "    - {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}, configMapKeyRef: null}}\n"
        "    envFrom:\n    - {prefix: P_, configMapRef: {name: m, optional: true}}\n    - {secretRef: {name: s}}\n");
    const struct container *container = decoded.service.containers;

    (void)state;
    if (decoded.result)
        fail_msg("%s", decoded.why.text);
    assert_int_equal(decoded.report.unknown_count, 0);
    assert_string_equal(decoded.service.restart[2], "shop");
    assert_null(decoded.service.restart[3]);
    assert_string_equal(decoded.service.ready[0], "curl");
    assert_int_equal(decoded.service.container_count, 1);
    assert_string_equal(container->name, "main");
    assert_string_equal(container->env_file, "/etc/shop/env");
    assert_int_equal(container->env_count, 5);
    assert_string_equal(container->env[0].value, "x");
    assert_string_equal(container->env[1].value, "");
    assert_int_equal(container->env[2].kind, ENV_VALUE);
    assert_int_equal(container->env[3].kind, ENV_CONFIG_MAP_KEY);
    assert_true(container->env[3].optional);
    assert_string_equal(container->env[3].reference_name, "m");
    assert_int_equal(container->env[4].kind, ENV_SECRET_KEY);
    assert_string_equal(container->env[4].reference_key, "k");
    assert_false(container->env[4].optional);
    assert_int_equal(container->env_from_count, 2);
    assert_false(container->env_from[0].secret);
    assert_true(container->env_from[0].optional);
    assert_string_equal(container->env_from[0].prefix, "P_");
    assert_true(container->env_from[1].secret);
    assert_string_equal(container->env_from[1].prefix, "");
}

static void ready_may_be_left_out(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) =
        decode("{restart: [x], containers: [{name: a, envFile: /e}], colour: red}\n");

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_null(decoded.service.ready);
    assert_int_equal(decoded.report.unknown_count, 1);
}

static void what_could_not_be_run_is_refused(void **state)
{
    static const struct {
        const char *spec, *part;
        enum reason_code code;
    } rows[] = {
        {"{restart: [x], containers: []}", "spec.containers: must have at least one", REASON_FIELD_INVALID},
        {"{restart: [], containers: [{name: a, envFile: /e}]}", "spec.restart: must have", REASON_FIELD_INVALID},
        {"{restart: [''], containers: [{name: a, envFile: /e}]}", "spec.restart[0]", REASON_FIELD_INVALID},
        {"{restart: [null], containers: [{name: a, envFile: /e}]}", "spec.restart[0]", REASON_FIELD_INVALID},
        {"{restart: [x], ready: [''], containers: [{name: a, envFile: /e}]}", "spec.ready[0]", REASON_FIELD_INVALID},
        {"{restart: [./x], containers: [{name: a, envFile: /e}]}", "spec.restart[0]: must be an absolute path",
         REASON_FIELD_INVALID},
        {"{restart: [x], ready: [bin/x], containers: [{name: a, envFile: /e}]}", "spec.ready[0]: must be an absolute",
         REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e}, {name: b, envFile: //f/../e}]}", "must differ",
         REASON_FIELD_INVALID},
        {"{restart: x, containers: [{name: a, envFile: /e}]}", "spec.restart: must be a list", REASON_FIELD_INVALID},
        {"{restart: [7], containers: [{name: a, envFile: /e}]}", "spec.restart[0]: must be a string",
         REASON_FIELD_INVALID},
        {"{containers: [{name: a, envFile: /e}]}", "spec.restart: missing", REASON_FIELD_MISSING},
        {"{restart: [x], containers: [{name: a, envFile: e}]}", "must be an absolute path", REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a}]}", "spec.containers[0].envFile: missing", REASON_FIELD_MISSING},
        {"{restart: [x], containers: [{name: a, envFile: /e}, {name: a, envFile: /f}]}", "must differ",
         REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e}, {name: b, envFile: /e}]}", "must differ",
         REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e, env: [{name: A, valueFrom: {fieldRef: {x: y}}}]}]}",
         "spec.containers[0].env[0]", REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e, env: [{name: A, value: b, valueFrom: {secretKeyRef: "
         "{name: "
         "s, key: k}}}]}]}",
         "spec.containers[0].env[0]", REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e, envFrom: [{prefix: p}]}]}",
         "spec.containers[0].envFrom[0]", REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e, envFrom: [{secretRef: {name: a}, configMapRef: {name: "
         "b}}]}]}",
         "spec.containers[0].envFrom[0]", REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e, env: [{name: A, value: 7}]}]}",
         "spec.containers[0].env[0].value: must be a string", REASON_FIELD_INVALID},
        {"{restart: [x], containers: [{name: a, envFile: /e, env: [{name: A, value: \"a\\0b\"}]}]}",
         "must not contain a NUL", REASON_FIELD_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decoded decoded CLEANUP(decoded_deinit) = decode(rows[i].spec);
        if (decoded.result != RESOURCE_REFUSED)
            fail_msg("accepted: %s", rows[i].spec);
        assert_reason(&decoded.why, rows[i].code, rows[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(ready_may_be_left_out),
        cmocka_unit_test(what_could_not_be_run_is_refused),
    };

    return cmocka_run_group_tests_name("local_service", tests, NULL, NULL);
}
