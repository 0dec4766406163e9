/* The client against servers that misbehave: bytes from a socket of ours. S-8, S-10. */
#include "tests/component/api/rig.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Accepts one connection after the other and sends each the same bytes. */
struct script {
    struct loop *loop;
    int listen_fd;
    int fds[16]; /* closed with the script: a reset could overtake the bytes */
    struct loop_fd *watch;
    const char *reply;
    bool stays; /* does not end the stream after it */
    int accepted;
};

static void on_connection(void *context, unsigned events)
{
    struct script *script = context;
    int fd = accept4(script->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    assert_true(script->accepted < 16);
    script->fds[script->accepted++] = fd;
    assert_int_equal(fd_write_all(fd, script->reply, strlen(script->reply)), 0);
    if (!script->stays)
        shutdown(fd, SHUT_WR);
}

static void script_open(struct script *script, int fd, struct loop *loop, const char *reply, bool stays)
{
    *script = (struct script){.loop = loop, .listen_fd = fd, .reply = reply, .stays = stays};
    assert_int_equal(listen(fd, 10), 0);
    assert_int_equal(loop_fd_new(loop, fd, LOOP_READABLE, on_connection, script, &script->watch), 0);
}

static void script_close(struct script *script)
{
    loop_fd_free(script->watch);
    fd_closep(&script->listen_fd);
    for (int i = 0; i < script->accepted; i++)
        fd_closep(&script->fds[i]);
}

/* In the place of the rig's server. */
static void script_at_rig(struct script *script, struct rig *rig, const char *reply, bool stays)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    api_socket_free(TAKE(rig->api));
    assert_int_equal(str_copy(address.sun_path, sizeof address.sun_path, str_of(rig->path)), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    script_open(script, fd, rig->loop, reply, stays);
}

struct over {
    int done, error, parts;
    unsigned status;
    char text[256];
    struct http_call *call;
    bool cancel_at_once;
};

static void on_done(void *context, const struct http_result *result)
{
    struct over *over = context;

    over->done = 1;
    over->error = result->error;
    over->status = result->status;
    snprintf(over->text, sizeof over->text, "%.200s", result->body.data);
}

static void on_data(void *context, struct str data)
{
    struct over *over = context;

    assert_true(data.len > 0);
    over->parts++;
    if (over->cancel_at_once)
        http_call_cancel(over->call);
}

static void ask(struct rig *rig, struct http_call_spec spec, struct over *over)
{
    *over = (struct over){.done = 0};
    spec.method = "GET";
    spec.path = spec.path ? spec.path : "/";
    spec.on_done = on_done;
    spec.context = over;
    assert_int_equal(http_client_call(rig->client, &spec, &over->call), 0);
    loop_until(rig->loop, &over->done, 1);
}

static void who_is_not_there_is_told_apart(void **state)
{
    struct rig *rig = *state;
    struct over over;

    api_socket_free(TAKE(rig->api)); /* deletes the socket */
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    assert_int_equal(over.error, -ENOENT);
    assert_int_equal(over.status, 0);
    struct script script;
    script_at_rig(&script, rig, "", false);
    script_close(&script); /* leaves the file of a socket that nobody listens at */
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    assert_int_equal(over.error, -ECONNREFUSED);
}

static void a_server_that_says_nothing_meets_the_deadline(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over;

    script_at_rig(&script, rig, "", true);
    ask(rig, (struct http_call_spec){.deadline_ms = 200}, &over);
    assert_int_equal(over.error, -ETIMEDOUT);
    ask(rig, (struct http_call_spec){.deadline_ms = 200, .on_data = on_data}, &over);
    assert_int_equal(over.error, -ETIMEDOUT);
}

static void a_stream_may_last_but_not_be_silent(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over;

    script_at_rig(&script, rig, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst", true);
    ask(rig, (struct http_call_spec){.deadline_ms = 5000, .silence_max_ms = 200, .on_data = on_data}, &over);
    assert_int_equal(over.error, -ETIMEDOUT);
    assert_int_equal(over.parts, 1);
}

static void a_response_beyond_the_limit_is_refused(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over;

    script_at_rig(&script, rig, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", false);
    ask(rig, (struct http_call_spec){.body_bytes_max = 9}, &over);
    assert_int_equal(over.error, -ENOBUFS);
    ask(rig, (struct http_call_spec){.body_bytes_max = 10}, &over);
    assert_int_equal(over.error, 0);
    assert_string_equal(over.text, "0123456789");
}

static void a_response_that_is_cut_is_an_error(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over;

    script_at_rig(&script, rig, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", false);
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    assert_int_equal(over.error, -ECONNRESET);
    script.reply = "";
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    assert_int_equal(over.error, -ECONNRESET);
    script.reply = "SSH-2.0-x\r\n";
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    assert_int_equal(over.error, -EPROTO);
}

static void a_stream_that_is_refused_gives_its_body(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over;

    script_at_rig(&script, rig, "HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone", false);
    ask(rig, (struct http_call_spec){.on_data = on_data}, &over);
    assert_int_equal(over.error, 0);
    assert_int_equal(over.status, 410);
    assert_int_equal(over.parts, 0);
    assert_string_equal(over.text, "gone");
}

/* S-8 */
static void redirects_are_not_followed(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over;

    script_at_rig(&script, rig, "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", false);
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    assert_int_equal(over.status, 302);
    assert_int_equal(script.accepted, 1);
}

/* S-8 */
static void only_http_is_spoken(void **state)
{
    struct rig *rig = *state;
    struct http_client *client = NULL;
    char path[200];

    assert_int_equal(http_client_new(rig->loop, NULL, "file:///etc", &client), -EINVAL);
    assert_int_equal(http_client_new(rig->loop, NULL, "ftp://x", &client), -EINVAL);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(http_client_new(rig->loop, path, "http://x", &client), -ENAMETOOLONG);
}

/* S-10 */
static void a_url_has_a_limit(void **state)
{
    struct rig *rig = *state;
    char path[HTTP_CLIENT_URL_BYTES_MAX + 1] = "/";
    struct http_call_spec spec = {.method = "GET", .path = path, .on_done = on_done};

    memset(path + 1, 'p', sizeof path - 2);
    assert_int_equal(http_client_call(rig->client, &spec, NULL), -ENAMETOOLONG);
}

/* S-8: neither for a unix socket nor for TCP. */
static void proxies_of_the_environment_are_not_asked(void **state)
{
    struct rig *rig = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct script script CLEANUP(script_close);
    struct over over;
    char url[64];

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    ask(rig, (struct http_call_spec){.deadline_ms = 5000, .path = SESSIONS}, &over);
    assert_int_equal(over.status, 200);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    script_open(&script, fd, rig->loop, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    http_client_free(TAKE(rig->client));
    assert_int_equal(http_client_new(rig->loop, NULL, url, &rig->client), 0);
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &over);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_int_equal(over.error, 0);
    assert_string_equal(over.text, "ok");
}

static void a_call_may_be_cancelled_in_its_own_callback(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over = {.cancel_at_once = true}, other;
    const struct http_call_spec spec = {
        .method = "GET", .path = "/", .on_data = on_data, .on_done = on_done, .context = &over};

    script_at_rig(&script, rig, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst", true);
    assert_int_equal(http_client_call(rig->client, &spec, &over.call), 0);
    loop_until(rig->loop, &over.parts, 1);
    script.reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ask(rig, (struct http_call_spec){.deadline_ms = 5000}, &other);
    assert_int_equal(other.error, 0);
    assert_int_equal(over.done, 0); /* was told nothing more */
    assert_int_equal(over.parts, 1);
}

static void a_client_that_is_freed_cancels(void **state)
{
    struct rig *rig = *state;
    struct script script CLEANUP(script_close);
    struct over over = {.done = 0};
    const struct http_call_spec spec = {.method = "GET", .path = "/", .on_done = on_done, .context = &over};

    script_at_rig(&script, rig, "", true);
    for (int i = 0; i < 5; i++)
        assert_int_equal(http_client_call(rig->client, &spec, NULL), 0);
    loop_until(rig->loop, &script.accepted, 5);
    http_client_free(TAKE(rig->client));
    assert_int_equal(over.done, 0);
}

static void paths_are_escaped(void **state)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(100);

    (void)state;
    assert_int_equal(http_escape(STR("a-Z_0.~/?&= %\xc3\xa4\0"), &buf), 0);
    assert_string_equal(buf.data, "a-Z_0.~%2F%3F%26%3D%20%25%C3%A4%00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(who_is_not_there_is_told_apart),
        RIG_TEST(a_server_that_says_nothing_meets_the_deadline),
        RIG_TEST(a_stream_may_last_but_not_be_silent),
        RIG_TEST(a_response_beyond_the_limit_is_refused),
        RIG_TEST(a_response_that_is_cut_is_an_error),
        RIG_TEST(a_stream_that_is_refused_gives_its_body),
        RIG_TEST(redirects_are_not_followed),
        RIG_TEST(only_http_is_spoken),
        RIG_TEST(a_url_has_a_limit),
        RIG_TEST(proxies_of_the_environment_are_not_asked),
        RIG_TEST(a_call_may_be_cancelled_in_its_own_callback),
        RIG_TEST(a_client_that_is_freed_cancels),
        cmocka_unit_test(paths_are_escaped),
    };

    return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
