/* The loop's life: made, run turn by turn, stopped, freed. Owns libuv's loop and the three handles that keep it awake
 * and end its turns. Fails when memory or descriptors run out, at loop_new only. */
#include "common/loop/loop_internal.h"

static void on_alive(uv_async_t *async) { (void)async; }

static void on_end(uv_check_t *end)
{
    struct loop *loop = end->data;

    loop_work_run(loop);
}

static void on_handle_closed(uv_handle_t *handle) { free(handle); }

void loop_handle_free(struct loop *loop, uv_handle_t *handle)
{
    check(loop->handle_count > 0);
    loop->handle_count--;
    uv_close(handle, on_handle_closed);
}

int loop_new(struct loop **ret)
{
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        return -ENOMEM;
    int r = uv_loop_init(&loop->uv);
    if (r < 0) {
        free(loop);
        return r;
    }
    TAILQ_INIT(&loop->work);
    check(uv_check_init(&loop->uv, &loop->end) == 0 && uv_idle_init(&loop->uv, &loop->busy) == 0);
    loop->end.data = loop;
    r = uv_async_init(&loop->uv, &loop->alive, on_alive);
    if (r < 0) {
        uv_close((uv_handle_t *)&loop->end, NULL);
        uv_close((uv_handle_t *)&loop->busy, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        check(uv_loop_close(&loop->uv) == 0);
        free(loop);
        return r;
    }
    check(uv_check_start(&loop->end, on_end) == 0);
    *ret = loop;
    return 0;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    check(loop->handle_count == 0);
    uv_close((uv_handle_t *)&loop->alive, NULL);
    uv_close((uv_handle_t *)&loop->end, NULL);
    uv_close((uv_handle_t *)&loop->busy, NULL);
    /* Lets libuv finish what was freed in the last turn. A stop that nobody ran into may end the first run. */
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        continue;
    check(uv_loop_close(&loop->uv) == 0);
    free(loop);
}

int loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* loop->alive lets it return only when stopped */
    return 0;
}

int loop_turn(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_ONCE);
    return 0;
}

void loop_stop(struct loop *loop) { uv_stop(&loop->uv); }
