/* The environment that a container really gets, as the kubelet makes it (W-2), and as systemd's EnvironmentFile. */
#include "supervisor/target/environment.h"
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>

struct fixture {
    struct arena arena;
    struct json *documents[4];
    struct resource_key keys[4];
    size_t count;
};

static const struct json *lookup(void *context, const struct resource_key *key)
{
    const struct fixture *fixture = context;
    for (size_t i = 0; i < fixture->count; i++)
        if (resource_key_equal(&fixture->keys[i], key))
            return fixture->documents[i];
    return NULL;
}

static void add(struct fixture *fixture, const char *text)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    const char *wrong = NULL;
    size_t i = fixture->count++;
    assert_int_equal(json_parse(str_of(text), &limits, &fixture->documents[i], &error), 0);
    assert_int_equal(resource_key_of(fixture->documents[i], "default", &fixture->keys[i], &wrong), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = ARENA_INIT(1u << 20);
    add(fixture, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"one\"},\"data\":"
                 "{\"A\":\"one-a\",\"B\":\"one-b\",\"TEXT\":\"$(A)\"}}");
    add(fixture, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"two\"},\"data\":"
                 "{\"A\":\"two-a\"}}");
    add(fixture, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"hidden\"},\"data\":"
                 "{\"KEY\":\"c2VjcmV0\"},\"stringData\":{\"PLAIN\":\"as-it-is\"}}");
    add(fixture, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"broken\"},\"data\":"
                 "{\"KEY\":\"%%%\"}}");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < fixture->count; i++)
        json_free(fixture->documents[i]);
    arena_deinit(&fixture->arena);
    free(fixture);
    return 0;
}

#define VALUE(variable, text)                                  \
    {                                                          \
        .name = (variable), .kind = ENV_VALUE, .value = (text) \
    }
#define KEY_OF(variable, form, object, key)                                                    \
    {                                                                                          \
        .name = (variable), .kind = (form), .reference_name = (object), .reference_key = (key) \
    }

static int resolve_from(struct fixture *fixture, bool secrets_hidden, const struct env_from *from, size_t from_count,
                        const struct env_entry *env, size_t count, struct environment *ret, struct reason *why)
{
    const struct container container = {
        .name = "main", .env = env, .env_count = count, .env_from = from, .env_from_count = from_count};
    *why = (struct reason){.code = REASON_NONE};
    const struct environment_source source = {"default", lookup, fixture, secrets_hidden};
    return environment_resolve(&container, &source, &fixture->arena, ret, why);
}

static int resolve_with(struct fixture *fixture, const struct env_from *from, size_t from_count,
                        const struct env_entry *env, size_t count, struct environment *ret, struct reason *why)
{
    return resolve_from(fixture, false, from, from_count, env, count, ret, why);
}

static const char *value_of(const struct environment *environment, const char *name)
{
    const struct env_variable *variable = environment_find(environment, name);
    return variable ? variable->value : "(absent)";
}

static void env_goes_before_env_from_and_later_before_earlier(void **state)
{
    const struct env_from from[] = {{.name = "one", .prefix = ""}, {.name = "two", .prefix = ""}};
    const struct env_entry env[] = {VALUE("B", "own"), VALUE("C", "first"), VALUE("C", "second")};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(*state, from, 2, env, 3, &environment, &why), 0);
    assert_string_equal(value_of(&environment, "A"), "two-a");
    assert_string_equal(value_of(&environment, "B"), "own");
    assert_string_equal(value_of(&environment, "C"), "second");
    assert_int_equal(environment.count, 4);
    assert_int_equal(environment_find(&environment, "A")->form, ENV_FORM_ENV_FROM);
    assert_int_equal(environment_find(&environment, "B")->form, ENV_FORM_VALUE);
}

static void a_prefix_stands_before_each_key(void **state)
{
    const struct env_from from[] = {{.name = "one", .prefix = "P_"},
                                    {.secret = true, .name = "hidden", .prefix = "S_"}};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(*state, from, 2, NULL, 0, &environment, &why), 0);
    assert_string_equal(value_of(&environment, "P_A"), "one-a");
    assert_string_equal(value_of(&environment, "A"), "(absent)");
    assert_string_equal(value_of(&environment, "S_KEY"), "secret");
    assert_string_equal(value_of(&environment, "S_PLAIN"), "as-it-is");
}

static void a_reference_sees_what_stands_before_it(void **state)
{
    const struct env_from from[] = {{.name = "one", .prefix = ""}};
    const struct env_entry env[] = {VALUE("EARLY", "$(LATE)-$(A)"), VALUE("LATE", "x"),
                                    VALUE("BOTH", "$(EARLY)$(LATE)"), VALUE("SELF", "a"), VALUE("SELF", "$(SELF)b")};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(*state, from, 1, env, 5, &environment, &why), 0);
    assert_string_equal(value_of(&environment, "EARLY"), "$(LATE)-one-a");
    assert_string_equal(value_of(&environment, "BOTH"), "$(LATE)-one-ax");
    assert_string_equal(value_of(&environment, "SELF"), "ab");
    assert_string_equal(value_of(&environment, "TEXT"), "$(A)"); /* values of a ConfigMap are not expanded */
}

