/* Watches on descriptors. Owns one uv poll handle each; the descriptor is borrowed, and made non-blocking by libuv.
 * Fails when the descriptor cannot be polled (-EPERM: a regular file), is watched already (-EEXIST), or memory runs
 * out. */
#include "common/loop/loop_internal.h"

struct loop_fd {
    uv_poll_t uv;
    loop_fd_fn *callback;
    void *context;
    struct loop *loop;
};

static void on_poll(uv_poll_t *uv, int status, int happened)
{
    struct loop_fd *watch = uv->data;
    unsigned events = status < 0 ? LOOP_CLOSED : 0; /* an error: libuv has stopped watching */

    if (happened & UV_READABLE)
        events |= LOOP_READABLE;
    if (happened & UV_WRITABLE)
        events |= LOOP_WRITABLE;
    if (happened & UV_DISCONNECT)
        events |= LOOP_CLOSED;
    watch->callback(watch->context, events); /* may free watch */
}

int loop_fd_set(struct loop_fd *watch, unsigned events)
{
    int wanted = 0;

    if (events & LOOP_READABLE)
        wanted |= UV_READABLE;
    if (events & LOOP_WRITABLE)
        wanted |= UV_WRITABLE;
    if (events & LOOP_CLOSED)
        wanted |= UV_DISCONNECT;
    return wanted ? uv_poll_start(&watch->uv, wanted, on_poll) : uv_poll_stop(&watch->uv);
}

int loop_fd_new(struct loop *loop, int fd, unsigned events, loop_fd_fn *callback, void *context, struct loop_fd **ret)
{
    CLEANUP(cleanup_freep) struct loop_fd *made = calloc(1, sizeof *made);

    if (!made)
        return -ENOMEM;
    int r = uv_poll_init(&loop->uv, &made->uv, fd);
    if (r < 0)
        return r;
    CLEANUP(loop_fd_freep) struct loop_fd *watch = TAKE(made);
    watch->callback = callback;
    watch->context = context;
    watch->loop = loop;
    watch->uv.data = watch;
    loop->handle_count++;
    r = loop_fd_set(watch, events);
    if (r < 0)
        return r;
    *ret = TAKE(watch);
    return 0;
}

void loop_fd_free(struct loop_fd *watch)
{
    if (watch)
        loop_handle_free(watch->loop, (uv_handle_t *)&watch->uv);
}
