/* Frames and the handshake of WebSocket, on the client's side (RFC 6455). Pure; knows no connection. */
#pragma once

#include "common/base/buf.h"
#include <stdbool.h>
#include <stdint.h>

enum { WEBSOCKET_KEY_SIZE = 25, WEBSOCKET_MASK_BYTES = 4, WEBSOCKET_HEAD_BYTES_MAX = 16 << 10 };

/* A key of random bytes, as the request's header says it (section 4.1). */
void websocket_key(const uint8_t random[16], char ret[WEBSOCKET_KEY_SIZE]);

enum websocket_outcome { WEBSOCKET_MORE = 1 /* it is not all there yet */ };
struct websocket_answer {
    unsigned status; /* of HTTP; 101: the server speaks WebSocket from here on */
    size_t bytes;    /* of the head */
};
/* The head of the server's answer, at the beginning of data (section 4.2.2). -EPROTO: it is none, or it is a 101 that does not
 * belong to this key and protocol; -ENOBUFS: longer than WEBSOCKET_HEAD_BYTES_MAX. */
MUST_USE int websocket_answer_read(struct str data, const char *key, struct str protocol,
                                   struct websocket_answer *ret);

enum websocket_opcode {
    WEBSOCKET_CONTINUATION = 0,
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10,
};
struct websocket_frame {
    enum websocket_opcode opcode;
    bool final;
    struct str payload; /* borrowed from data */
    size_t bytes;       /* of the whole frame */
};
/* The frame at the beginning of data (section 5.2). -EPROTO: what no server may send; -ENOBUFS: its payload is longer than
 * payload_max. */
MUST_USE int websocket_frame_read(struct str data, size_t payload_max, struct websocket_frame *ret);
/* Appends a whole message as one frame; a client's are masked (section 5.3). -ENOBUFS, -ENOMEM. */
MUST_USE int websocket_frame_write(enum websocket_opcode opcode, struct str payload,
                                   const uint8_t mask[WEBSOCKET_MASK_BYTES], struct buf *buf);
