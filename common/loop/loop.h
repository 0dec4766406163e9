/* The door of libuv: one event loop per thread, with descriptors, timers, signals, folder events and deferred work.
 *
 * No uv type leaves this folder. Callbacks record and mark dirty; they never free the handle's owner inside a foreign
 * callback. Handles are owned by whoever made them and freed with their own _free (NULL is allowed); freeing inside
 * the handle's own callback is allowed. Only loop_wake may be used from another thread. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/mono.h"
#include <stdint.h>

struct loop;
MUST_USE int loop_new(struct loop **ret);
void loop_free(struct loop *loop); /* every handle must have been freed before */
/* Runs until loop_stop. */
MUST_USE int loop_run(struct loop *loop);
/* One turn; waits until something happens. Work that a timer marks at the very end of it is done in the next. For
 * tests. */
MUST_USE int loop_turn(struct loop *loop);
void loop_stop(struct loop *loop);
DEFINE_CLEANUP(struct loop, loop)

struct loop_timer;
typedef void loop_timer_fn(void *context);
MUST_USE int loop_timer_new(struct loop *loop, loop_timer_fn *callback, void *context, struct loop_timer **ret);
/* Fires once after delay_ms (0: next turn, about 1 ms); starting a running timer moves it. */
void loop_timer_start(struct loop_timer *timer, int64_t delay_ms);
void loop_timer_repeat(struct loop_timer *timer, int64_t period_ms);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);
DEFINE_CLEANUP(struct loop_timer, loop_timer)

enum loop_event { LOOP_READABLE = 1, LOOP_WRITABLE = 2, LOOP_CLOSED = 4 };
struct loop_fd;
/* events: those that are true now. LOOP_CLOSED: the other side writes no more (there may be bytes left to read);
 * asked for like the others, and on errors said unasked, after which the watch rests until loop_fd_set. */
typedef void loop_fd_fn(void *context, unsigned events);
/* fd is borrowed, becomes non-blocking and must stay open until loop_fd_free. -EPERM: cannot be polled (a regular
 * file); -EEXIST: watched already. */
MUST_USE int loop_fd_new(struct loop *loop, int fd, unsigned events, loop_fd_fn *callback, void *context,
                         struct loop_fd **ret);
/* From now on these events; 0 rests. */
MUST_USE int loop_fd_set(struct loop_fd *watch, unsigned events);
void loop_fd_free(struct loop_fd *watch);
DEFINE_CLEANUP(struct loop_fd, loop_fd)

struct loop_signal;
typedef void loop_signal_fn(void *context, int signal_number);
MUST_USE int loop_signal_new(struct loop *loop, int signal_number, loop_signal_fn *callback, void *context,
                             struct loop_signal **ret);
void loop_signal_free(struct loop_signal *watch);
DEFINE_CLEANUP(struct loop_signal, loop_signal)

/* Wakes the loop from any thread; several wakes before the loop turns are one callback. */
struct loop_wake;
typedef void loop_wake_fn(void *context);
MUST_USE int loop_wake_new(struct loop *loop, loop_wake_fn *callback, void *context, struct loop_wake **ret);
void loop_wake_send(struct loop_wake *wake); /* thread-safe, async-signal-safe */
void loop_wake_free(struct loop_wake *wake);
DEFINE_CLEANUP(struct loop_wake, loop_wake)

/* Work for the end of this turn, run once however often it was scheduled: how callbacks mark something dirty. What
 * work itself schedules is done at the end of the next turn. */
struct loop_work;
typedef void loop_work_fn(void *context);
MUST_USE int loop_work_new(struct loop *loop, loop_work_fn *callback, void *context, struct loop_work **ret);
void loop_work_schedule(struct loop_work *work);
void loop_work_free(struct loop_work *work);
DEFINE_CLEANUP(struct loop_work, loop_work)

/* Any change of an entry of a folder (created, replaced, deleted, written); the callback says only that. error: 0, or
 * < 0 when path no longer means the folder that is watched (-ENOENT, -ESTALE): the watch is of no more use. Read the
 * folder in loop_work, not in the callback. -ENOTDIR, -ENOENT, -ENOSPC (too many watches), -ESTALE (replaced meanwhile:
 * try again). */
struct loop_folder;
typedef void loop_folder_fn(void *context, int error);
MUST_USE int loop_folder_new(struct loop *loop, const char *path, loop_folder_fn *callback, void *context,
                             struct loop_folder **ret);
void loop_folder_free(struct loop_folder *watch);
DEFINE_CLEANUP(struct loop_folder, loop_folder)
