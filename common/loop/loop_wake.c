/* Wakes from other threads. Owns one uv async handle each; fails when memory runs out. Nobody may send any more when
 * the owner frees it: that is for the owner to see to. */
#include "common/loop/loop_internal.h"

struct loop_wake {
    uv_async_t uv;
    loop_wake_fn *callback;
    void *context;
    struct loop *loop;
};

static void on_wake(uv_async_t *uv)
{
    struct loop_wake *wake = uv->data;

    wake->callback(wake->context); /* may free wake */
}

int loop_wake_new(struct loop *loop, loop_wake_fn *callback, void *context, struct loop_wake **ret)
{
    CLEANUP(cleanup_freep) struct loop_wake *made = calloc(1, sizeof *made);

    if (!made)
        return -ENOMEM;
    made->callback = callback;
    made->context = context;
    made->loop = loop;
    made->uv.data = made;
    int r = uv_async_init(&loop->uv, &made->uv, on_wake);
    if (r < 0)
        return r;
    loop->handle_count++;
    *ret = TAKE(made);
    return 0;
}

void loop_wake_send(struct loop_wake *wake) { check(uv_async_send(&wake->uv) == 0); }

void loop_wake_free(struct loop_wake *wake)
{
    if (wake)
        loop_handle_free(wake->loop, (uv_handle_t *)&wake->uv);
}
