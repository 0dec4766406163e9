/* See the header. Nothing of what the server sends is believed before it is checked. */
#include "common/http/websocket.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/base64.h"
#include "common/base/secret.h"

enum { CONTROL_PAYLOAD_BYTES_MAX = 125, LENGTH_16 = 126, LENGTH_64 = 127, ACCEPT_BYTES_MAX = 64 };

void websocket_key(const uint8_t random[16], char ret[WEBSOCKET_KEY_SIZE])
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(WEBSOCKET_KEY_SIZE);
    check(base64_encode((struct str){(const char *)random, 16}, &text) == 0);
    check(str_copy(ret, WEBSOCKET_KEY_SIZE, buf_str(&text)) == 0);
}

/* --- The answer --- */

static struct str trim(struct str s)
{
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = (struct str){s.data + 1, s.len - 1};
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* The line that lines begins with, which is taken away with its end. */
static struct str line_take(struct str *lines)
{
    ptrdiff_t end = str_find(*lines, STR("\r\n"));
    size_t length = end < 0 ? lines->len : (size_t)end, taken = end < 0 ? lines->len : length + 2;
    struct str line = {lines->data, length};
    *lines = (struct str){lines->data + taken, lines->len - taken};
    return line;
}

/* Value of the only header of that name. False: there is none, or there are two. */
static bool header_find(struct str lines, struct str name, struct str *ret)
{
    size_t count = 0;
    while (lines.len > 0) {
        struct str line = line_take(&lines);
        if (line.len <= name.len || line.data[name.len] != ':' || strncasecmp(line.data, name.data, name.len) != 0)
            continue;
        *ret = trim((struct str){line.data + name.len + 1, line.len - name.len - 1});
        count++;
    }
    return count == 1;
}

static int status_read(struct str line, unsigned *ret)
{
    uint64_t status = 0;
    if (!str_starts_with(line, STR("HTTP/1.1 ")) || line.len < 12 ||
        str_to_u64((struct str){line.data + 9, 3}, 999, &status) != 0)
        return -EPROTO;
    *ret = (unsigned)status;
    return 0;
}

/* The text that a server can only make of our key (section 4.2.2, 5.4). */
static int accept_of(const char *key, struct buf *ret)
{
    char text[WEBSOCKET_KEY_SIZE + 36];
    uint8_t digest[SHA1_BYTES];
    int length = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1((struct str){text, (size_t)length}, digest);
    return base64_encode((struct str){(const char *)digest, sizeof digest}, ret);
}

static int switched(struct str headers, const char *key, struct str protocol)
{
    struct buf expected CLEANUP(buf_deinit) = BUF_INIT(ACCEPT_BYTES_MAX);
    struct str accept, chosen;
    int r = accept_of(key, &expected);
    if (r < 0)
        return r;
    bool fits = header_find(headers, STR("Sec-WebSocket-Accept"), &accept) && str_equal(accept, buf_str(&expected)) &&
                header_find(headers, STR("Sec-WebSocket-Protocol"), &chosen) && str_equal(chosen, protocol);
    return fits ? 0 : -EPROTO;
}

int websocket_answer_read(struct str data, const char *key, struct str protocol, struct websocket_answer *ret)
{
    ptrdiff_t end = str_find(data, STR("\r\n\r\n"));
    unsigned status = 0;
    if (end < 0 ? data.len >= WEBSOCKET_HEAD_BYTES_MAX : end + 4 > WEBSOCKET_HEAD_BYTES_MAX)
        return -ENOBUFS;
    if (end < 0)
        return WEBSOCKET_MORE;
    struct str lines = {data.data, (size_t)end};
    int r = status_read(line_take(&lines), &status);
    if (r == 0 && status == 101)
        r = switched(lines, key, protocol);
    if (r == 0)
        *ret = (struct websocket_answer){status, (size_t)end + 4};
    return r;
}

/* --- Frames --- */

static bool is_control(unsigned opcode) { return opcode & 8; }

static bool is_known(unsigned opcode)
{
    return opcode <= WEBSOCKET_BINARY || (opcode >= WEBSOCKET_CLOSE && opcode <= WEBSOCKET_PONG);
}

static uint64_t number_read(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

int websocket_frame_read(struct str data, size_t payload_max, struct websocket_frame *ret)
{
    const uint8_t *bytes = (const uint8_t *)data.data;
    if (data.len < 2)
        return WEBSOCKET_MORE;
    unsigned opcode = bytes[0] & 0x0f, reserved = bytes[0] & 0x70, masked = bytes[1] & 0x80;
    uint64_t length = bytes[1] & 0x7f;
    size_t head = 2, more = length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
    bool final = bytes[0] & 0x80;
    if (reserved || masked || !is_known(opcode) ||
        (is_control(opcode) && (!final || length > CONTROL_PAYLOAD_BYTES_MAX)))
        return -EPROTO;
    if (data.len < head + more)
        return WEBSOCKET_MORE;
    if (more)
        length = number_read(bytes + head, more);
    head += more;
    if (length > payload_max)
        return -ENOBUFS;
    if (data.len - head < length)
        return WEBSOCKET_MORE;
    *ret = (struct websocket_frame){
        (enum websocket_opcode)opcode, final, {data.data + head, (size_t)length}, head + (size_t)length};
    return 0;
}

static size_t head_write(enum websocket_opcode opcode, size_t length, uint8_t head[10])
{
    size_t more = length <= CONTROL_PAYLOAD_BYTES_MAX ? 0 : length <= UINT16_MAX ? 2 : 8;
    head[0] = (uint8_t)(0x80 | opcode);
    head[1] = (uint8_t)(0x80 | (more == 0 ? length : more == 2 ? LENGTH_16 : LENGTH_64));
    for (size_t i = 0; i < more; i++)
        head[2 + i] = (uint8_t)((uint64_t)length >> 8 * (more - 1 - i));
    return 2 + more;
}

int websocket_frame_write(enum websocket_opcode opcode, struct str payload, const uint8_t mask[WEBSOCKET_MASK_BYTES],
                          struct buf *buf)
{
    uint8_t head[10];
    size_t head_bytes = head_write(opcode, payload.len, head);
    char *room = NULL;
    int r = buf_reserve(buf, head_bytes + WEBSOCKET_MASK_BYTES + payload.len, &room);
    if (r < 0)
        return r;
    memcpy(room, head, head_bytes);
    memcpy(room + head_bytes, mask, WEBSOCKET_MASK_BYTES);
    char *body = room + head_bytes + WEBSOCKET_MASK_BYTES;
    for (size_t i = 0; i < payload.len; i++)
        body[i] = (char)((uint8_t)payload.data[i] ^ mask[i % WEBSOCKET_MASK_BYTES]);
    buf->len += head_bytes + WEBSOCKET_MASK_BYTES + payload.len;
    return 0;
}
