/* One end of the channel that only writes down, for saying what no good end would say. */
#include "tests/component/worker_runtime/stage.h"
#include <stdio.h>

static void on_message(void *context, const char *identity, const struct ipc_message *message)
{
    struct raw *raw = context;
    snprintf(raw->identity, sizeof raw->identity, "%s", identity);
    raw->seen[message->type]++;
    raw->last[message->type] = *message;
}

static void on_bad_frame(void *context, const char *identity, int why)
{
    struct raw *raw = context;
    (void)identity;
    (void)why;
    raw->bad_frames++;
}

static void on_writable(void *context) { (void)context; }

static void on_connected(void *context, bool connected)
{
    (void)context;
    (void)connected;
}

static const struct channel_handlers handlers = {
    .message = on_message, .bad_frame = on_bad_frame, .writable = on_writable, .connected = on_connected};

void raw_bind(struct stage *stage, struct raw *raw)
{
    *raw = (struct raw){.channel = NULL};
    assert_int_equal(channel_bind(stage->loop, stage->endpoint, &handlers, raw, &raw->channel), 0);
    stage->raw = raw->channel;
}

void raw_connect(struct stage *stage, struct raw *raw, const char *identity)
{
    *raw = (struct raw){.channel = NULL};
    assert_int_equal(channel_connect(stage->loop, stage->endpoint, identity, &handlers, raw, &raw->channel), 0);
    stage->raw = raw->channel;
}

void raw_close(struct stage *stage) { channel_free(TAKE(stage->raw)); }

struct sending {
    struct raw *raw;
    const struct ipc_frame *frame;
};

/* A worker's identity is known from its HELLO; a connecting end has none to name. */
static bool sent(void *context)
{
    struct sending *sending = context;
    const char *identity = sending->raw->identity;
    return channel_send(sending->raw->channel, identity[0] ? identity : NULL, sending->frame) == 0;
}

static void frame_send(struct stage *stage, struct raw *raw, const struct ipc_frame *frame)
{
    struct sending sending = {.raw = raw, .frame = frame};
    stage_wait(stage, sent, &sending);
}

void raw_send(struct stage *stage, struct raw *raw, const struct ipc_message *message)
{
    struct ipc_frame frame;
    codec_encode(message, &frame);
    frame_send(stage, raw, &frame);
}

void raw_send_bytes(struct stage *stage, struct raw *raw, const void *data, size_t len)
{
    struct ipc_frame frame = {.len = len};
    memcpy(frame.data, data, len);
    frame_send(stage, raw, &frame);
}

struct awaiting {
    const struct raw *raw;
    enum ipc_type type;
    unsigned count;
};

static bool has_come(void *context)
{
    struct awaiting *awaiting = context;
    return awaiting->raw->seen[awaiting->type] >= awaiting->count;
}

void raw_wait(struct stage *stage, struct raw *raw, enum ipc_type type, unsigned count)
{
    struct awaiting awaiting = {.raw = raw, .type = type, .count = count};
    stage_wait(stage, has_come, &awaiting);
}
