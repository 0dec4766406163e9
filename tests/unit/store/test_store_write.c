/* Single documents: created, updated, deleted, with the metadata that the store answers for. */
#include "tests/unit/store/store_fixture.h"

static void a_created_document_has_all_metadata_and_no_status(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;

    assert_int_equal(
        store_create(store, session_given("a", ",\"spec\":{\"key\":\"k\"},\"status\":{\"phase\":\"Ready\"}")), 0);
    const struct json *session = session_get(store, "a");
    assert_string_equal(metadata_text(session, "namespace"), "default");
    assert_int_equal(strlen(metadata_text(session, "uid")), 36);
    assert_int_equal(metadata_text(session, "uid")[14], '5'); /* RFC 9562: the version's digit */
    assert_int_equal(strlen(metadata_text(session, "creationTimestamp")), 20);
    assert_int_equal(generation_of(session), 1);
    assert_int_equal(version_of(session), store_version(store));
    assert_null(json_get(session, "status"));
    assert_int_equal(store_create(store, session_given("a", "")), STORE_EXISTS);
}

static void a_name_used_again_is_another_object(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    const struct resource_key key = session_key("a");
    char first[UID_SIZE];

    assert_int_equal(store_create(store, session_given("a", "")), 0);
    assert_int_equal(str_copy(first, sizeof first, str_of(metadata_text(session_get(store, "a"), "uid"))), 0);
    struct json *stale = session_copy(store, "a");
    assert_int_equal(store_delete(store, &key), 0);
    assert_int_equal(store_create(store, session_given("a", "")), 0);
    assert_string_not_equal(metadata_text(session_get(store, "a"), "uid"), first);
    json_delete((struct json *)(uintptr_t)json_get(stale, "metadata"), "resourceVersion");
    assert_int_equal(store_update(store, stale), STORE_CONFLICT); /* the uid tells them apart */
}

static void what_is_no_own_kind_or_has_no_name_is_refused(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;

    assert_int_equal(store_create(store, config_map_given("c", "v")), STORE_REFUSED);
    assert_int_equal(store_create(store, session_given("Not/A/Name", "")), STORE_REFUSED);
    assert_int_equal(store_create(store, session_given("..", "")), STORE_REFUSED);
    assert_int_equal(store_create(store, json_given("{}")), STORE_REFUSED);
    assert_int_equal(store_update(store, session_given("nobody", "")), STORE_NOT_FOUND);
    assert_int_equal(store_version(store), 0);
}

static void an_update_counts_generations_of_spec_only_and_keeps_status(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;

    assert_int_equal(store_create(store, session_given("a", ",\"spec\":{\"key\":\"1\"}")), 0);
    assert_int_equal(store_update_status(store, session_given("a", ",\"status\":{\"phase\":\"Ready\"},\"spec\":{}")),
                     0);
    assert_int_equal(generation_of(session_get(store, "a")), 1);
    assert_string_equal(json_text(json_path(session_get(store, "a"), "spec", "key", NULL)), "1");

    assert_int_equal(store_update(store, session_given("a", ",\"spec\":{\"key\":\"2\"},\"status\":{}")), 0);
    const struct json *session = session_get(store, "a");
    assert_int_equal(generation_of(session), 2);
    assert_string_equal(json_text(json_path(session, "status", "phase", NULL)), "Ready");
    assert_int_equal(version_of(session), 3);
}

static void an_equal_document_changes_nothing(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;

    assert_int_equal(store_create(store, session_given("a", ",\"spec\":{}")), 0);
    uint64_t before = store_version(store);
    assert_int_equal(store_update(store, session_given("a", ",\"spec\":{}")), 0);
    assert_int_equal(store_update(store, session_copy(store, "a")), 0);
    assert_int_equal(store_update_status(store, session_copy(store, "a")), 0);
    assert_int_equal(store_version(store), before);
}

static void an_old_version_is_a_conflict(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;

    assert_int_equal(store_create(store, session_given("a", ",\"spec\":{}")), 0);
    struct json *old = session_copy(store, "a"), *old_status = session_copy(store, "a");
    assert_int_equal(store_update(store, session_given("a", ",\"spec\":{\"key\":\"2\"}")), 0);
    assert_int_equal(store_update(store, old), STORE_CONFLICT);
    assert_int_equal(store_update_status(store, old_status), STORE_CONFLICT);
    assert_string_equal(json_text(json_path(session_get(store, "a"), "spec", "key", NULL)), "2");
}

