/* Watches: from the beginning, from a version, until somebody goes. */
#include "supervisor/store/store.h"
#include "tests/component/api/rig.h"

#define WATCH SESSIONS "?watch=1"

static void put_session(struct rig *rig, const char *name, const char *key)
{
    char text[512];

    snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"%s\"},\"spec\":{"
        "\"key\":\"%s\"}}",
        name, key);
    int r = store_create(rig->store, json_given(text));
    if (r == STORE_EXISTS)
        r = store_update(rig->store, json_given(text));
    assert_int_equal(r, 0);
}

static void drop_session(struct rig *rig, const char *name)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};

    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    assert_int_equal(store_delete(rig->store, &key), 0);
}

/* Without bookmarks, which come when they come. */
static void expect_events(struct rig *rig, struct watched *watched, const char *expected)
{
    CLEANUP(loop_timer_freep) struct loop_timer *late = NULL;

    assert_int_equal(loop_timer_new(rig->loop, loop_fixture_late, NULL, &late), 0);
    loop_timer_start(late, LOOP_TEST_DEADLINE_MS);
    for (;;) {
        char *bookmark;
        while ((bookmark = strstr(watched->text, "BOOKMARK ;")) != NULL)
            memmove(bookmark, bookmark + 10, strlen(bookmark + 10) + 1);
        if (strlen(watched->text) >= strlen(expected))
            break;
        assert_int_equal(loop_turn(rig->loop), 0);
    }
    assert_string_equal(watched->text, expected);
}

static void a_watch_begins_with_what_there_is_and_goes_on(void **state)
{
    struct rig *rig = *state;
    struct watched watched CLEANUP(watched_deinit);

    put_session(rig, "a", "1");
    watched_open(rig, WATCH, &watched);
    expect_events(rig, &watched, "ADDED a;");
    put_session(rig, "b", "1");
    put_session(rig, "a", "2");
    drop_session(rig, "a");
    expect_events(rig, &watched, "ADDED a;ADDED b;MODIFIED a;DELETED a;");
    /* The event of a deletion has the version to resume from. */
    char version[32];
    snprintf(version, sizeof version, "%llu", (unsigned long long)store_version(rig->store));
    assert_string_equal(json_text(json_path(watched.last, "metadata", "resourceVersion", NULL)), version);
}

static void a_watch_resumes_where_it_was(void **state)
{
    struct rig *rig = *state;
    struct watched watched CLEANUP(watched_deinit);
    char path[256];

    put_session(rig, "a", "1");
    snprintf(path, sizeof path, WATCH "&resourceVersion=%llu", (unsigned long long)store_version(rig->store));
    put_session(rig, "a", "2");
    drop_session(rig, "a");
    put_session(rig, "b", "1");
    watched_open(rig, path, &watched);
    expect_events(rig, &watched, "MODIFIED a;DELETED a;ADDED b;");
    put_session(rig, "b", "2");
    expect_events(rig, &watched, "MODIFIED a;DELETED a;ADDED b;MODIFIED b;");
}

static void expect_gone(struct rig *rig, const char *path)
{
    struct watched watched CLEANUP(watched_deinit);
    int64_t code = 0;

    watched_open(rig, path, &watched);
    loop_until(rig->loop, &watched.over, 1);
    assert_int_equal(watched.status, 200);
    assert_string_equal(watched.text, "ERROR ;");
    assert_string_equal(json_text(json_get(watched.last, "reason")), "Expired");
    assert_int_equal(json_int(json_get(watched.last, "code"), &code), 0);
    assert_int_equal(code, 410);
}

static void a_version_that_is_too_old_or_not_ours_is_gone(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < STORE_CHANGES_MAX + 5; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        put_session(rig, "a", key);
    }
    expect_gone(rig, WATCH "&resourceVersion=3");
    expect_gone(rig, WATCH "&resourceVersion=999999999");
    expect_gone(rig, WATCH "&resourceVersion=x");
}

static void a_watch_sees_its_namespace_kind_and_name_only(void **state)
{
    struct rig *rig = *state;
    struct watched all CLEANUP(watched_deinit), one CLEANUP(watched_deinit), splits CLEANUP(watched_deinit);

    watched_open(rig, "/apis/sluice.dev/v1alpha1/splitsessions?watch=true", &all);
    watched_open(rig, WATCH "&fieldSelector=metadata.name%3Db", &one);
    watched_open(rig, "/apis/sluice.dev/v1alpha1/namespaces/default/queuesplits?watch=1", &splits);
    loop_until(rig->loop, &all.events, 1); /* the first bookmark: it is there */
    loop_until(rig->loop, &one.events, 1);
    loop_until(rig->loop, &splits.events, 1);
    put_session(rig, "a", "1");
    put_session(rig, "b", "1");
    assert_int_equal(
        store_create(rig->store, json_given("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\","
                                            "\"metadata\":{\"name\":\"b\",\"namespace\":\"other\"}}")),
        0);
    assert_int_equal(
        store_create(rig->store, json_given("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\","
                                            "\"metadata\":{\"name\":\"split-1\"}}")),
        0);
    put_session(rig, "b", "2");
    expect_events(rig, &all, "ADDED a;ADDED b;ADDED b;MODIFIED b;");
    expect_events(rig, &one, "ADDED b;MODIFIED b;");
    expect_events(rig, &splits, "ADDED split-1;");
}

