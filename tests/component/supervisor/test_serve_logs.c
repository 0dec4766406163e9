/* Logs of workers over a real socket: of splits, of those that only checked a cluster, of removed ones; followed over a
 * rotation; and nothing else of the folder. */
#include "common/base/fd.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/main/serve_logs.h"
#include "tests/component/api/rig.h"

#define SPLIT "split-0123456789abcdef"
#define PROBE "probe-0123456789abcdef"
#define LOGS "/sluice/v1/logs/"

struct place_of_logs {
    struct rig *rig;
    struct serve_logs *logs;
};

static int begin(void **state)
{
    struct place_of_logs *place = calloc(1, sizeof *place);
    void *rig = NULL;
    assert_int_equal(rig_setup(&rig), 0);
    place->rig = rig;
    assert_int_equal(serve_logs_new(place->rig->loop, place->rig->store, place->rig->scratch->path, &place->logs), 0);
    const struct http_route route = {"GET", LOGS, serve_logs_answer, place->logs};
    assert_int_equal(api_socket_add_route(place->rig->api, &route), 0);
    *state = place;
    return 0;
}

static int end(void **state)
{
    struct place_of_logs *place = *state;
    void *rig = place->rig;
    http_client_free(TAKE(place->rig->client));
    api_socket_free(TAKE(place->rig->api));
    serve_logs_free(place->logs);
    free(place);
    return rig_teardown(&rig);
}

static void put_split(struct rig *rig)
{
    assert_int_equal(
        store_create(rig->store, json_given("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\","
                                            "\"metadata\":{\"name\":\"" SPLIT "\",\"namespace\":\"default\"},"
                                            "\"spec\":{}}")),
        0);
}

static struct answer ask(struct rig *rig, const char *path)
{
    struct answer answer;
    rig_ask(rig, "GET", path, NULL, STR(""), &answer);
    assert_int_equal(answer.error, 0);
    json_free(TAKE(answer.body));
    return answer;
}

static void the_log_of_a_split_is_given_and_empty_before_it_is_there(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    put_split(rig);
    struct answer answer = ask(rig, LOGS SPLIT);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.text, "");
    scratch_put(rig->scratch, SPLIT ".log", STR("first line\n"));
    answer = ask(rig, LOGS SPLIT);
    assert_string_equal(answer.text, "first line\n");
}

static void of_a_long_log_the_end_is_given(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(1 << 20);
    for (int i = 0; text.len < SERVE_LOGS_TAIL_BYTES + 8; i++)
        assert_int_equal(buf_printf(&text, "%07d\n", i), 0);
    scratch_put(rig->scratch, PROBE ".log", buf_str(&text));
    struct answer answer = ask(rig, LOGS PROBE);
    assert_memory_equal(answer.text, "0000001\n0000002\n", 16);
}

static void the_log_of_a_worker_without_a_record_is_given_while_it_is_kept(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    assert_int_equal(ask(rig, LOGS PROBE).status, 404);
    scratch_put(rig->scratch, PROBE ".log", STR("why the check failed\n"));
    scratch_put(rig->scratch, SPLIT ".log", STR("of a removed split\n"));
    assert_string_equal(ask(rig, LOGS PROBE).text, "why the check failed\n");
    assert_string_equal(ask(rig, LOGS SPLIT).text, "of a removed split\n");
}

static void nothing_else_of_the_folder_is_given(void **state)
{
    static const char *const names[] = {
        "",           "target.default.shop",    "counter",    "..",          ".%2e/secret",
        "split-0123", "split-0123456789abcdeg", PROBE ".log", SPLIT ".log.1"};
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    char file[64], path[96];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(file, sizeof file, "%s.log", names[i]);
        if (!strchr(names[i], '/'))
            scratch_put(rig->scratch, file, STR("not to be seen\n"));
        snprintf(path, sizeof path, LOGS "%s", names[i]);
        assert_int_equal(ask(rig, path).status, 404);
    }
}

static void a_link_in_place_of_a_log_is_not_followed(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    scratch_put(rig->scratch, "secret", STR("not to be seen\n"));
    assert_int_equal(symlinkat("secret", rig->scratch->fd, PROBE ".log"), 0);
    assert_int_equal(ask(rig, LOGS PROBE).status, 500);
}

