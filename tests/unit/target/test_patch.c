/* The patch of a workload, forth and back: W-1, W-2, W-7, W-8. */
#include "common/base/secret.h"
#include "tests/unit/target/patch_given.h"

#define HEAD                                                                                        \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, uid: u1, annotations: {a: b}}\n" \
    "spec:\n  replicas: 2\n  template:\n    metadata: {labels: {app: shop}}\n    spec:\n"

static const struct target_entry topic = {"main", "TOPIC", TEMP, NULL};

/* Every form that an entry may have before. */
static void every_form_is_given_back_byte_for_byte(void **state)
{
    static const char *const rows[] = {
        "      containers: [{name: main, env: [{name: A, value: a}, {name: TOPIC, value: orders}, {name: B}]}]\n",
        "      containers: [{name: main, env: [{name: TOPIC, value: $(A)-orders}]}]\n",
        "      containers: [{name: main, env: [{name: TOPIC, value: ''}]}]\n",
        "      containers: [{name: main, env: [{name: TOPIC}]}]\n",
        "      containers: [{name: main, env: [{name: TOPIC, value: 'k://u:p%40ss@host/orders?x=ü'}]}]\n",
        "      containers: [{name: main, env: [{name: TOPIC, valueFrom: {configMapKeyRef: {name: m, key: k}}}]}]\n",
        "      containers: [{name: main, env: []}]\n",
        "      containers: [{name: main}]\n",
        "      containers: [{name: x, env: [{name: TOPIC, value: other}]}, {name: main, image: i}]\n",
        "      containers: [{name: main, env: [{name: TOPIC, value: first}, {name: TOPIC, value: orders}]}]\n",
        "      containers: [{name: x}]\n      initContainers: [{name: once}, {name: main, restartPolicy: Always}]\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2048];
        snprintf(text, sizeof text, HEAD "%s", rows[i]);
        struct json *before CLEANUP(json_freep) = given(text), *document CLEANUP(json_freep) = given(text);
        assert_false(patch_in_force(document, &topic, 1));
        assert_true(patch_with(document, &topic, 1));
        assert_true(patch_in_force(document, &topic, 1));
        assert_true(patch_is_on(document));
        assert_string_equal(
            json_text(json_get(json_path(template_of(document), "metadata", "labels", NULL), PATCH_LABEL)), "true");
        assert_false(patch_with(document, &topic, 1)); /* the judge after a refusal: it is ours already */
        assert_true(restore(document));
        assert_same(document, before);
        assert_false(restore(document));
    }
}

/* W-1: a value may hold a password beside the name. */
static void what_a_value_holds_beside_the_name_is_not_recorded(void **state)
{
    struct json *document CLEANUP(json_freep) =
        given(HEAD "      containers: [{name: main, env: [{name: URL, value: 'amqp://me:secret@host/orders'}]}]\n");
    const struct target_entry url = {"main", "URL", "amqp://me:secret@host/" TEMP, NULL};
    (void)state;
    assert_true(patch_with(document, &url, 1));
    const char *annotation =
        json_text(json_get(json_path(document, "metadata", "annotations", NULL), PATCH_ANNOTATION));
    assert_non_null(strstr(annotation, "mirrord-tmp-0123456789-fallback-"));
    assert_null(strstr(annotation, "secret"));
    assert_null(strstr(annotation, "me:"));
}

