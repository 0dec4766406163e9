/* Looks at the fleet every few milliseconds until each worker is gone, or it takes too long. Cannot fail once it was made. */
#include "supervisor/main/way_out.h"

#include <stdlib.h>

#include "common/base/log.h"

#define COMPONENT "supervisor"
#define TICK_MS 50

struct way_out {
    struct way_out_config config;
    struct loop_timer *tick;
    struct mono deadline; /* not set: not begun */
};

static void on_released(void *context)
{
    struct way_out *way_out = context;
    loop_stop(way_out->config.loop);
}

static void leave(struct way_out *way_out, bool gone)
{
    loop_timer_stop(way_out->tick);
    if (gone && way_out->config.ended)
        way_out->config.ended(way_out->config.context);
    if (!gone)
        log_warn(COMPONENT, "workers did not end in time", LF_INT("workers", fleet_running(way_out->config.fleet)));
    if (way_out->config.elector)
        elector_release(way_out->config.elector, gone, on_released, way_out);
    else
        loop_stop(way_out->config.loop);
}

static void on_tick(void *context)
{
    struct way_out *way_out = context;
    fleet_stop_all(way_out->config.fleet); /* also those that the guardian tells of only now */
    bool gone = fleet_all_gone(way_out->config.fleet);
    if (gone || mono_reached(mono_now(), way_out->deadline))
        leave(way_out, gone);
}

int way_out_new(const struct way_out_config *config, struct way_out **ret)
{
    struct way_out *way_out CLEANUP(way_out_freep) = calloc(1, sizeof *way_out);
    if (!way_out)
        return -ENOMEM;
    way_out->config = *config;
    int r = loop_timer_new(config->loop, on_tick, way_out, &way_out->tick);
    if (r == 0)
        *ret = TAKE(way_out);
    return r;
}

void way_out_free(struct way_out *way_out)
{
    if (!way_out)
        return;
    loop_timer_free(way_out->tick);
    free(way_out);
}

void way_out_begin(struct way_out *way_out, int signal_number)
{
    if (way_out_begun(way_out))
        return;
    log_info(COMPONENT, "stopping in order", LF_INT("signal", signal_number));
    way_out->deadline = mono_after(mono_now(), WAY_OUT_DEADLINE_MS);
    way_out->config.halt(way_out->config.context);
    fleet_stop_all(way_out->config.fleet);
    loop_timer_repeat(way_out->tick, TICK_MS);
}

bool way_out_begun(const struct way_out *way_out) { return way_out && mono_is_set(way_out->deadline); }