struct following {
    struct http_call *call;
    char text[256];
    int bytes, over; /* loop_until */
    unsigned status;
};

static void on_text(void *context, struct str data)
{
    struct following *following = context;
    size_t length = strlen(following->text);
    snprintf(following->text + length, sizeof following->text - length, "%.*s", STR_ARG(data));
    following->bytes += (int)data.len;
}

static void on_over(void *context, const struct http_result *result)
{
    struct following *following = context;
    following->call = NULL;
    following->over = 1;
    following->status = result->status;
}

static void follow(struct rig *rig, const char *path, struct following *ret)
{
    const struct http_call_spec spec = {
        .method = "GET", .path = path, .on_data = on_text, .on_done = on_over, .context = ret};
    *ret = (struct following){.over = 0};
    assert_int_equal(http_client_call(rig->client, &spec, &ret->call), 0);
}

static void append(struct rig *rig, const char *file, const char *text)
{
    int fd = openat(rig->scratch->fd, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
    close(fd);
}

static void a_followed_log_goes_on_over_a_rotation(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    struct following following;
    append(rig, PROBE ".log", "one\n");
    follow(rig, LOGS PROBE "?follow=1", &following);
    loop_until(rig->loop, &following.bytes, 4);
    append(rig, PROBE ".log", "two\n");
    loop_until(rig->loop, &following.bytes, 8);
    int fd CLEANUP(fd_closep) = openat(rig->scratch->fd, PROBE ".log", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 0), 0);
    append(rig, PROBE ".log", "3\n");
    loop_until(rig->loop, &following.bytes, 10);
    assert_string_equal(following.text, "one\ntwo\n3\n");
    http_call_cancel(TAKE(following.call));
}

static void a_log_that_comes_into_being_later_can_be_followed(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    struct following following;
    put_split(rig);
    follow(rig, LOGS SPLIT "?follow=1", &following);
    struct answer answer = ask(rig, LOGS SPLIT); /* served after the first request */
    assert_string_equal(answer.text, "");
    append(rig, SPLIT ".log", "now\n");
    loop_until(rig->loop, &following.bytes, 4);
    http_call_cancel(TAKE(following.call));
}

static void followers_are_bounded_and_their_places_come_free(void **state)
{
    struct rig *rig = ((struct place_of_logs *)*state)->rig;
    struct following followers[SERVE_LOGS_FOLLOWED_MAX], late;
    append(rig, PROBE ".log", "x\n");
    for (size_t i = 0; i < SERVE_LOGS_FOLLOWED_MAX; i++) {
        follow(rig, LOGS PROBE "?follow=1", &followers[i]);
        loop_until(rig->loop, &followers[i].bytes, 2);
    }
    follow(rig, LOGS PROBE "?follow=1", &late);
    loop_until(rig->loop, &late.over, 1);
    assert_int_equal(late.status, 503);
    assert_int_equal(ask(rig, LOGS PROBE).status, 200); /* reading without following goes on */
    for (size_t i = 0; i < SERVE_LOGS_FOLLOWED_MAX; i++)
        http_call_cancel(TAKE(followers[i].call));
    for (late.status = 503; late.status == 503;) { /* the server sees a little later that they went */
        follow(rig, LOGS PROBE "?follow=1", &late);
        while (!late.over && !late.bytes)
            assert_int_equal(loop_turn(rig->loop), 0);
        late.status = late.over ? late.status : 200;
    }
    http_call_cancel(TAKE(late.call));
}

#define LOGS_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TEST(the_log_of_a_split_is_given_and_empty_before_it_is_there),
        LOGS_TEST(of_a_long_log_the_end_is_given),
        LOGS_TEST(the_log_of_a_worker_without_a_record_is_given_while_it_is_kept),
        LOGS_TEST(nothing_else_of_the_folder_is_given),
        LOGS_TEST(a_link_in_place_of_a_log_is_not_followed),
        LOGS_TEST(a_followed_log_goes_on_over_a_rotation),
        LOGS_TEST(a_log_that_comes_into_being_later_can_be_followed),
        LOGS_TEST(followers_are_bounded_and_their_places_come_free),
    };
    return cmocka_run_group_tests_name("serve logs", tests, NULL, NULL);
}
