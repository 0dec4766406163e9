/* Work for the end of the turn. Owns the queue's order: first marked, first done, and what is marked while work runs
 * waits for the next turn, so that no chain of work keeps descriptors and timers waiting. */
#include "common/loop/loop_internal.h"

static void wake_for_work(uv_idle_t *idle) { (void)idle; }

int loop_work_new(struct loop *loop, loop_work_fn *callback, void *context, struct loop_work **ret)
{
    struct loop_work *work = calloc(1, sizeof *work);

    if (!work)
        return -ENOMEM;
    *work = (struct loop_work){.loop = loop, .callback = callback, .context = context};
    loop->handle_count++;
    *ret = work;
    return 0;
}

void loop_work_schedule(struct loop_work *work)
{
    if (work->queued)
        return;
    work->queued = true;
    TAILQ_INSERT_TAIL(&work->loop->work, work, entry);
    check(uv_idle_start(&work->loop->busy, wake_for_work) == 0);
}

static void unqueue(struct loop_work *work)
{
    if (!work->queued)
        return;
    work->queued = false;
    TAILQ_REMOVE(&work->loop->work, work, entry);
    if (TAILQ_EMPTY(&work->loop->work))
        uv_idle_stop(&work->loop->busy);
}

void loop_work_free(struct loop_work *work)
{
    if (!work)
        return;
    unqueue(work);
    check(work->loop->handle_count > 0);
    work->loop->handle_count--;
    free(work);
}

void loop_work_run(struct loop *loop)
{
    struct loop_work last = {.loop = loop};

    if (TAILQ_EMPTY(&loop->work))
        return;
    /* A mark of our own behind what is due: any work may be freed or queued again meanwhile. */
    TAILQ_INSERT_TAIL(&loop->work, &last, entry);
    last.queued = true;
    for (;;) {
        struct loop_work *work = TAILQ_FIRST(&loop->work);
        unqueue(work);
        if (work == &last)
            return;
        work->callback(work->context); /* may free work */
    }
}
