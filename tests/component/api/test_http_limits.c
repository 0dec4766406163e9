/* S-10: what a client can cost the server, with raw sockets, since no library would send this. */
#include "common/http/server.h"
#include "tests/component/api/rig.h"
#include <sys/socket.h>
#include <sys/un.h>

static void send_text(int fd, const char *text) { assert_int_equal(fd_write_all(fd, text, strlen(text)), 0); }

static void expect_reply(struct rig *rig, int fd, const char *expected)
{
    char text[8192] = "";

    rig_read_until(rig, fd, expected, text, sizeof text);
    if (!strstr(text, expected))
        fail_msg("expected %s in: %s", expected, text);
}

static void an_announced_body_that_is_far_too_large_is_refused_before_it_comes(void **state)
{
    struct rig *rig = *state;
    CLEANUP(fd_closep) int fd = rig_connect(rig);

    send_text(fd, "POST " SESSIONS " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Content-Length: 16777217\r\n\r\n");
    expect_reply(rig, fd, "413 ");
}

static void the_refusal_is_a_status(void **state)
{
    struct rig *rig = *state;
    size_t length = HTTP_SERVER_BODY_BYTES_MAX + 1;
    char *body = malloc(length);
    struct answer answer CLEANUP(answer_deinit);

    memset(body, ' ', length);
    rig_ask(rig, "POST", SESSIONS, "application/json", (struct str){body, length}, &answer);
    assert_int_equal(answer.status, 413);
    assert_string_equal(json_text(json_get(answer.body, "reason")), "RequestEntityTooLarge");
    answer_deinit(&answer);
    rig_ask(rig, "POST", SESSIONS, "application/json", (struct str){body, length - 1}, &answer);
    assert_int_equal(answer.status, 400); /* at the limit it is read, and no JSON */
    free(body);
}

/* Sends as the socket takes it, turning the loop. */
static void send_much(struct rig *rig, int fd, const char *block, size_t length, size_t times)
{
    for (size_t i = 0; i < times; i++)
        for (size_t sent = 0; sent < length;) {
            ssize_t n = send(fd, block + sent, length - sent, MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN)
                return; /* cut off, or refused: the reply says which */
            sent += n > 0 ? (size_t)n : 0;
            if (n < 0)
                assert_int_equal(loop_turn(rig->loop), 0);
        }
}

static void a_body_without_length_is_counted(void **state)
{
    struct rig *rig = *state;
    CLEANUP(fd_closep) int fd = rig_connect(rig);
    char block[65536 + 9];

    memcpy(block, "10000\r\n", 7);
    memset(block + 7, 'x', 65536);
    memcpy(block + 7 + 65536, "\r\n", 2);
    send_text(fd, "POST " SESSIONS " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n");
    send_much(rig, fd, block, sizeof block, 20);
    send_much(rig, fd, "0\r\n\r\n", 5, 1);
    expect_reply(rig, fd, "413 ");
}

static void a_body_without_end_loses_its_connection(void **state)
{
    struct rig *rig = *state;
    CLEANUP(fd_closep) int fd = rig_connect(rig);
    char block[65536 + 9], text[64];

    memcpy(block, "10000\r\n", 7);
    memset(block + 7, 'x', 65536);
    memcpy(block + 7 + 65536, "\r\n", 2);
    send_text(fd, "POST " SESSIONS " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    send_much(rig, fd, block, sizeof block, 400);
    assert_int_equal(rig_read_until(rig, fd, "never there", text, sizeof text), 0);
}

static void a_head_that_is_too_large_is_refused(void **state)
{
    struct rig *rig = *state;
    CLEANUP(fd_closep) int fd = rig_connect(rig);
    char block[1024];

    memset(block, 'h', sizeof block);
    send_text(fd, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    send_much(rig, fd, block, sizeof block, 40);
    send_much(rig, fd, "\r\n\r\n", 4, 1);
    expect_reply(rig, fd, "431 ");
}

static void what_is_no_http_is_refused(void **state)
{
    struct rig *rig = *state;
    CLEANUP(fd_closep) int fd = rig_connect(rig);

    send_text(fd, "\x16\x03\x01 no http\r\n\r\n");
    expect_reply(rig, fd, "400 ");
}

/* A server of our own, whose time for a request is short. */
static void greet(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    (void)request;
    response->status = 200;
    assert_int_equal(buf_append_str(&response->body, STR("hello")), 0);
}

struct dribble {
    int fd;
    int ended; /* loop_until */
};

static void drip(void *context)
{
    struct dribble *dribble = context;

    if (send(dribble->fd, "x", 1, MSG_NOSIGNAL) < 0)
        dribble->ended = 1;
}

static int plain_socket(struct rig *rig)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    api_socket_free(TAKE(rig->api));
    assert_int_equal(str_copy(address.sun_path, sizeof address.sun_path, str_of(rig->path)), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 100), 0);
    return fd;
}

