/* The mirror of an API server: what comes is taken over as it is, and nothing older comes back. */
#include "tests/unit/store/store_fixture.h"

static struct json *mirrored(const char *uid, const char *version, const char *phase)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\","
             "\"namespace\":\"shop\",\"uid\":\"%s\",\"resourceVersion\":\"%s\"},\"status\":{\"phase\":\"%s\"}}",
             uid, version, phase);
    return json_given(text);
}

static const struct resource_key session_a = {.kind = KIND_SPLIT_SESSION, .namespace = "shop", .name = "a"};

static const char *phase_of(const struct store *store)
{
    return json_text(json_path(store_get(store, &session_a), "status", "phase", NULL));
}

static void note(void *context, enum store_change change, const struct resource_key *key, const struct json *document)
{
    static const char words[] = {[STORE_ADDED] = '+', [STORE_MODIFIED] = '~', [STORE_DELETED] = '-'};
    char *text = context;
    size_t length = strlen(text);

    assert_true(resource_key_equal(key, &session_a));
    snprintf(text + length, 64 - length, "%c%s ", words[change],
             json_text(json_path(document, "status", "phase", NULL)));
}

static int mirror_setup(void **state)
{
    struct store *store = NULL;
    struct reason why;

    assert_int_equal(store_new(-1, &store, &why), 0);
    *state = store;
    return 0;
}

static int mirror_teardown(void **state)
{
    store_free(*state);
    return 0;
}

static void a_document_is_taken_over_as_it_is(void **state)
{
    struct store *store = *state;
    char told[64] = "";
    struct store_watch *watch CLEANUP(store_watch_freep) = NULL;

    assert_int_equal(store_watch_new(store, note, told, &watch), 0);
    assert_int_equal(store_mirror_put(store, mirrored("u-1", "41", "Ready")), 0);
    assert_string_equal(metadata_text(store_get(store, &session_a), "uid"), "u-1");
    assert_string_equal(metadata_text(store_get(store, &session_a), "resourceVersion"), "41");
    assert_string_equal(phase_of(store), "Ready");
    assert_int_equal(store_mirror_put(store, mirrored("u-1", "42", "Ended")), 0);
    assert_int_equal(store_mirror_remove(store, &session_a), 0);
    assert_int_equal(store_mirror_remove(store, &session_a), 0);
    assert_null(store_get(store, &session_a));
    assert_string_equal(told, "+Ready ~Ended -Ended ");
}

static void what_is_older_changes_nothing(void **state)
{
    struct store *store = *state;

    assert_int_equal(store_mirror_put(store, mirrored("u-1", "100", "Ready")), 0);
    assert_int_equal(store_mirror_put(store, mirrored("u-1", "99", "Pending")), 0); /* not as text: "99" > "100" */
    assert_int_equal(store_mirror_put(store, mirrored("u-1", "100", "Ready")), 0);
    assert_string_equal(phase_of(store), "Ready");
    assert_int_equal(store_version(store), 1);
}

static void one_version_may_be_read_anew(void **state)
{
    struct store *store = *state;

    assert_int_equal(store_mirror_put(store, mirrored("u-1", "100", "Ready")), 0);
    assert_int_equal(store_mirror_put(store, mirrored("u-1", "100", "Pending")), 0);
    assert_string_equal(phase_of(store), "Pending");
}

static void a_name_used_again_is_another_object(void **state)
{
    struct store *store = *state;

    assert_int_equal(store_mirror_put(store, mirrored("u-1", "100", "Ready")), 0);
    assert_int_equal(store_mirror_put(store, mirrored("u-2", "90", "Pending")), 0);
    assert_string_equal(phase_of(store), "Pending");
    assert_string_equal(metadata_text(store_get(store, &session_a), "uid"), "u-2");
}

static void what_is_no_document_is_refused(void **state)
{
    struct store *store = *state;

    assert_int_equal(store_mirror_put(store, json_given("{\"kind\":\"SplitSession\"}")), STORE_REFUSED);
    assert_int_equal(store_mirror_put(store, session_given("a", "")), STORE_REFUSED); /* no namespace */
    assert_int_equal(store_version(store), 0);
}

static void no_change_is_kept_for_watches_resume_at_the_server(void **state)
{
    struct store *store = *state;
    char told[64] = "";

    assert_int_equal(store_mirror_put(store, mirrored("u-1", "41", "Ready")), 0);
    uint64_t seen = store_version(store);
    assert_int_equal(store_mirror_put(store, mirrored("u-1", "42", "Ended")), 0);
    assert_int_equal(store_changes_since(store, seen, note, told), STORE_NOT_FOUND);
    assert_int_equal(store_changes_since(store, store_version(store), note, told), 0);
    assert_string_equal(told, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_is_taken_over_as_it_is, mirror_setup, mirror_teardown),
        cmocka_unit_test_setup_teardown(what_is_older_changes_nothing, mirror_setup, mirror_teardown),
        cmocka_unit_test_setup_teardown(one_version_may_be_read_anew, mirror_setup, mirror_teardown),
        cmocka_unit_test_setup_teardown(a_name_used_again_is_another_object, mirror_setup, mirror_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_document_is_refused, mirror_setup, mirror_teardown),
        cmocka_unit_test_setup_teardown(no_change_is_kept_for_watches_resume_at_the_server, mirror_setup,
                                        mirror_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
