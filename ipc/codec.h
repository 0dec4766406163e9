/* Frames: how a message lies on the wire.
 *
 * A frame is the type (2 bytes), then the row's fields in order: u32 and u64 as 4 and 8 bytes, several u64 one after the other, a
 * string as 2 bytes of length and its bytes without NUL; all little-endian. Pure; both directions loop over the rows and know no message. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include "ipc/messages.h"

#define IPC_FRAME_BYTES_MAX 2048 /* no row can be longer; a test adds them up */

struct ipc_frame {
    size_t len;
    unsigned char data[IPC_FRAME_BYTES_MAX];
};

/* Why a frame is refused (S-13); the caller counts it against the peer. */
enum codec_outcome {
    CODEC_TYPE = 1,     /* no such message */
    CODEC_SENDER = 2,   /* not this side's to say */
    CODEC_SHORT = 3,    /* ends inside a field */
    CODEC_LONG = 4,     /* a string longer than its row allows */
    CODEC_NUL = 5,      /* a NUL inside a string */
    CODEC_TRAILING = 6, /* bytes behind the last field */
};

/* Cannot fail: the structs are sized by the rows. A string without its NUL is a bug and ends the process. */
void codec_encode(const struct ipc_message *message, struct ipc_frame *ret_frame);
/* sender: who is at the other end of the channel. 0 or an enum codec_outcome; *ret_message is whole or untouched. */
MUST_USE int codec_decode(struct str frame, enum ipc_sender sender, struct ipc_message *ret_message);
static inline struct str ipc_frame_str(const struct ipc_frame *frame)
{
    return (struct str){(const char *)frame->data, frame->len};
}
