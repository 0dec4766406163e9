/* Documents are found by the group that they belong to, whatever becomes of them. */
#include "tests/unit/store/store_fixture.h"

/* Of sessions: by the first letter of the name; no other kind has one. */
static int by_letter(const struct json *document, const struct resource_key *key, struct resource_key *ret)
{
    (void)document;
    if (key->kind != KIND_SPLIT_SESSION)
        return 1;
    *ret = (struct resource_key){.kind = KIND_LOCAL_SERVICE, .name = {key->name[0]}};
    return 0;
}

static void note(void *context, const struct resource_key *key, const struct json *document)
{
    char *text = context;
    (void)document;
    snprintf(text + strlen(text), 64 - strlen(text), "%s ", key->name);
}

static const char *group_of(const struct store *store, const char *letter)
{
    static char text[64];
    struct resource_key group = {.kind = KIND_LOCAL_SERVICE, .name = {letter[0]}};
    text[0] = '\0';
    store_each_of(store, &group, note, text);
    return text;
}

static void members_are_found_in_order_and_change_with_the_store(void **state)
{
    struct store_fixture *fixture = *state;
    const struct resource_key a_2 = {KIND_SPLIT_SESSION, "default", "a-2"};
    assert_int_equal(store_create(fixture->store, session_given("a-3", "")), 0);
    store_group_by(fixture->store, by_letter); /* what is there is asked about */
    assert_int_equal(store_create(fixture->store, session_given("a-2", "")), 0);
    assert_int_equal(store_create(fixture->store, session_given("b-1", "")), 0);
    assert_string_equal(group_of(fixture->store, "a"), "a-2 a-3 ");
    assert_string_equal(group_of(fixture->store, "b"), "b-1 ");
    assert_int_equal(store_update_status(fixture->store, session_given("a-2", ",\"status\":{\"phase\":\"Ready\"}")),
                     0);
    assert_string_equal(group_of(fixture->store, "a"), "a-2 a-3 ");
    assert_int_equal(store_delete(fixture->store, &a_2), 0);
    assert_string_equal(group_of(fixture->store, "a"), "a-3 ");
    assert_string_equal(group_of(fixture->store, "c"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(members_are_found_in_order_and_change_with_the_store)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
