/* Frames of looks that wait to leave, in order, bounded. Whoever owns the list guards it. */
#pragma once

#include "ipc/codec.h"
#include "worker/runtime/report_book.h"

#define LOOK_FRAMES_MAX 2048
#define LOOK_FRAMES_KEPT 1024 /* of these, for the ends of looks: nobody is to wait for one in vain */

struct look_frame;
struct look_frames {
    struct look_frame *head, *tail;
    size_t count;
};

/* For what need not be told. */
static inline bool look_frames_have_room(const struct look_frames *frames, size_t count)
{
    return frames->count + count <= LOOK_FRAMES_MAX - LOOK_FRAMES_KEPT;
}
enum look_frames_outcome { LOOK_FRAMES_FULL = 1 };
/* LOOK_FRAMES_FULL: at LOOK_FRAMES_MAX; -ENOMEM. */
MUST_USE int look_frames_add(struct look_frames *frames, const struct ipc_message *message);
/* Stops at the first result of send that is not 0, and returns it. */
MUST_USE int look_frames_send(struct look_frames *frames, report_send_fn *send, void *context);
void look_frames_clear(struct look_frames *frames);
