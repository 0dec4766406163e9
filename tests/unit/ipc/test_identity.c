/* Names that both ends compute alike (S-13). */
#include "ipc/identity.h"
#include "tests/unit/cmocka_all.h"

static void S_13_an_identity_depends_on_all_three_parts(void **state)
{
    (void)state;
    char a[IPC_IDENTITY_SIZE], b[IPC_IDENTITY_SIZE];
    ipc_identity("split-a", 7, "secret", a);
    assert_memory_equal(a, "split-a.7.", 10);
    assert_null(strstr(a, "secret"));
    ipc_identity("split-a", 7, "secret", b);
    assert_string_equal(a, b);
    ipc_identity("split-a", 7, "Secret", b);
    assert_string_not_equal(a, b);
    ipc_identity("split-a", 8, "secret", b);
    assert_string_not_equal(a, b);
    ipc_identity("split-b", 7, "secret", b);
    assert_string_not_equal(a, b);
}

static void the_longest_split_and_incarnation_fit(void **state)
{
    (void)state;
    char split[65], identity[IPC_IDENTITY_SIZE];
    memset(split, 's', 64);
    split[64] = 0;
    ipc_identity(split, UINT64_MAX, "t", identity);
    assert_int_equal(strlen(identity), 64 + 1 + 20 + 1 + 16);
}

static struct json *parsed(const char *text)
{
    struct json *json = NULL;
    struct json_error error;
    assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &json, &error), 0);
    return json;
}

static void the_hash_sees_spec_and_credentials_but_not_blanks(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *spec = parsed("{\"topic\":\"orders\",\"limit\":1.50}");
    CLEANUP(json_freep) struct json *spaced = parsed("{ \"topic\" : \"orders\",\n\"limit\":1.50 }");
    CLEANUP(json_freep) struct json *none = parsed("{}");
    CLEANUP(json_freep) struct json *secret = parsed("{\"password\":\"x\"}");
    char a[SHA256_TEXT_SIZE], b[SHA256_TEXT_SIZE];
    assert_int_equal(ipc_spec_hash(spec, none, a), 0);
    assert_int_equal(ipc_spec_hash(spaced, none, b), 0);
    assert_string_equal(a, b);
    assert_int_equal(ipc_spec_hash(spec, secret, b), 0);
    assert_string_not_equal(a, b);
    assert_int_equal(ipc_spec_hash(none, spec, b), 0);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(S_13_an_identity_depends_on_all_three_parts),
        cmocka_unit_test(the_longest_split_and_incarnation_fit),
        cmocka_unit_test(the_hash_sees_spec_and_credentials_but_not_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
