/* The rules for sessions of other users (S-14), as values: no test of them needs root. */
#include "supervisor/source/api_session.h"
#include "supervisor/source/api_socket.h"
#include "tests/unit/json/json_given.h"
#include <unistd.h>

static const struct api_user developer = {.name = "dev"}, supervisor = {.name = "sluice", .admin = true},
                             root = {.name = "root", .root = true, .admin = true};

static int setup(void **state)
{
    struct reason why;
    struct store *store = NULL;
    int r = store_new(-1, &store, &why);

    *state = store;
    return r;
}

static int teardown(void **state)
{
    store_free(*state);
    return 0;
}

static struct json *session_of(const char *spec_rest)
{
    char text[1024];

    snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\"},\"spec\":{"
        "\"target\":{\"kind\":\"Deployment\",\"name\":\"shop\"},\"queues\":[]%s}}",
        spec_rest);
    return json_given(text);
}

static enum api_code judge(const struct store *store, const struct api_user *user, struct json *session,
                           struct reason *why)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};

    *why = (struct reason){.code = REASON_NONE};
    return session_judge_new(store, user, session, &key, why);
}

static const char *owner_of(const struct json *session)
{
    return json_text(json_path(session, "spec", "owner", "username", NULL));
}

static void an_absent_owner_is_who_asks(void **state)
{
    static const char *const absent[] = {"", ",\"owner\":{}", ",\"owner\":null", ",\"owner\":{\"username\":null}",
                                         ",\"owner\":{\"hostname\":\"h\"}"};
    struct reason why;

    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        struct json *session CLEANUP(json_freep) = session_of(absent[i]);
        assert_int_equal(judge(*state, &developer, session, &why), API_OK);
        assert_string_equal(owner_of(session), "dev");
    }
}

static void an_unknown_field_is_refused_by_name(void **state)
{
    static const char *const unknown[][2] = {
        {",\"colour\":\"red\"", "spec.colour: unknown field"},
        {",\"owner\":{\"username\":\"dev\",\"shoe\":1}", "spec.owner.shoe: unknown field"}};
    struct reason why;

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct json *session CLEANUP(json_freep) = session_of(unknown[i][0]);
        assert_int_equal(judge(*state, &developer, session, &why), API_BAD_REQUEST);
        assert_string_equal(why.text, unknown[i][1]);
    }
}

static void another_owner_is_for_root_alone(void **state)
{
    static const char *const forged[] = {",\"owner\":{\"username\":\"other\"}", ",\"owner\":{\"username\":\"\"}",
                                         ",\"owner\":{\"username\":[\"dev\"]}", ",\"owner\":{\"username\":\"DEV\"}"};
    struct reason why;

    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct json *session CLEANUP(json_freep) = session_of(forged[i]);
        assert_int_equal(judge(*state, &developer, session, &why), API_FORBIDDEN);
        assert_int_equal(why.code, REASON_NOT_PERMITTED);
        assert_int_equal(judge(*state, &supervisor, session, &why), API_FORBIDDEN);
    }
    struct json *session CLEANUP(json_freep) = session_of(forged[0]);
    assert_int_equal(judge(*state, &root, session, &why), API_OK);
    assert_string_equal(owner_of(session), "other");
}

static void sessions_are_changed_by_their_owner_and_administrators(void **state)
{
    struct json *mine CLEANUP(json_freep) = session_of(",\"owner\":{\"username\":\"dev\"}");
    struct json *others CLEANUP(json_freep) = session_of(",\"owner\":{\"username\":\"other\"}");
    struct json *nobodys CLEANUP(json_freep) = session_of("");

    (void)state;
    assert_true(api_may_change(&developer, mine));
    assert_false(api_may_change(&developer, others));
    assert_false(api_may_change(&developer, nobodys));
    assert_true(api_may_change(&supervisor, others));
    assert_true(api_may_change(&root, nobodys));
}

