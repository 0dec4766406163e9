/* The operator's HTTP port, asked over the network (S-14). */
#include "common/http/client.h"
#include "supervisor/main/serve_port.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

static struct {
    struct loop *loop;
    struct serve_port *port;
    struct http_client *client;
    bool ready, answered;
    unsigned status;
    char body[64];
} t;

static bool is_ready(void *context) { return *(bool *)context; }

static int begin(void **state)
{
    (void)state;
    char url[64];
    t.ready = false;
    assert_int_equal(loop_new(&t.loop), 0);
    const struct serve_port_config config = {.loop = t.loop, .ready = is_ready, .context = &t.ready};
    assert_int_equal(serve_port_new(&config, &t.port), 0);
    assert_true(serve_port_number(t.port) > 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)serve_port_number(t.port));
    assert_int_equal(http_client_new(t.loop, NULL, url, &t.client), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    http_client_free(t.client);
    serve_port_free(t.port);
    loop_free(t.loop);
    return 0;
}

static void on_done(void *context, const struct http_result *result)
{
    (void)context;
    assert_int_equal(result->error, 0);
    t.answered = true;
    t.status = result->status;
    assert_int_equal(str_copy(t.body, sizeof t.body, result->body), 0);
}

static void expect(const char *method, const char *path, unsigned status, const char *body)
{
    const struct http_call_spec spec = {.method = method, .path = path, .on_done = on_done};
    t.answered = false;
    assert_int_equal(http_client_call(t.client, &spec, NULL), 0);
    while (!t.answered)
        assert_int_equal(loop_turn(t.loop), 0);
    assert_int_equal(t.status, status);
    assert_string_equal(t.body, body);
}

static void S_14_life_and_readiness_are_yes_or_no(void **state)
{
    (void)state;
    expect("GET", "/livez", 200, "ok\n");
    expect("GET", "/readyz", 503, "no\n");
    t.ready = true;
    expect("GET", "/readyz?verbose", 200, "ok\n");
    t.ready = false;
    expect("GET", "/readyz", 503, "no\n");
    expect("GET", "/livez", 200, "ok\n");
}

static void S_14_nothing_else_is_told(void **state)
{
    (void)state;
    expect("GET", "/", 404, "");
    expect("GET", "/livez/etcd", 404, "");
    expect("GET", "/metrics", 404, "");
    expect("DELETE", "/readyz", 405, "");
}

static void on_echo(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    response->status = 200;
    assert_int_equal(buf_printf(&response->body, "%s %d", request->path, request->peer.known), 0);
}

static void another_room_adds_a_path(void **state)
{
    (void)state;
    const struct http_route route = {"GET", "/sluice/v1/logs/", on_echo, NULL};
    assert_int_equal(serve_port_add_route(t.port, &route), 0);
    expect("GET", "/sluice/v1/logs/split-1", 200, "/sluice/v1/logs/split-1 0");
}

static void a_port_that_is_taken_is_told(void **state)
{
    (void)state;
    struct serve_port *other = NULL;
    const struct serve_port_config config = {
        .loop = t.loop, .number = serve_port_number(t.port), .ready = is_ready, .context = &t.ready};
    assert_int_equal(serve_port_new(&config, &other), -EADDRINUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(S_14_life_and_readiness_are_yes_or_no, begin, end),
        cmocka_unit_test_setup_teardown(S_14_nothing_else_is_told, begin, end),
        cmocka_unit_test_setup_teardown(another_room_adds_a_path, begin, end),
        cmocka_unit_test_setup_teardown(a_port_that_is_taken_is_told, begin, end),
    };
    return cmocka_run_group_tests_name("serve port", tests, NULL, NULL);
}
