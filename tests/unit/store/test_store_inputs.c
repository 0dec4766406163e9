/* Inputs as a whole list, watches, and watches that resume. */
#include "tests/unit/store/store_fixture.h"

static int replace(struct store *store, size_t count, struct json **documents)
{
    int r = store_replace_inputs(store, documents, count);

    for (size_t i = 0; i < count; i++)
        assert_null(documents[i]); /* taken, whatever came of it */
    return r;
}

#define REPLACE(store, ...) \
    replace(store, sizeof((struct json *[]){__VA_ARGS__}) / sizeof(struct json *), (struct json *[]){__VA_ARGS__})

static const struct json *input(const struct store *store, const char *name)
{
    struct resource_key key = {.kind = KIND_CONFIG_MAP, .namespace = "default"};

    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return store_get(store, &key);
}

static void the_store_finds_out_what_changed(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    struct told told = {.count = 0};
    struct store_watch *watch CLEANUP(store_watch_freep) = NULL;

    assert_int_equal(store_watch_new(store, tell, &told, &watch), 0);
    assert_int_equal(REPLACE(store, config_map_given("b", "1"), config_map_given("a", "1")), 0);
    assert_string_equal(told.text, "ADDED a;ADDED b;");
    assert_int_equal(generation_of(input(store, "a")), 1);
    told.text[0] = '\0';
    assert_int_equal(REPLACE(store, config_map_given("b", "2"), config_map_given("c", "1")), 0);
    assert_string_equal(told.text, "DELETED a;MODIFIED b;ADDED c;");
    assert_int_equal(generation_of(input(store, "b")), 2);
    told.text[0] = '\0';
    assert_int_equal(REPLACE(store, config_map_given("c", "1"), config_map_given("b", "2")), 0);
    assert_string_equal(told.text, "");
}

static void an_input_has_the_same_uid_after_every_start(void **state)
{
    struct store_fixture *fixture = *state;
    char uid[UID_SIZE];

    assert_int_equal(REPLACE(fixture->store, config_map_given("a", "1")), 0);
    assert_int_equal(str_copy(uid, sizeof uid, str_of(metadata_text(input(fixture->store, "a"), "uid"))), 0);
    uint64_t version = version_of(input(fixture->store, "a"));
    store_reopen(fixture);
    assert_null(input(fixture->store, "a")); /* the folder has it, not the state */
    assert_int_equal(REPLACE(fixture->store, config_map_given("a", "1")), 0);
    assert_string_equal(metadata_text(input(fixture->store, "a"), "uid"), uid);
    assert_true(version_of(input(fixture->store, "a")) > version);
}

static void a_wrong_list_changes_nothing(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;

    assert_int_equal(REPLACE(store, config_map_given("a", "1")), 0);
    uint64_t version = store_version(store);
    assert_int_equal(REPLACE(store, config_map_given("b", "1"), session_given("s", "")), STORE_REFUSED);
    assert_int_equal(REPLACE(store, config_map_given("b", "1"), config_map_given("b", "2")), STORE_REFUSED);
    assert_int_equal(REPLACE(store, config_map_given("b", "1"), json_given("[]")), STORE_REFUSED);
    assert_int_equal(store_version(store), version);
    assert_non_null(input(store, "a"));
}

static void inputs_leave_own_documents_alone_and_keep_their_status(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    struct json *told = config_map_given("a", "1");

    assert_int_equal(store_create(store, session_given("s", "")), 0);
    assert_int_equal(REPLACE(store, config_map_given("a", "1")), 0);
    assert_int_equal(json_set_text(told, "status", "x"), 0);
    assert_int_equal(store_update_status(store, told), 0);
    assert_int_equal(REPLACE(store, config_map_given("a", "2")), 0);
    assert_string_equal(json_text(json_get(input(store, "a"), "status")), "x");
    assert_int_equal(store_replace_inputs(store, NULL, 0), 0);
    assert_null(input(store, "a"));
    assert_non_null(session_get(store, "s"));
}

