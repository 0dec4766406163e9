/* What happened lately: the newest first, counted when it happens again, at most so many, and of one namespace where one is named. */
#include "supervisor/apply/event_board.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/json/json_given.h"

static struct {
    struct store *store;
    struct event_board *board;
    unsigned version;
} t;

static void put(const char *namespace, const char *name, const char *phase, const char *message)
{
    char text[2048];
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"namespace\":\"%s\","
             "\"name\":\"%s\",\"uid\":\"u-%s\",\"resourceVersion\":\"%u\"},\"status\":{\"phase\":\"%s\","
             "\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\",\"reason\":\"QueueNotFound\",\"message\":\"%"
             "s\"}]}}",
             namespace, name, name, ++t.version, phase, message);
    assert_int_equal(store_mirror_put(t.store, json_given(text)), 0);
}

/* "name reason count, ..." */
static void expect(const char *namespace, const char *wanted)
{
    struct json *events CLEANUP(json_freep) = NULL;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(65536);
    assert_int_equal(event_board_json(t.board, namespace, &events), 0);
    for (size_t i = 0; i < json_count(events); i++) {
        const struct json *event = json_at(events, i);
        int64_t count = 0;
        assert_int_equal(json_int(json_get(event, "count"), &count), 0);
        assert_string_equal(json_text(json_get(event, "kind")), "SplitSession");
        assert_int_equal(buf_printf(&text, "%s%s %s %d", i ? ", " : "", json_text(json_get(event, "name")),
                                    json_text(json_get(event, "reason")), (int)count),
                         0);
    }
    assert_string_equal(text.len ? text.data : "", wanted);
}

static int begin(void **state)
{
    struct reason why;
    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(store_new(-1, &t.store, &why), 0);
    put("shop", "old", "Ready", "");
    assert_int_equal(event_board_new(t.store, &t.board), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    event_board_free(t.board);
    store_free(t.store);
    return 0;
}

static void what_was_there_is_no_news(void **state)
{
    (void)state;
    expect(NULL, "");
    put("shop", "old", "Ready", "");
    expect(NULL, "");
}

static void the_newest_comes_first(void **state)
{
    (void)state;
    put("shop", "anna", "Pending", "");
    put("shop", "anna", "Ready", "");
    put("shop", "old", "Ended", "");
    expect(NULL, "old Ended 1, anna Ready 1");
}

static void what_happens_again_is_counted_and_comes_first(void **state)
{
    (void)state;
    put("shop", "old", "Ended", "");
    put("shop", "anna", "Pending", "");
    for (unsigned i = 0; i < 3; i++) {
        put("shop", "anna", "Ready", "");
        put("shop", "anna", "Pending", "");
    }
    expect(NULL, "anna Pending 3, anna Ready 3, old Ended 1");
}

static void a_namespace_shows_its_own(void **state)
{
    (void)state;
    put("shop", "old", "Ended", "");
    put("others", "bob", "Pending", "");
    put("others", "bob", "Failed", "no such queue");
    expect("shop", "old Ended 1");
    expect("others", "bob QueueNotFound 1");
}

static void no_more_are_kept_than_the_limit(void **state)
{
    struct json *events CLEANUP(json_freep) = NULL;
    char name[32];
    (void)state;
    for (unsigned i = 0; i < EVENT_BOARD_MAX + 10; i++) {
        snprintf(name, sizeof name, "s-%u", i);
        put("shop", name, "Pending", "");
        put("shop", name, "Ready", "");
    }
    assert_int_equal(event_board_json(t.board, NULL, &events), 0);
    assert_int_equal(json_count(events), EVENT_BOARD_MAX);
    snprintf(name, sizeof name, "s-%d", EVENT_BOARD_MAX + 9);
    assert_string_equal(json_text(json_get(json_at(events, 0), "name")), name);
    assert_string_equal(json_text(json_get(json_at(events, EVENT_BOARD_MAX - 1), "name")), "s-10");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_there_is_no_news),
        TEST(the_newest_comes_first),
        TEST(what_happens_again_is_counted_and_comes_first),
        TEST(a_namespace_shows_its_own),
        TEST(no_more_are_kept_than_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
