/* The door of ZeroMQ: frames between the supervisor and its workers, driven by the loop.
 *
 * The supervisor binds one endpoint for all workers and tells them apart by identity (ipc/identity.h); a worker
 * connects to it for life and reconnects by itself, also to another supervisor that binds the same endpoint. Nothing is
 * queued for a peer that is not there. Every queue has a limit; at the limit a send is an outcome, not a wait.
 * Made after exec, never carried over a fork. All calls on the loop's thread; frees may not happen in a handler. */
#pragma once

#include "common/base/cleanup.h"
#include "common/loop/loop.h"
#include "ipc/codec.h"
#include "ipc/identity.h"
#include <stdbool.h>

#define CHANNEL_QUEUE_MAX 4096       /* frames waiting per direction and peer */
#define CHANNEL_FRAME_HARD_MAX 65536 /* bytes; a peer that sends more loses its connection */
#define CHANNEL_BATCH_MAX 256        /* frames taken in one turn of the loop */
#define CHANNEL_RECONNECT_MS 50      /* first delay, doubled up to the next */
#define CHANNEL_RECONNECT_MAX_MS 500

struct channel_handlers {
    /* identity: the sender's, at the supervisor's end; "" at the worker's. */
    void (*message)(void *context, const char *identity, const struct ipc_message *message);
    /* A frame that the decoder refused. why: an enum codec_outcome. The owner counts. */
    void (*bad_frame)(void *context, const char *identity, int why);
    /* Something could be sent again; called often, also when nothing had been refused. */
    void (*writable)(void *context);
    /* Worker's end only: a supervisor is there (again), or has gone. */
    void (*connected)(void *context, bool connected);
};

enum channel_outcome {
    CHANNEL_FULL = 1, /* the queue is full, or (worker's end) nobody is connected: again after writable() */
    CHANNEL_GONE = 2  /* the supervisor's end knows no such identity now */
};

struct channel;
/* handlers and context are borrowed for the channel's life. endpoint: "ipc:///folder/file", the path at most 107 bytes;
 * a stale socket file is replaced, so the caller holds a lock on the folder. -ENAMETOOLONG, -EACCES, -EMFILE ... */
MUST_USE int channel_bind(struct loop *loop, const char *endpoint, const struct channel_handlers *handlers,
                          void *context, struct channel **ret_channel);
/* Returns at once; connected() tells when there is a peer. */
MUST_USE int channel_connect(struct loop *loop, const char *endpoint, const char *identity,
                             const struct channel_handlers *handlers, void *context, struct channel **ret_channel);
/* identity: whom to send to; NULL at the worker's end. 0, CHANNEL_FULL, CHANNEL_GONE or -errno; never waits. */
MUST_USE int channel_send(struct channel *channel, const char *identity, const struct ipc_frame *frame);
/* What channel_free may wait, in milliseconds, for sent frames to leave the process; 0 at first. */
void channel_set_linger(struct channel *channel, int linger_ms);
void channel_free(struct channel *channel);
DEFINE_CLEANUP(struct channel, channel)