/* W-1: theirs stays, and only ours goes. */
static void changes_of_others_stay(void **state)
{
    static const struct {
        const char *operations, *env; /* of somebody else; and what is left in the end */
    } rows[] = {
        {"[{op: replace, path: /spec/template/spec/containers/0/env/0/value, value: theirs}]",
         "[{\"name\":\"TOPIC\",\"value\":\"theirs\"},{\"name\":\"B\",\"value\":\"b\"}]"},
        {"[{op: replace, path: /spec/template/spec/containers/0/env/0/value, value: 'x-" TEMP "-y'}]",
         "[{\"name\":\"TOPIC\",\"value\":\"x-orders-y\"},{\"name\":\"B\",\"value\":\"b\"}]"},
        {"[{op: remove, path: /spec/template/spec/containers/0/env/0}]", "[{\"name\":\"B\",\"value\":\"b\"}]"},
        {"[{op: add, path: /spec/template/spec/containers/0/env/0, value: {name: C, value: c}}]",
         "[{\"name\":\"C\",\"value\":\"c\"},{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"B\",\"value\":"
         "\"b\"}]"},
        {"[{op: add, path: /spec/template/spec/containers/0/env/-, value: {name: TOPIC, value: last}}]",
         "[{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"B\",\"value\":\"b\"},{\"name\":\"TOPIC\",\"value\":"
         "\"last\"}]"},
        {"[{op: add, path: /spec/template/spec/containers/0/image, value: new}]",
         "[{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"B\",\"value\":\"b\"}]"},
        {"[{op: add, path: /spec/template/spec/containers/0, value: {name: new}}]", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *document CLEANUP(json_freep) = given(
            HEAD "      containers: [{name: main, env: [{name: TOPIC, value: orders}, {name: B, value: b}]}]\n");
        struct json *operations CLEANUP(json_freep) = given(rows[i].operations);
        struct json_error error;
        assert_true(patch_with(document, &topic, 1));
        assert_int_equal(json_patch(document, operations, &error), 0);
        restore(document);
        char *env CLEANUP(cleanup_freep) = written(env_of(document, rows[i].env ? 0 : 1));
        assert_string_equal(
            env, rows[i].env ? rows[i].env
                             : "[{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"B\",\"value\":\"b\"}]");
        assert_false(patch_is_on(document));
    }
}

/* A patch that was made for an older state is refused, never put in another place (W-8). */
static void a_patch_for_an_older_document_is_refused(void **state)
{
    static const char *const changes[] = {
        "[{op: replace, path: /metadata/uid, value: u2}]",
        "[{op: add, path: /spec/template/spec/containers/0, value: {name: new}}]",
        "[{op: add, path: /spec/template/spec/containers/0/env/0, value: {name: C, value: c}}]",
        "[{op: replace, path: /spec/template/spec/containers/0/env/0/value, value: theirs}]",
        "[{op: add, path: /spec/template/spec/containers/1/env, value: []}]",
    };
    const struct target_entry both[] = {topic, {"side", "TOPIC", TEMP, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct json *document CLEANUP(json_freep) =
            given(HEAD "      containers: [{name: main, env: [{name: TOPIC, value: orders}]}, {name: side}]\n");
        struct json *change CLEANUP(json_freep) = given(changes[i]);
        const struct patch_input input = {.document = document, .entries = both, .entry_count = 2};
        struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
        struct json_error error;
        struct reason why;
        assert_int_equal(patch_build(&input, &patch, &why), 0);
        assert_int_equal(json_patch(document, change, &error), 0);
        assert_int_equal(json_patch(document, patch.operations, &error), JSON_REFUSED);
        assert_true(patch_with(document, both, 2));
        assert_true(patch_in_force(document, both, 2));
    }
}

/* W-6: the entry is taken back, with or without the annotation; what others wrote becomes the original. */
static void a_revert_is_repaired_with_what_stands_there_now(void **state)
{
    struct json *document CLEANUP(json_freep) =
        given(HEAD "      containers: [{name: main, env: [{name: TOPIC, value: orders}]}]\n");
    struct json *revert CLEANUP(json_freep) =
        given("[{op: replace, path: /spec/template/spec/containers/0/env/0/value, value: orders-v2}]");
    struct json_error error;
    (void)state;
    assert_true(patch_with(document, &topic, 1));
    assert_int_equal(json_patch(document, revert, &error), 0);
    assert_false(patch_in_force(document, &topic, 1));
    assert_true(patch_with(document, &topic, 1));
    assert_true(restore(document));
    char *env CLEANUP(cleanup_freep) = written(env_of(document, 0));
    assert_string_equal(env, "[{\"name\":\"TOPIC\",\"value\":\"orders-v2\"}]");
}

/* The annotation is lost: then what the driver remembers counts, else the record of the split. */
static void a_lost_annotation_is_replaced(void **state)
{
    static const struct {
        const char *env, *original;
    } rows[] = {
        {"{name: TOPIC, value: orders}", "{form: Value, name: orders, temporaryName: " TEMP "}"},
        {"{name: TOPIC, valueFrom: {configMapKeyRef: {name: m, key: k}}}",
         "{form: ValueFrom, name: orders, valueFrom: {configMapKeyRef: {name: m, key: k}}}"},
        {"{name: B}", "{form: Absent, name: orders}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024], hash[SHA256_TEXT_SIZE];
        snprintf(text, sizeof text, HEAD "      containers: [{name: main, env: [%s]}]\n", rows[i].env);
        struct json *before CLEANUP(json_freep) = given(text), *document CLEANUP(json_freep) = given(text);
        struct json *lose CLEANUP(json_freep) =
            given("[{op: remove, path: /metadata/annotations/sluice.dev~1patched}]");
        struct json *original CLEANUP(json_freep) = given(rows[i].original);
        struct target_entry past = topic;
        struct json_error error;
        sha256_hex(STR("orders"), hash);
        assert_int_equal(json_set_text(original, "sha256", hash), 0);
        past.original = original;
        assert_true(patch_with(document, &topic, 1));
        assert_int_equal(json_patch(document, lose, &error), 0);
        assert_true(apply(document, &(struct patch_input){.past = &past, .past_count = 1}));
        assert_same(document, before);
        /* And while it is wanted, the annotation is made again, without touching the pods. */
        assert_true(patch_with(document, &topic, 1));
        assert_int_equal(json_patch(document, lose, &error), 0);
        struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
        struct reason why;
        const struct patch_input input = {.document = document, .entries = &past, .entry_count = 1};
        assert_int_equal(patch_build(&input, &patch, &why), 0);
        assert_non_null(patch.operations);
        assert_false(patch.template_changes);
    }
}

/* What nobody knows the original of is never taken for it. */
static void our_own_value_never_becomes_an_original(void **state)
{
    struct json *document CLEANUP(json_freep) =
        given(HEAD "      containers: [{name: main, env: [{name: TOPIC, value: " TEMP "}]}]\n");
    (void)state;
    assert_false(patch_with(document, &topic, 1));
    assert_false(patch_is_on(document));
}

/* W-2: pinned entries keep their meaning, and are given back like any other. */
static void dependents_are_pinned_to_the_original(void **state)
{
    static const char text[] =
        HEAD "      containers:\n      - name: main\n        env:\n        - {name: BEFORE, value: $(TOPIC)}\n"
             "        - {name: TOPIC, value: $(E)-orders}\n        - {name: URL, value: "
             "'k://$(TOPIC)/$(TOPIC)?$$(TOPIC)'}\n"
             "        - {name: GROUP, valueFrom: {configMapKeyRef: {name: m, key: k}}}\n"
             "        - {name: SEES, value: g=$(GROUP)}\n        - {name: NONE, value: $(E)}\n";
    struct json *before CLEANUP(json_freep) = given(text), *document CLEANUP(json_freep) = given(text);
    struct json *original CLEANUP(json_freep) = given("{form: ValueFrom, name: billing}");
    const struct target_entry entries[] = {topic, {"main", "GROUP", "temp-group", original}};
    const struct patch_input input = {.entries = entries, .entry_count = 2, .pin_dependents = true};
    (void)state;
    assert_true(apply(document, &input));
    char *env CLEANUP(cleanup_freep) = written(env_of(document, 0));
    assert_string_equal(env,
                        "[{\"name\":\"BEFORE\",\"value\":\"$(TOPIC)\"},{\"name\":\"TOPIC\",\"value\":\"" TEMP "\"},"
                        "{\"name\":\"URL\",\"value\":\"k://$(E)-orders/$(E)-orders?$$(TOPIC)\"},"
                        "{\"name\":\"GROUP\",\"value\":\"temp-group\"},"
                        "{\"name\":\"SEES\",\"value\":\"g=billing\"},{\"name\":\"NONE\",\"value\":\"$(E)\"}]");
    assert_false(apply(document, &input));
    assert_true(restore(document));
    assert_same(document, before);
}

static void a_missing_container_is_named(void **state)
{
    struct json *document CLEANUP(json_freep) = given(HEAD "      containers: [{name: other}]\n");
    const struct patch_input input = {.document = document, .entries = &topic, .entry_count = 1};
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    struct reason why;
    (void)state;
    assert_int_equal(patch_build(&input, &patch, &why), PATCH_REFUSED);
    assert_int_equal(why.code, REASON_CONTAINER_NOT_FOUND);
    assert_non_null(strstr(why.text, "main"));
    assert_null(patch.operations);
}

/* The view of names while a split is live. */
static void the_undone_document_is_the_one_before(void **state)
{
    static const char text[] = HEAD "      containers: [{name: main, env: [{name: TOPIC, value: orders}]}]\n";
    struct json *before CLEANUP(json_freep) = given(text), *document CLEANUP(json_freep) = given(text);
    struct json *undone CLEANUP(json_freep) = NULL;
    (void)state;
    assert_true(patch_with(document, &topic, 1));
    assert_int_equal(patch_undone(document, NULL, &undone), 0);
    assert_same(undone, before);
    assert_true(patch_in_force(document, &topic, 1));
}

/* A Rollout's template has no schema. */
static void documents_that_make_no_sense_are_left_alone(void **state)
{
    static const char *const rows[] = {"containers: [{name: 5, env: [{name: TOPIC, value: " TEMP "}]}]",
                                       "containers: [7, null, {env: x}]", "containers: {name: main}",
                                       "initContainers: [[]]"};
    struct json *origins CLEANUP(json_freep) =
        given("[{container: '', variable: TOPIC, form: Absent, "
              "written: 9a044220f4c5f23b0e5a0090fa2c58f6864cf9f2869bc7a9eb127007c82c3435}, 7, null]");
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        snprintf(text, sizeof text, "metadata: {uid: 7}\nspec: {template: {spec: {%s}}}\n", rows[i]);
        struct json *document CLEANUP(json_freep) = given(text), *undone CLEANUP(json_freep) = NULL;
        assert_int_equal(patch_undone(document, origins, &undone), 0);
        assert_same(undone, document);
    }
}

static void annotations_that_are_not_ours_do_no_harm(void **state)
{
    static const char *const rows[] = {
        "''",
        "'[]'",
        "'{\"entries\":7}'",
        "'{'",
        "'{\"entries\":[{\"container\":\"main\",\"variable\":\"TOPIC\",\"form\":\"Value\"}]}'",
        ("'{\"entries\":[{\"container\":\"main\",\"variable\":\"TOPIC\",\"form\":\"Value\","
         "\"at\":-4,\"to\":\"orders\",\"from\":\"x\",\"written\":\"y\"}],\"label\":true}'"),
        "'{\"entries\":[null,{\"container\":\"main\",\"variable\":\"TOPIC\"}]}'"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2048];
        snprintf(
            text, sizeof text,
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, uid: u1, annotations: "
            "{sluice.dev/patched: "
            "%s}}\nspec: {template: {spec: {containers: [{name: main, env: [{name: TOPIC, value: orders}]}]}}}\n",
            rows[i]);
        struct json *before CLEANUP(json_freep) = given(text), *document CLEANUP(json_freep) = given(text);
        assert_true(patch_with(document, &topic, 1));
        assert_true(restore(document));
        assert_same(template_of(document), template_of(before));
        assert_false(patch_is_on(document));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_given_back_byte_for_byte),
        cmocka_unit_test(what_a_value_holds_beside_the_name_is_not_recorded),
        cmocka_unit_test(changes_of_others_stay),
        cmocka_unit_test(a_patch_for_an_older_document_is_refused),
        cmocka_unit_test(a_revert_is_repaired_with_what_stands_there_now),
        cmocka_unit_test(a_lost_annotation_is_replaced),
        cmocka_unit_test(our_own_value_never_becomes_an_original),
        cmocka_unit_test(dependents_are_pinned_to_the_original),
        cmocka_unit_test(a_missing_container_is_named),
        cmocka_unit_test(the_undone_document_is_the_one_before),
        cmocka_unit_test(documents_that_make_no_sense_are_left_alone),
        cmocka_unit_test(annotations_that_are_not_ours_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