static void what_may_be_read_depends_on_the_kind(void **state)
{
    (void)state;
    for (enum kind kind = KIND_NONE; kind < KIND_COUNT; kind++) {
        bool passwords = kind == KIND_KAFKA_CLIENT_CONFIG || kind == KIND_CONFIG_MAP || kind == KIND_LOCAL_SERVICE;
        bool never = kind == KIND_SECRET || kind == KIND_NONE || kind_row(kind)->role == KIND_ROLE_WORKLOAD;
        assert_int_equal(api_may_read(&root, kind), !never); /* S-5 */
        assert_int_equal(api_may_read(&developer, kind), !never && !passwords);
    }
}

static void who_cannot_be_told_is_nobody(void **state)
{
    const struct http_peer unknown = {.known = false}, nameless = {.known = true, .uid = 3999999999u};
    struct api_user user;

    (void)state;
    assert_false(api_user_of(&unknown, &user));
    assert_true(api_user_of(&nameless, &user));
    assert_string_equal(user.name, "3999999999");
    assert_false(user.admin);
    const struct http_peer us = {.known = true, .uid = geteuid()};
    assert_true(api_user_of(&us, &user));
    assert_true(user.admin);
}

/* S-15: ended sessions count, too, so that nobody fills the store with them. */
static void a_user_has_so_many_sessions(void **state)
{
    struct store *store = *state;
    struct json *more CLEANUP(json_freep) = session_of("");
    struct reason why;

    for (int i = 0; i < API_SESSIONS_PER_USER_MAX; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"s%d\"},"
                 "\"spec\":{\"owner\":{\"username\":\"dev\"}}}",
                 i);
        assert_int_equal(store_create(store, json_given(text)), 0);
    }
    assert_int_equal(judge(store, &developer, more, &why), API_TOO_MANY);
    assert_int_equal(why.code, REASON_LIMIT_REACHED);
    struct json *roots CLEANUP(json_freep) = session_of("");
    assert_int_equal(judge(store, &root, roots, &why), API_OK);
}

/* S-10 */
static void annotations_have_a_limit(void **state)
{
    struct json *session CLEANUP(json_freep) = session_of(""), *before CLEANUP(json_freep) = session_of("");
    struct json *metadata = NULL, *annotations = NULL;
    char *value = calloc(1, API_ANNOTATIONS_BYTES_MAX + 1);
    struct reason why;

    memset(value, 'x', API_ANNOTATIONS_BYTES_MAX);
    assert_int_equal(json_object_at(session, "metadata", &metadata), 0);
    assert_int_equal(json_object_at(metadata, "annotations", &annotations), 0);
    assert_int_equal(json_set_text(annotations, "k", value), 0);
    assert_int_equal(session_judge_change(before, session, &why), API_INVALID);
    assert_int_equal(judge(*state, &developer, session, &why), API_INVALID);
    value[API_ANNOTATIONS_BYTES_MAX - 1] = '\0';
    assert_int_equal(json_object_at(session, "metadata", &metadata), 0);
    assert_int_equal(json_object_at(metadata, "annotations", &annotations), 0);
    assert_int_equal(json_set_text(annotations, "k", value), 0);
    assert_int_equal(judge(*state, &developer, session, &why), API_OK);
    free(value);
}

#define RULE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(an_absent_owner_is_who_asks),
        RULE_TEST(an_unknown_field_is_refused_by_name),
        RULE_TEST(another_owner_is_for_root_alone),
        RULE_TEST(sessions_are_changed_by_their_owner_and_administrators),
        RULE_TEST(what_may_be_read_depends_on_the_kind),
        RULE_TEST(who_cannot_be_told_is_nobody),
        RULE_TEST(a_user_has_so_many_sessions),
        RULE_TEST(annotations_have_a_limit),
    };

    return cmocka_run_group_tests_name("api_session", tests, NULL, NULL);
}
