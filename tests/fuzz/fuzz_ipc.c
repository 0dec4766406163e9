/* codec_decode: whatever it lets through is exactly what the encoder would have written, from either side (S-13). */
#include "ipc/codec.h"
#include "tests/fuzz/fuzz.h"

static void check_frame(struct str frame, enum ipc_sender sender)
{
    struct ipc_message message;
    struct ipc_frame again;
    if (codec_decode(frame, sender, &message) != 0)
        return;
    codec_encode(&message, &again);
    check(str_equal(ipc_frame_str(&again), frame));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str frame = {(const char *)data, size};
    check_frame(frame, IPC_FROM_WORKER);
    check_frame(frame, IPC_FROM_SUPERVISOR);
    return 0;
}
