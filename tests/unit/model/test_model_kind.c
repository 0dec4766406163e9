/* Kinds by name and path, and the names that resources may have. */
#include "tests/unit/model/model_fixture.h"

static void every_kind_is_found_by_both_names(void **state)
{
    (void)state;
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = kind_row(kind);
        char version[128];
        snprintf(version, sizeof version, "%s%s%s", row->group, row->group[0] ? "/" : "", row->version);
        assert_int_equal(kind_by_name(str_of(version), str_of(row->name)), kind);
        assert_int_equal(kind_by_plural(str_of(row->group), str_of(row->version), str_of(row->plural)), kind);
    }
    assert_int_equal(kind_by_name(STR("v1"), STR("Pod")), KIND_NONE);
    assert_int_equal(kind_by_name(STR("apps/v1"), STR("ConfigMap")), KIND_NONE);
    assert_int_equal(kind_by_name(STR(""), STR("ConfigMap")), KIND_NONE);
    assert_int_equal(kind_by_plural(STR(""), STR("v1"), STR("pods")), KIND_NONE);
}

static int key_of(const char *metadata, struct resource_key *ret)
{
    char text[1024];
    const char *why = NULL;

    snprintf(text, sizeof text, "{apiVersion: v1, kind: ConfigMap, metadata: %s}", metadata);
    struct json *document CLEANUP(json_freep) = model_given(text);
    int r = resource_key_of(document, "default", ret, &why);
    if (r)
        assert_non_null(why);
    return r;
}

static void names_are_those_that_kubernetes_accepts(void **state)
{
    static const char *const wrong[] = {"{}",
                                        "{name: A}",
                                        "{name: ''}",
                                        "{name: -a}",
                                        "{name: a-}",
                                        "{name: a/b}",
                                        "{name: ..}",
                                        "{name: .a}",
                                        "{name: 'a b'}",
                                        "{name: 7}",
                                        "{name: a_b}",
                                        "{name: a, namespace: b.c}",
                                        "{name: a, namespace: ''}",
                                        "{name: a, namespace: null}",
                                        "7"};
    struct resource_key key;
    char text[400], shown[RESOURCE_KEY_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (key_of(wrong[i], &key) == 0)
            fail_msg("accepted: %s", wrong[i]);
    assert_int_equal(key_of("{name: a-1.b}", &key), 0);
    resource_key_text(&key, shown);
    assert_string_equal(shown, "ConfigMap default/a-1.b");
    snprintf(text, sizeof text, "{name: '%0253d', namespace: '%063d'}", 1, 1);
    assert_int_equal(key_of(text, &key), 0);
    snprintf(text, sizeof text, "{name: '%0254d'}", 1);
    assert_int_equal(key_of(text, &key), 1);
    snprintf(text, sizeof text, "{name: a, namespace: '%064d'}", 1);
    assert_int_equal(key_of(text, &key), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_both_names),
        cmocka_unit_test(names_are_those_that_kubernetes_accepts),
    };

    return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