static void dollars_are_read_as_kubernetes_reads_them(void **state)
{
    static const struct {
        const char *text, *result;
    } rows[] = {{"$$(A)", "$(A)"}, {"$$$(A)", "$v"}, {"$(A", "$(A"}, {"$", "$"},       {"a$b", "a$b"},
                {"$()", "$()"},    {"$(B)", "$(B)"}, {"$$$$", "$$"}, {"${A}", "${A}"}, {"x$(A)y$(A)", "xvyv"}};
    struct environment environment;
    struct reason why;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct env_entry env[] = {VALUE("A", "v"), VALUE("T", rows[i].text)};
        assert_int_equal(resolve_with(*state, NULL, 0, env, 2, &environment, &why), 0);
        assert_string_equal(value_of(&environment, "T"), rows[i].result);
    }
}

static void keys_are_read_and_missing_ones_are_named(void **state)
{
    const struct env_entry good[] = {KEY_OF("X", ENV_CONFIG_MAP_KEY, "one", "A"),
                                     KEY_OF("Y", ENV_SECRET_KEY, "hidden", "KEY")};
    const struct env_entry no_key[] = {KEY_OF("X", ENV_CONFIG_MAP_KEY, "one", "NONE")};
    const struct env_entry no_map[] = {KEY_OF("X", ENV_SECRET_KEY, "nowhere", "A")};
    struct env_entry optional[] = {KEY_OF("X", ENV_SECRET_KEY, "nowhere", "A")};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(*state, NULL, 0, good, 2, &environment, &why), 0);
    assert_string_equal(value_of(&environment, "X"), "one-a");
    assert_string_equal(value_of(&environment, "Y"), "secret");
    assert_int_equal(environment_find(&environment, "X")->form, ENV_FORM_VALUE_FROM);
    assert_int_equal(resolve_with(*state, NULL, 0, no_key, 1, &environment, &why), ENVIRONMENT_REFUSED);
    assert_non_null(strstr(why.text, "NONE"));
    assert_int_equal(resolve_with(*state, NULL, 0, no_map, 1, &environment, &why), ENVIRONMENT_REFUSED);
    assert_non_null(strstr(why.text, "Secret default/nowhere"));
    optional[0].optional = true;
    assert_int_equal(resolve_with(*state, NULL, 0, optional, 1, &environment, &why), 0);
    assert_string_equal(value_of(&environment, "X"), "(absent)");
}

/* On a cluster: Secrets of workloads and fields of pods are for the kubelet alone. */
static void what_cannot_be_read_is_not_known(void **state)
{
    const struct env_entry env[] = {KEY_OF("S", ENV_SECRET_KEY, "hidden", "KEY"),
                                    {.name = "POD", .kind = ENV_UNRESOLVED},
                                    VALUE("A", "a"),
                                    VALUE("USES", "$(A)/$(S)"),
                                    VALUE("KNOWN", "$(A)/$(NEVER)")};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_from(*state, true, NULL, 0, env, 5, &environment, &why), 0);
    assert_null(value_of(&environment, "S"));
    assert_string_equal(environment_find(&environment, "S")->unknown, "key KEY of Secret default/hidden");
    assert_null(value_of(&environment, "POD"));
    assert_null(value_of(&environment, "USES"));
    assert_string_equal(environment_find(&environment, "USES")->unknown, "key KEY of Secret default/hidden");
    assert_string_equal(value_of(&environment, "KNOWN"), "a/$(NEVER)");
    assert_null(environment.hidden);
}

static void a_hidden_env_from_may_hold_any_name(void **state)
{
    const struct env_from from[] = {{.name = "one", .prefix = ""},
                                    {.secret = true, .name = "hidden", .prefix = ""},
                                    {.name = "two", .prefix = ""}};
    const struct env_entry env[] = {VALUE("C", "own"), VALUE("D", "$(ELSEWHERE)")};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_from(*state, true, from, 3, env, 2, &environment, &why), 0);
    assert_string_equal(environment.hidden, "Secret default/hidden (envFrom)");
    assert_string_equal(value_of(&environment, "A"), "two-a"); /* given again after it */
    assert_null(value_of(&environment, "B"));
    assert_string_equal(value_of(&environment, "C"), "own");
    assert_null(value_of(&environment, "D"));
}