static void a_watch_that_resumes_misses_nothing(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    struct told all = {.count = 0}, rest = {.count = 0}, none = {.count = 0};
    struct store_watch *watch CLEANUP(store_watch_freep) = NULL;
    const struct resource_key key = session_key("a");

    assert_int_equal(store_watch_new(store, tell, &all, &watch), 0);
    assert_int_equal(store_create(store, session_given("a", "")), 0);
    uint64_t seen = store_version(store);
    assert_int_equal(store_update(store, session_given("a", ",\"spec\":{}")), 0);
    assert_int_equal(store_delete(store, &key), 0);
    assert_string_equal(all.text, "ADDED a;MODIFIED a;DELETED a;");
    assert_int_equal(store_changes_since(store, seen, tell, &rest), 0);
    assert_string_equal(rest.text, "MODIFIED a;DELETED a;");
    assert_int_equal(store_changes_since(store, store_version(store), tell, &none), 0);
    assert_int_equal(store_changes_since(store, store_version(store) + 1, tell, &none), STORE_NOT_FOUND);
    assert_int_equal(none.count, 0);
}

static void only_so_many_changes_are_kept(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    struct told told = {.count = 0};
    uint64_t first = 0;

    for (int i = 0; i <= STORE_CHANGES_MAX; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        assert_int_equal(REPLACE(store, config_map_given("a", value)), 0);
        first = first ? first : store_version(store);
    }
    assert_int_equal(store_changes_since(store, first - 1, tell, &told), STORE_NOT_FOUND);
    assert_int_equal(told.count, 0);
    assert_int_equal(store_changes_since(store, first, tell, &told), 0);
    assert_int_equal(told.count, STORE_CHANGES_MAX);
}

static void kept_changes_take_only_so_much_memory(void **state)
{
    static char value[256u << 10];
    struct store *store = ((struct store_fixture *)*state)->store;
    struct told told = {.count = 0};
    uint64_t versions[64];

    for (size_t i = 0; i < 64; i++) {
        struct json *document = config_map_given("a", ""), *data = NULL;
        memset(value, (int)('0' + i), sizeof value - 1);
        assert_int_equal(json_object_at(document, "data", &data), 0);
        assert_int_equal(json_set_text(data, "k", value), 0);
        assert_int_equal(REPLACE(store, document), 0);
        versions[i] = store_version(store);
    }
    assert_int_equal(store_changes_since(store, versions[31], tell, &told), STORE_NOT_FOUND);
    assert_int_equal(store_changes_since(store, versions[33], tell, &told), 0);
    assert_int_equal(told.count, 30);
}

static void a_watch_from_before_a_restart_must_list_again(void **state)
{
    struct store_fixture *fixture = *state;
    struct told told = {.count = 0};

    assert_int_equal(store_create(fixture->store, session_given("a", "")), 0);
    uint64_t seen = store_version(fixture->store);
    store_reopen(fixture);
    assert_int_equal(store_changes_since(fixture->store, seen, tell, &told), STORE_NOT_FOUND);
    assert_int_equal(store_changes_since(fixture->store, store_version(fixture->store), tell, &told), 0);
}

struct one_shot {
    struct store_watch *watch;
    int count;
};

static void end_watch(void *context, enum store_change change, const struct resource_key *key,
                      const struct json *document)
{
    struct one_shot *shot = context;

    (void)change;
    (void)key;
    (void)document;
    shot->count++;
    store_watch_free(TAKE(shot->watch));
}

static void a_watch_may_end_itself(void **state)
{
    struct store *store = ((struct store_fixture *)*state)->store;
    struct one_shot first = {.count = 0}, second = {.count = 0};

    assert_int_equal(store_watch_new(store, end_watch, &first, &first.watch), 0);
    assert_int_equal(store_watch_new(store, end_watch, &second, &second.watch), 0);
    assert_int_equal(store_create(store, session_given("a", "")), 0);
    assert_int_equal(store_create(store, session_given("b", "")), 0);
    assert_int_equal(first.count, 1);
    assert_int_equal(second.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_store_finds_out_what_changed),
        STORE_TEST(an_input_has_the_same_uid_after_every_start),
        STORE_TEST(a_wrong_list_changes_nothing),
        STORE_TEST(inputs_leave_own_documents_alone_and_keep_their_status),
        STORE_TEST(a_watch_that_resumes_misses_nothing),
        STORE_TEST(only_so_many_changes_are_kept),
        STORE_TEST(kept_changes_take_only_so_much_memory),
        STORE_TEST(a_watch_from_before_a_restart_must_list_again),
        STORE_TEST(a_watch_may_end_itself),
    };

    return cmocka_run_group_tests_name("store_inputs", tests, NULL, NULL);
}
