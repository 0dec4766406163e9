/* A list of looks; each knows its worker by name and incarnation. */
#include "supervisor/fleet/fleet_look.h"

#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"
#include <stdlib.h>
#include <utlist.h>

struct fleet_look {
    struct fleet *fleet;
    struct fleet_look *prev, *next;
    uint64_t number;
    char worker[GUARDIAN_SPLIT_SIZE];
    fleet_look_fn *told;
    void *context;
};

static struct worker_peer *peer_of(const struct fleet *fleet, const char *worker)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    return entry && entry->presence == WORKER_LIVE ? entry->peer : NULL;
}

static int filter_send(struct worker_peer *peer, uint64_t number, const struct fleet_look_filter *filter)
{
    struct ipc_message order = {.type = IPC_LOOK_FILTER, .look_filter = {.look = number}};
    int r = str_copy(order.look_filter.name, sizeof order.look_filter.name, str_of(filter->name));
    if (!r)
        r = str_copy(order.look_filter.pattern, sizeof order.look_filter.pattern, str_of(filter->pattern));
    return r ? r : worker_link_look(peer, &order);
}

static int end_send(struct worker_peer *peer, uint64_t number)
{
    const struct ipc_message order = {.type = IPC_LOOK_END, .look_end = {.look = number}};
    return worker_link_look(peer, &order);
}

/* One that got only a part of it forgets it after a while. */
static int orders_send(struct worker_peer *peer, uint64_t number, const struct fleet_look_spec *spec)
{
    const struct ipc_message order = {
        .type = IPC_LOOK_BEGIN,
        .look_begin = {.look = number, .seconds = spec->seconds, .filters = (uint32_t)spec->filter_count}};
    int r = worker_link_look(peer, &order);
    for (size_t i = 0; !r && i < spec->filter_count; i++)
        r = filter_send(peer, number, &spec->filters[i]);
    return r == WORKER_LINK_AWAY ? FLEET_LOOK_NO_WORKER : r;
}

int fleet_look_start(struct fleet *fleet, const struct fleet_look_spec *spec, fleet_look_fn *told, void *context,
                     struct fleet_look **ret)
{
    struct worker_peer *peer = peer_of(fleet, spec->worker);
    if (!peer)
        return FLEET_LOOK_NO_WORKER;
    struct fleet_look *look = calloc(1, sizeof *look);
    if (!look)
        return -ENOMEM;
    *look = (struct fleet_look){.fleet = fleet, .number = ++fleet->look_latest, .told = told, .context = context};
    int r = str_copy(look->worker, sizeof look->worker, str_of(spec->worker));
    if (!r)
        r = orders_send(peer, look->number, spec);
    if (r) {
        free(look);
        return r;
    }
    DL_APPEND(fleet->looks, look);
    *ret = look;
    return 0;
}

void fleet_look_end(struct fleet_look *look)
{
    if (!look)
        return;
    struct worker_peer *peer = peer_of(look->fleet, look->worker);
    if (peer && end_send(peer, look->number))
        log_debug(COMPONENT_FLEET, "a look is not ended by order, ignored: its time ends it");
    DL_DELETE(look->fleet->looks, look);
    free(look);
}

static uint64_t number_of(const struct ipc_message *message)
{
    return message->look_state.look; /* the first field of each of them */
}

void fleet_look_told(struct fleet *fleet, const char *worker, const struct ipc_message *message)
{
    struct fleet_look *look = fleet->looks;
    while (look && (look->number != number_of(message) || strcmp(look->worker, worker) != 0))
        look = look->next;
    if (look)
        look->told(look->context, message);
}

void fleet_look_gone(struct fleet *fleet, const char *worker)
{
    struct fleet_look *look, *next;
    DL_FOREACH_SAFE(fleet->looks, look, next)
    if (strcmp(look->worker, worker) == 0)
        look->told(look->context, NULL);
}

void fleet_looks_free(struct fleet *fleet)
{
    struct fleet_look *look, *next;
    DL_FOREACH_SAFE(fleet->looks, look, next)
    free(look);
}
