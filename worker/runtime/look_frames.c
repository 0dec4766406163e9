/* A list of frames, each as long as it is. Fails for lack of memory only. */
#include "worker/runtime/look_frames.h"

#include <stdlib.h>

struct look_frame {
    struct look_frame *next;
    size_t len;
    unsigned char data[];
};

int look_frames_add(struct look_frames *frames, const struct ipc_message *message)
{
    struct ipc_frame encoded;
    struct look_frame *frame;
    if (frames->count == LOOK_FRAMES_MAX)
        return LOOK_FRAMES_FULL;
    codec_encode(message, &encoded);
    frame = malloc(sizeof *frame + encoded.len);
    if (!frame)
        return -ENOMEM;
    frame->next = NULL;
    frame->len = encoded.len;
    memcpy(frame->data, encoded.data, encoded.len);
    if (frames->tail)
        frames->tail->next = frame;
    else
        frames->head = frame;
    frames->tail = frame;
    frames->count++;
    return 0;
}

static void first_drop(struct look_frames *frames)
{
    struct look_frame *frame = frames->head;
    frames->head = frame->next;
    if (!frames->head)
        frames->tail = NULL;
    frames->count--;
    free(frame);
}

int look_frames_send(struct look_frames *frames, report_send_fn *send, void *context)
{
    while (frames->head) {
        struct ipc_frame out = {.len = frames->head->len};
        memcpy(out.data, frames->head->data, out.len);
        int r = send(context, &out);
        if (r)
            return r;
        first_drop(frames);
    }
    return 0;
}

void look_frames_clear(struct look_frames *frames)
{
    while (frames->head)
        first_drop(frames);
}