static void a_request_that_only_trickles_is_cut_off(void **state)
{
    struct rig *rig = *state;
    CLEANUP(http_server_freep) struct http_server *server = NULL;
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;

    assert_int_equal(http_server_new(rig->loop, plain_socket(rig), greet, NULL, &server), 0);
    http_server_set_request_ms(server, 500);
    CLEANUP(fd_closep) int fd = rig_connect(rig);
    struct dribble dribble = {.fd = fd};
    send_text(fd, "GET / HTTP/1.1\r\nHost: ");
    assert_int_equal(loop_timer_new(rig->loop, drip, &dribble, &timer), 0);
    loop_timer_repeat(timer, 50); /* never silent for long */
    loop_until(rig->loop, &dribble.ended, 1);
    while (http_server_connections(server) > 0) /* cut off is earlier than forgotten */
        assert_int_equal(loop_turn(rig->loop), 0);
}

/* Opens a stream, as a watch does, and counts. */
static void stream_closed(void *context) { (void)context; }

static void stream_open(void *context, const struct http_request *request, struct http_response *response)
{
    struct http_stream *stream = NULL;
    int *asked = context;

    (void)request;
    ++*asked;
    response->status = 200;
    assert_int_equal(http_response_stream(response, stream_closed, NULL, &stream), 0);
}

static bool is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

/* S-15: whoever only sits there keeps nobody out. */
static void idle_connections_make_room(void **state)
{
    struct rig *rig = *state;
    CLEANUP(http_server_freep) struct http_server *server = NULL;
    int fds[HTTP_SERVER_CONNECTIONS_MAX];

    assert_int_equal(http_server_new(rig->loop, plain_socket(rig), greet, NULL, &server), 0);
    for (int i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++) {
        fds[i] = rig_connect(rig);
        if (i % 2 == 0) /* a request, and then nothing; the others never say anything */
            send_text(fds[i], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        if (i % 2 == 0)
            expect_reply(rig, fds[i], "hello");
    }
    CLEANUP(fd_closep) int more = rig_connect(rig);
    send_text(more, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_reply(rig, more, "hello");
    assert_true(http_server_connections(server) <= HTTP_SERVER_CONNECTIONS_MAX);
    assert_true(is_closed(fds[0]) || is_closed(fds[1])); /* the longest idle */
    assert_false(is_closed(fds[HTTP_SERVER_CONNECTIONS_MAX - 1]));
    for (int i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++)
        close(fds[i]);
}

/* What is being answered keeps its place: then only so many are served. */
static void there_are_only_so_many_connections(void **state)
{
    struct rig *rig = *state;
    CLEANUP(http_server_freep) struct http_server *server = NULL;
    int fds[HTTP_SERVER_CONNECTIONS_MAX], asked = 0;

    assert_int_equal(http_server_new(rig->loop, plain_socket(rig), stream_open, &asked, &server), 0);
    for (int i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++) {
        fds[i] = rig_connect(rig);
        send_text(fds[i], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        loop_until(rig->loop, &asked, i + 1);
    }
    assert_int_equal(http_server_connections(server), HTTP_SERVER_CONNECTIONS_MAX);
    CLEANUP(fd_closep) int more = rig_connect(rig);
    send_text(more, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    close(fds[7]); /* one goes, and the one that waited is served */
    loop_until(rig->loop, &asked, HTTP_SERVER_CONNECTIONS_MAX + 1);
    assert_int_equal(http_server_connections(server), HTTP_SERVER_CONNECTIONS_MAX);
    for (int i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++)
        if (i != 7)
            assert_false(is_closed(fds[i]));
    close(fds[8]); /* silence on the last place keeps nobody out either */
    CLEANUP(fd_closep) int silent = rig_connect(rig);
    CLEANUP(fd_closep) int last = rig_connect(rig);
    send_text(last, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    loop_until(rig->loop, &asked, HTTP_SERVER_CONNECTIONS_MAX + 2);
    assert_true(is_closed(silent));
    for (int i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++)
        if (i != 7 && i != 8)
            close(fds[i]);
}

static void a_server_that_goes_answers_nothing_more(void **state)
{
    struct rig *rig = *state;
    CLEANUP(http_server_freep) struct http_server *server = NULL;
    int asked = 0;

    assert_int_equal(http_server_new(rig->loop, plain_socket(rig), stream_open, &asked, &server), 0);
    CLEANUP(fd_closep) int held = rig_connect(rig);
    CLEANUP(fd_closep) int late = rig_connect(rig);
    send_text(held, "GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
    loop_until(rig->loop, &asked, 1);
    while (http_server_connections(server) < 2)
        assert_int_equal(loop_turn(rig->loop), 0);
    send_text(late, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
    http_server_free(TAKE(server)); /* whoever handles requests may be gone already */
    assert_int_equal(asked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(an_announced_body_that_is_far_too_large_is_refused_before_it_comes),
        RIG_TEST(the_refusal_is_a_status),
        RIG_TEST(a_body_without_length_is_counted),
        RIG_TEST(a_body_without_end_loses_its_connection),
        RIG_TEST(a_head_that_is_too_large_is_refused),
        RIG_TEST(what_is_no_http_is_refused),
        RIG_TEST(a_request_that_only_trickles_is_cut_off),
        RIG_TEST(idle_connections_make_room),
        RIG_TEST(there_are_only_so_many_connections),
        RIG_TEST(a_server_that_goes_answers_nothing_more),
    };

    return cmocka_run_group_tests_name("http_limits", tests, NULL, NULL);
}