static void bookmarks_tell_the_version_of_a_quiet_watch(void **state)
{
    struct rig *rig = *state;
    struct watched watched CLEANUP(watched_deinit);

    put_session(rig, "a", "1");
    watched_open(rig, WATCH "&resourceVersion=1", &watched);
    loop_until(rig->loop, &watched.events, 2);
    assert_string_equal(watched.text, "BOOKMARK ;BOOKMARK ;");
    assert_string_equal(json_text(json_get(watched.last, "kind")), "SplitSession");
    assert_string_equal(json_text(json_path(watched.last, "metadata", "resourceVersion", NULL)), "1");
}

static void a_watch_ends_when_its_time_is_over(void **state)
{
    struct rig *rig = *state;
    struct watched watched CLEANUP(watched_deinit);

    watched_open(rig, WATCH "&timeoutSeconds=1", &watched);
    loop_until(rig->loop, &watched.over, 1);
    assert_int_equal(watched.error, 0);
    rig_expect(rig, "GET", WATCH "&timeoutSeconds=99999999", NULL, NULL, 400, "BadRequest", NULL);
}

/* Turns the loop until a change finds no watcher any more: the store would not be freed with one. */
static void a_client_that_goes_ends_its_watch(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < 100; i++) {
        struct watched watched CLEANUP(watched_deinit);
        watched_open(rig, WATCH, &watched);
        put_session(rig, "a", i % 2 ? "1" : "2");
        loop_until(rig->loop, &watched.events, 1);
    } /* more than there can be connections: each was given back */
}

/* S-10: what a client does not read is bounded; it is cut off and lists again. */
static void a_client_that_does_not_read_is_cut_off(void **state)
{
    struct rig *rig = *state;
    CLEANUP(fd_closep) int fd = rig_connect(rig);
    const struct str request = STR("GET " WATCH " HTTP/1.1\r\nHost: x\r\n\r\n");
    char *large = calloc(1, (256 << 10) + 1), text[8192];
    struct answer answer CLEANUP(answer_deinit);

    assert_int_equal(fd_write_all(fd, request.data, request.len), 0);
    rig_read_until(rig, fd, "200 OK", text, sizeof text);
    memset(large, 'x', 256 << 10);
    for (int i = 0; i < 80; i++) { /* 20 MiB, more than a stream may hold */
        struct json *session =
                        json_given("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{"
                                   "\"name\":\"a\"},\"spec\":{}}"),
                    *spec = NULL;
        assert_int_equal(json_object_at(session, "spec", &spec), 0);
        assert_int_equal(json_set_int(spec, "n", i), 0);
        assert_int_equal(json_set_text(spec, "key", large), 0);
        assert_int_equal(i ? store_update(rig->store, session) : store_create(rig->store, session), 0);
    }
    free(large);
    rig_ask(rig, "GET", SESSIONS, NULL, STR(""), &answer); /* everybody else is served */
    assert_int_equal(answer.status, 200);
    char *rest = malloc(32u << 20);
    size_t length = rig_read_until(rig, fd, "never there", rest, 32u << 20);
    free(rest);
    assert_true(length < HTTP_SERVER_STREAM_BYTES_MAX); /* the end came before all of it */
}

static void a_server_that_ends_ends_its_watches(void **state)
{
    struct rig *rig = *state;
    struct watched watched CLEANUP(watched_deinit);

    put_session(rig, "a", "1");
    watched_open(rig, WATCH, &watched);
    loop_until(rig->loop, &watched.events, 1);
    api_socket_free(TAKE(rig->api));
    loop_until(rig->loop, &watched.over, 1);
    assert_int_not_equal(watched.error, 0); /* cut, not finished */
    put_session(rig, "a", "2");             /* nobody is left to be told */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_watch_begins_with_what_there_is_and_goes_on),
        RIG_TEST(a_watch_resumes_where_it_was),
        RIG_TEST(a_version_that_is_too_old_or_not_ours_is_gone),
        RIG_TEST(a_watch_sees_its_namespace_kind_and_name_only),
        RIG_TEST(bookmarks_tell_the_version_of_a_quiet_watch),
        RIG_TEST(a_watch_ends_when_its_time_is_over),
        RIG_TEST(a_client_that_goes_ends_its_watch),
        RIG_TEST(a_client_that_does_not_read_is_cut_off),
        RIG_TEST(a_server_that_ends_ends_its_watches),
    };

    return cmocka_run_group_tests_name("api_watch", tests, NULL, NULL);
}
