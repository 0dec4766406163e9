/* Signals as callbacks of the loop. Owns one uv signal handle each; fails on a signal that cannot be caught
 * (-EINVAL), or when memory or descriptors run out. */
#include "common/loop/loop_internal.h"

struct loop_signal {
    uv_signal_t uv;
    loop_signal_fn *callback;
    void *context;
    struct loop *loop;
};

static void on_signal(uv_signal_t *uv, int signal_number)
{
    struct loop_signal *watch = uv->data;

    watch->callback(watch->context, signal_number); /* may free watch */
}

int loop_signal_new(struct loop *loop, int signal_number, loop_signal_fn *callback, void *context,
                    struct loop_signal **ret)
{
    CLEANUP(cleanup_freep) struct loop_signal *made = calloc(1, sizeof *made);

    if (!made)
        return -ENOMEM;
    int r = uv_signal_init(&loop->uv, &made->uv);
    if (r < 0)
        return r;
    CLEANUP(loop_signal_freep) struct loop_signal *watch = TAKE(made);
    watch->callback = callback;
    watch->context = context;
    watch->loop = loop;
    watch->uv.data = watch;
    loop->handle_count++;
    r = uv_signal_start(&watch->uv, on_signal, signal_number);
    if (r < 0)
        return r;
    *ret = TAKE(watch);
    return 0;
}

void loop_signal_free(struct loop_signal *watch)
{
    if (watch)
        loop_handle_free(watch->loop, (uv_handle_t *)&watch->uv);
}