static void a_missing_or_broken_env_from_is_named(void **state)
{
    struct env_from from[] = {{.name = "nowhere", .prefix = ""}};
    const struct env_from broken[] = {{.secret = true, .name = "broken", .prefix = ""}};
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(*state, from, 1, NULL, 0, &environment, &why), ENVIRONMENT_REFUSED);
    assert_non_null(strstr(why.text, "ConfigMap default/nowhere"));
    from[0].optional = true;
    assert_int_equal(resolve_with(*state, from, 1, NULL, 0, &environment, &why), 0);
    assert_int_equal(environment.count, 0);
    assert_int_equal(resolve_with(*state, broken, 1, NULL, 0, &environment, &why), ENVIRONMENT_REFUSED);
    assert_null(strstr(why.text, "%%%")); /* a secret is never shown */
}

static void a_value_has_a_limit(void **state)
{
    struct fixture *fixture = *state;
    void *memory = NULL;
    struct environment environment;
    struct reason why;
    assert_int_equal(arena_alloc(&fixture->arena, 100001, &memory), 0);
    memset(memory, 'x', 100000);
    const struct env_entry env[] = {VALUE("A", memory), VALUE("B", "$(A)$(A)")};
    assert_int_equal(resolve_with(fixture, NULL, 0, env, 1, &environment, &why), 0);
    assert_int_equal(resolve_with(fixture, NULL, 0, env, 2, &environment, &why), ENVIRONMENT_REFUSED);
    assert_int_equal(why.code, REASON_LIMIT_REACHED);
}

static void references_are_found(void **state)
{
    (void)state;
    assert_true(environment_refers_to("a$(Q)b", "Q"));
    assert_true(environment_refers_to("$$$(Q)", "Q"));
    assert_false(environment_refers_to("$$(Q)", "Q"));
    assert_false(environment_refers_to("$(QQ)", "Q"));
    assert_false(environment_refers_to("$()", ""));
    assert_false(environment_refers_to("$(Q", "Q"));
}

static void an_overlay_replaces_and_appends(void **state)
{
    const struct env_entry env[] = {VALUE("TOPIC", "orders"), VALUE("URL", "k://$(TOPIC)")};
    const struct target_entry entries[] = {
        {"main", "TOPIC", "temp", NULL}, {"side", "URL", "no", NULL}, {"main", "NEW", "n", NULL}};
    struct fixture *fixture = *state;
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(fixture, NULL, 0, env, 2, &environment, &why), 0);
    assert_int_equal(environment_overlay(&environment, "main", entries, 3, &fixture->arena), 0);
    assert_string_equal(value_of(&environment, "TOPIC"), "temp");
    assert_string_equal(value_of(&environment, "URL"), "k://orders"); /* the dependent keeps the original (W-2) */
    assert_string_equal(value_of(&environment, "NEW"), "n");
    assert_int_equal(environment.count, 3);
}

static void a_file_quotes_what_systemd_would_read(void **state)
{
    const struct env_entry env[] = {VALUE("PLAIN", "a b"),     VALUE("ODD", "a\"b\\c$d`e"), VALUE("LINES", "a\nb"),
                                    VALUE("dotted.name", "x"), VALUE("EMPTY", ""),          VALUE("UTF", "\xc3\xa9"),
                                    VALUE("1DIGIT", "x")};
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(4096);
    struct environment environment;
    struct reason why;
    assert_int_equal(resolve_with(*state, NULL, 0, env, 7, &environment, &why), 0);
    assert_int_equal(environment_write(&environment, &buf), 0);
    assert_string_equal(buf.data,
                        "PLAIN=\"a b\"\nODD=\"a\\\"b\\\\c\\$d\\`e\"\nLINES=\"a\nb\"\nEMPTY=\"\"\nUTF=\"\xc3\xa9\"\n");
}

static void hashes_tell_entries_apart(void **state)
{
    const struct target_entry a[] = {{"c", "ab", "v", NULL}}, b[] = {{"c", "a", "bv", NULL}},
                              c[] = {{"c", "ab", "v", NULL}};
    char first[65], second[65], third[65], none[65];
    (void)state;
    target_entries_hash(a, 1, first);
    target_entries_hash(b, 1, second);
    target_entries_hash(c, 1, third);
    target_entries_hash(NULL, 0, none);
    assert_string_equal(first, third);
    assert_string_not_equal(first, second);
    assert_string_not_equal(first, none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(env_goes_before_env_from_and_later_before_earlier),
        cmocka_unit_test(a_prefix_stands_before_each_key),
        cmocka_unit_test(a_reference_sees_what_stands_before_it),
        cmocka_unit_test(dollars_are_read_as_kubernetes_reads_them),
        cmocka_unit_test(keys_are_read_and_missing_ones_are_named),
        cmocka_unit_test(what_cannot_be_read_is_not_known),
        cmocka_unit_test(a_hidden_env_from_may_hold_any_name),
        cmocka_unit_test(a_missing_or_broken_env_from_is_named),
        cmocka_unit_test(a_value_has_a_limit),
        cmocka_unit_test(references_are_found),
        cmocka_unit_test(an_overlay_replaces_and_appends),
        cmocka_unit_test(a_file_quotes_what_systemd_would_read),
        cmocka_unit_test(hashes_tell_entries_apart),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
