/* What the files of this folder share: the loop itself, and how a handle is counted and ended. Never included
 * elsewhere.
 *
 * A handle's struct begins with its uv handle. Its _free ends the handle at once as its owner sees it (no callback
 * comes any more) and gives the memory back when libuv lets go of it, at the end of the turn: so a callback may free
 * its own handle. */
#pragma once

#include "common/loop/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

TAILQ_HEAD(loop_work_queue, loop_work);

struct loop {
    uv_loop_t uv;
    uv_async_t alive; /* keeps uv_run from returning while nobody watches anything */
    uv_check_t end;   /* end of a turn: runs the work */
    uv_idle_t busy;   /* active while work is queued: keeps the turn from waiting */
    struct loop_work_queue work;
    size_t handle_count; /* handles that their owners have not freed */
};

struct loop_work {
    struct loop *loop;
    loop_work_fn *callback;
    void *context;
    bool queued;
    TAILQ_ENTRY(loop_work) entry;
};

/* Everything queued when it is called, in order. */
void loop_work_run(struct loop *loop);

/* Ends a handle made by this folder; the memory that begins with it goes with it. */
void loop_handle_free(struct loop *loop, uv_handle_t *handle);
