/* Frames and handshake of WebSocket; the examples are RFC 6455's (sections 1.3 and 5.7). */
#include "common/http/websocket.h"
#include "tests/unit/cmocka_all.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define SWITCHED "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static void the_key_is_base64_of_sixteen_bytes(void **state)
{
    char key[WEBSOCKET_KEY_SIZE];
    (void)state;
    websocket_key((const uint8_t *)"the sample nonce", key);
    assert_string_equal(key, KEY);
}

static int read_answer(const char *text, struct websocket_answer *ret)
{
    return websocket_answer_read(str_of(text), KEY, STR("chat"), ret);
}

static void an_answer_is_believed_only_with_our_key_and_protocol(void **state)
{
    struct websocket_answer answer;
    (void)state;
    static const char good[] = SWITCHED ACCEPT "sec-websocket-protocol:  chat \r\n\r\nrest";
    assert_int_equal(read_answer(good, &answer), 0);
    assert_int_equal(answer.status, 101);
    assert_string_equal(good + answer.bytes, "rest");
    assert_int_equal(read_answer(SWITCHED "Sec-WebSocket-Protocol: chat\r\n\r\n", &answer), -EPROTO);
    assert_int_equal(read_answer(SWITCHED ACCEPT "\r\n", &answer), -EPROTO);
    assert_int_equal(read_answer(SWITCHED ACCEPT ACCEPT "Sec-WebSocket-Protocol: chat\r\n\r\n", &answer), -EPROTO);
    assert_int_equal(read_answer(SWITCHED ACCEPT "Sec-WebSocket-Protocol: superchat\r\n\r\n", &answer), -EPROTO);
    assert_int_equal(read_answer("220 mail.example.com ESMTP\r\n\r\n", &answer), -EPROTO);
    assert_int_equal(read_answer(SWITCHED ACCEPT, &answer), WEBSOCKET_MORE);
}

static void a_refusal_is_its_status(void **state)
{
    struct websocket_answer answer;
    (void)state;
    assert_int_equal(read_answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", &answer), 0);
    assert_int_equal(answer.status, 403);
}

static void a_head_has_a_limit(void **state)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(2 * WEBSOCKET_HEAD_BYTES_MAX);
    struct websocket_answer answer;
    (void)state;
    while (text.len < WEBSOCKET_HEAD_BYTES_MAX)
        assert_int_equal(buf_append_str(&text, STR("X-Y: z\r\n")), 0);
    assert_int_equal(websocket_answer_read(buf_str(&text), KEY, STR("chat"), &answer), -ENOBUFS);
    assert_int_equal(buf_append_str(&text, STR("\r\n")), 0);
    assert_int_equal(websocket_answer_read(buf_str(&text), KEY, STR("chat"), &answer), -ENOBUFS);
}

static int read_frame(struct str data, struct websocket_frame *ret) { return websocket_frame_read(data, 70000, ret); }

static void frames_are_read_whatever_their_length(void **state)
{
    CLEANUP(buf_deinit) struct buf large = BUF_INIT(1 << 20);
    struct websocket_frame frame;
    char *room;
    (void)state;
    assert_int_equal(read_frame(STR("\x81\x05Hello..."), &frame), 0);
    assert_int_equal(frame.opcode, WEBSOCKET_TEXT);
    assert_true(frame.final && str_equal(frame.payload, STR("Hello")));
    assert_int_equal(frame.bytes, 7);
    assert_int_equal(read_frame(STR("\x01\x03Hel"), &frame), 0);
    assert_false(frame.final);
    assert_int_equal(buf_append_str(&large, STR("\x82\x7E\x01\x00")), 0);
    assert_int_equal(read_frame(buf_str(&large), &frame), WEBSOCKET_MORE);
    assert_int_equal(buf_reserve(&large, 256, &room), 0);
    memset(room, 'x', 256);
    large.len += 256;
    assert_int_equal(read_frame(buf_str(&large), &frame), 0);
    assert_int_equal(frame.payload.len, 256);
    buf_clear(&large);
    assert_int_equal(buf_append_str(&large, STR("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00")), 0);
    assert_int_equal(buf_reserve(&large, 65536, &room), 0);
    memset(room, 'y', 65536);
    large.len += 65536;
    assert_int_equal(read_frame(buf_str(&large), &frame), 0);
    assert_int_equal(frame.payload.len, 65536);
}

static void what_no_server_may_send_is_refused(void **state)
{
    struct websocket_frame frame;
    (void)state;
    assert_int_equal(read_frame(STR("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), &frame), -EPROTO); /* masked */
    assert_int_equal(read_frame(STR("\xC1\x05Hello"), &frame), -EPROTO);    /* reserved bit */
    assert_int_equal(read_frame(STR("\x83\x05Hello"), &frame), -EPROTO);    /* an unknown kind */
    assert_int_equal(read_frame(STR("\x09\x05Hello"), &frame), -EPROTO);    /* half a ping */
    assert_int_equal(read_frame(STR("\x89\x7E\x01\x00"), &frame), -EPROTO); /* a long ping */
    assert_int_equal(read_frame(STR("\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), &frame), -ENOBUFS);
    assert_int_equal(read_frame(STR("\x82"), &frame), WEBSOCKET_MORE);
}

static void what_we_send_is_masked(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(1 << 20);
    static char large[70000];
    (void)state;
    assert_int_equal(websocket_frame_write(WEBSOCKET_TEXT, STR("Hello"), (const uint8_t *)"\x37\xfa\x21\x3d", &buf),
                     0);
    assert_int_equal(buf.len, 11);
    assert_memory_equal(buf.data, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
    buf_clear(&buf);
    assert_int_equal(websocket_frame_write(WEBSOCKET_BINARY, (struct str){large, 256}, (const uint8_t *)"abcd", &buf),
                     0);
    assert_memory_equal(buf.data,
                        "\x82\xFE\x01\x00"
                        "abcd"
                        "abcd",
                        12);
    buf_clear(&buf);
    assert_int_equal(
        websocket_frame_write(WEBSOCKET_BINARY, (struct str){large, sizeof large}, (const uint8_t *)"abcd", &buf), 0);
    assert_memory_equal(buf.data, "\x82\xFF\x00\x00\x00\x00\x00\x01\x11\x70", 10);
    assert_int_equal(buf.len, 14 + sizeof large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_base64_of_sixteen_bytes),
        cmocka_unit_test(an_answer_is_believed_only_with_our_key_and_protocol),
        cmocka_unit_test(a_refusal_is_its_status),
        cmocka_unit_test(a_head_has_a_limit),
        cmocka_unit_test(frames_are_read_whatever_their_length),
        cmocka_unit_test(what_no_server_may_send_is_refused),
        cmocka_unit_test(what_we_send_is_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
