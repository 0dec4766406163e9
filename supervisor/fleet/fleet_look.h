/* Looks at the messages of a worker, for people who ask (ipc/look.h): asked for, told, ended.
 *
 * Nothing of a look outlives the process or the connection of its worker: whoever looks is told once that it is over. */
#pragma once

#include "ipc/messages.h"
#include "supervisor/fleet/fleet.h"

struct fleet_look;

struct fleet_look_filter {
    const char *name, *pattern; /* at most 256 and 1024 bytes */
};

struct fleet_look_spec {
    const char *worker;
    uint32_t seconds; /* at most LOOK_SECONDS_MAX */
    const struct fleet_look_filter *filters;
    size_t filter_count;
};

/* Something of the look; NULL: the worker is gone, and nothing more comes. The look may be ended in it. */
typedef void fleet_look_fn(void *context, const struct ipc_message *message);

enum fleet_look_outcome { FLEET_LOOK_NO_WORKER = 1 /* none that is connected */ };
/* FLEET_LOOK_NO_WORKER; -E2BIG: a filter is too long; -ENOMEM. */
MUST_USE int fleet_look_start(struct fleet *fleet, const struct fleet_look_spec *spec, fleet_look_fn *told,
                              void *context, struct fleet_look **ret);
void fleet_look_end(struct fleet_look *look); /* NULL is allowed */