static void a_writer_cannot_forge_what_the_store_answers_for(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    struct json *metadata = NULL;

    assert_int_equal(store_create(store, session_given("a", ",\"spec\":{}")), 0);
    struct json *forged = session_given("a", ",\"spec\":{\"key\":\"2\"}");
    assert_int_equal(json_object_at(forged, "metadata", &metadata), 0);
    assert_int_equal(json_set_text(metadata, "creationTimestamp", "1999-01-01T00:00:00Z"), 0);
    assert_int_equal(json_set_text(metadata, "deletionTimestamp", "1999-01-01T00:00:00Z"), 0);
    assert_int_equal(json_set_int(metadata, "generation", 77), 0);
    assert_int_equal(store_update(store, forged), 0);
    const struct json *session = session_get(store, "a");
    assert_int_equal(generation_of(session), 2);
    assert_null(json_path(session, "metadata", "deletionTimestamp", NULL));
    assert_string_not_equal(metadata_text(session, "creationTimestamp"), "1999-01-01T00:00:00Z");
}

static void finalizers_keep_a_deleted_document_until_the_last_is_gone(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    const struct resource_key key = session_key("a");
    struct told told = {.count = 0};
    struct store_watch *watch CLEANUP(store_watch_freep) = NULL;
    struct json *session = session_given("a", ""), *metadata = NULL, *list = json_new_array();

    assert_int_equal(store_watch_new(store, tell, &told, &watch), 0);
    assert_int_equal(json_append_take(list, json_new_text("sluice.dev/split")), 0);
    assert_int_equal(json_object_at(session, "metadata", &metadata), 0);
    assert_int_equal(json_set_take(metadata, "finalizers", list), 0);
    assert_int_equal(store_create(store, session), 0);
    assert_int_equal(store_delete(store, &key), 0);
    assert_int_equal(store_delete(store, &key), 0); /* again: nothing changes */
    assert_string_not_equal(metadata_text(session_get(store, "a"), "deletionTimestamp"), "");
    assert_string_equal(told.text, "ADDED a;MODIFIED a;");

    session = session_copy(store, "a");
    assert_int_equal(json_object_at(session, "metadata", &metadata), 0);
    json_delete(metadata, "finalizers");
    assert_int_equal(store_update(store, session), 0);
    assert_null(session_get(store, "a"));
    assert_string_equal(told.text, "ADDED a;MODIFIED a;DELETED a;");
    assert_int_equal(store_delete(store, &key), STORE_NOT_FOUND);
}

static void note_name(void *context, const struct resource_key *key, const struct json *document)
{
    char *text = context;
    size_t length = strlen(text);

    (void)document;
    snprintf(text + length, 200 - length, "%s/%s ", key->namespace, key->name);
}

static void documents_are_visited_in_the_order_of_their_keys(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    static const char *const names[] = {"m", "b", "z", "a-1", "a"};
    char text[200] = "";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(store_create(store, session_given(names[i], "")), 0);
    struct json *elsewhere = json_given("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\","
                                        "\"metadata\":{\"name\":\"x\",\"namespace\":\"b\"}}");
    assert_int_equal(store_create(store, elsewhere), 0);
    store_each(store, KIND_SPLIT_SESSION, NULL, note_name, text);
    assert_string_equal(text, "b/x default/a default/a-1 default/b default/m default/z ");
    text[0] = '\0';
    store_each(store, KIND_SPLIT_SESSION, "b", note_name, text);
    assert_string_equal(text, "b/x ");
    text[0] = '\0';
    store_each(store, KIND_QUEUE_SPLIT, NULL, note_name, text);
    assert_string_equal(text, "");
}

/* S-10, S-15: every kind has a limit. */
static void there_is_a_limit_on_documents_of_a_kind(void **state)
{
    struct store *store = NULL;
    struct reason why;
    char name[32];

    (void)state;
    assert_int_equal(store_new(-1, &store, &why), 0);
    for (int i = 0; i < STORE_DOCUMENTS_MAX; i++) {
        snprintf(name, sizeof name, "s%d", i);
        assert_int_equal(store_create(store, session_given(name, "")), 0);
    }
    assert_int_equal(store_create(store, session_given("more", "")), STORE_REFUSED);
    const struct resource_key key = session_key("s5");
    assert_int_equal(store_delete(store, &key), 0);
    assert_int_equal(store_create(store, session_given("more", "")), 0);
    store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_created_document_has_all_metadata_and_no_status),
        STORE_TEST(a_name_used_again_is_another_object),
        STORE_TEST(what_is_no_own_kind_or_has_no_name_is_refused),
        STORE_TEST(an_update_counts_generations_of_spec_only_and_keeps_status),
        STORE_TEST(an_equal_document_changes_nothing),
        STORE_TEST(an_old_version_is_a_conflict),
        STORE_TEST(a_writer_cannot_forge_what_the_store_answers_for),
        STORE_TEST(finalizers_keep_a_deleted_document_until_the_last_is_gone),
        STORE_TEST(documents_are_visited_in_the_order_of_their_keys),
        cmocka_unit_test(there_is_a_limit_on_documents_of_a_kind),
    };

    return cmocka_run_group_tests_name("store_write", tests, NULL, NULL);
}
