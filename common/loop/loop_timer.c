/* Timers. Owns one uv timer each; only loop_timer_new can fail (memory). libuv counts on a clock that stops while the
 * machine sleeps: a deadline that must not is compared with mono_now() when the timer fires. */
#include "common/loop/loop_internal.h"

struct loop_timer {
    uv_timer_t uv;
    loop_timer_fn *callback;
    void *context;
    struct loop *loop;
};

int loop_timer_new(struct loop *loop, loop_timer_fn *callback, void *context, struct loop_timer **ret)
{
    struct loop_timer *timer = calloc(1, sizeof *timer);

    if (!timer)
        return -ENOMEM;
    timer->callback = callback;
    timer->context = context;
    timer->loop = loop;
    timer->uv.data = timer;
    check(uv_timer_init(&loop->uv, &timer->uv) == 0);
    loop->handle_count++;
    *ret = timer;
    return 0;
}

static void on_timer(uv_timer_t *uv)
{
    struct loop_timer *timer = uv->data;

    timer->callback(timer->context); /* may free timer */
}

/* libuv counts from the time at which the turn began: what the turn has taken so far is added. At least 1 ms, because
 * libuv would run a timer that is due at once in the same turn, for ever if it starts itself. */
static uint64_t timer_delay(struct loop_timer *timer, int64_t delay_ms)
{
    uint64_t now = uv_hrtime() / 1000000, turn = uv_now(&timer->loop->uv);
    uint64_t lag = now > turn ? now - turn : 0;

    return (delay_ms > 1 ? (uint64_t)delay_ms : 1) + lag;
}

void loop_timer_start(struct loop_timer *timer, int64_t delay_ms)
{
    check(uv_timer_start(&timer->uv, on_timer, timer_delay(timer, delay_ms), 0) == 0);
}

void loop_timer_repeat(struct loop_timer *timer, int64_t period_ms)
{
    check(period_ms > 0);
    check(uv_timer_start(&timer->uv, on_timer, timer_delay(timer, period_ms), (uint64_t)period_ms) == 0);
}

void loop_timer_stop(struct loop_timer *timer) { check(uv_timer_stop(&timer->uv) == 0); }

void loop_timer_free(struct loop_timer *timer)
{
    if (timer)
        loop_handle_free(timer->loop, (uv_handle_t *)&timer->uv);
}
