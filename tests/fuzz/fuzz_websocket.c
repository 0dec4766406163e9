/* What an API server answers to a WebSocket (S-10): the head, then frame after frame. What is accepted lies within the input. */
#include "common/http/websocket.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct websocket_answer answer;
    struct websocket_frame frame;

    if (websocket_answer_read(rest, "dGhlIHNhbXBsZSBub25jZQ==", STR("chat"), &answer) == 0) {
        check(answer.bytes <= rest.len);
        rest = (struct str){rest.data + answer.bytes, rest.len - answer.bytes};
    }
    while (websocket_frame_read(rest, 1000, &frame) == 0) {
        check(frame.bytes <= rest.len && frame.payload.len <= 1000);
        check(frame.payload.data + frame.payload.len == rest.data + frame.bytes);
        rest = (struct str){rest.data + frame.bytes, rest.len - frame.bytes};
    }
    return 0;
}
