/* What the rooms of a standalone supervisor tell each other, and the way out. Owns nothing; fails never: what a room cannot do
 * it says itself. */
#include <unistd.h>

#include "common/base/log.h"
#include "supervisor/main/standalone_internal.h"

#define SWEEP_PERIOD_MS 30000 /* longer than a target rests after a failure, so that each is looked at in between */

/* --- News from the guardian, by kind of child --- */

static void on_child(void *context, const struct guardian_child *child)
{
    struct standalone *standalone = context;
    if (child->kind == GUARDIAN_WORKER)
        fleet_on_child(standalone->fleet, child);
    else
        local_services_on_child(standalone->services, child);
}

static void on_table_end(void *context)
{
    struct standalone *standalone = context;
    fleet_on_table_end(standalone->fleet);
    if (way_out_begun(standalone->way_out))
        return; /* nothing is begun any more */
    local_services_on_table_end(standalone->services);
    controller_run(standalone->controller);
    loop_timer_repeat(standalone->sweeping, SWEEP_PERIOD_MS);
    log_info(COMPONENT, "the supervisor is up", LF_STR("manifests", standalone->place.manifests),
             LF_INT("workers", fleet_running(standalone->fleet)));
}

static void on_child_exit(void *context, const struct guardian_child *child, int wait_status)
{
    struct standalone *standalone = context;
    if (child->kind == GUARDIAN_WORKER)
        fleet_on_exit(standalone->fleet, child, wait_status);
    else
        local_services_on_exit(standalone->services, child, wait_status);
}

static void on_start_failed(void *context, const struct guardian_child *child, int error)
{
    struct standalone *standalone = context;
    if (child->kind == GUARDIAN_WORKER)
        fleet_on_start_failed(standalone->fleet, child, error);
    else
        local_services_on_start_failed(standalone->services, child, error);
}

static void on_lost(void *context, int error)
{
    struct standalone *standalone = context;
    log_error(COMPONENT, "the guardian is gone", LF_ERR(error));
    standalone->exit_code = 1;
    loop_stop(standalone->loop);
}

const struct guardian_client_events standalone_guardian_events = {on_child, on_table_end, on_child_exit,
                                                                  on_start_failed, on_lost};

/* --- Changes that make a target dirty --- */

static void tell_events(struct standalone *standalone)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    struct observed_event event;
    while (fleet_event_take(standalone->fleet, worker, &event))
        log_info("supervisor.event", "a worker reports", LF_STR("split", worker), LF_STR("session", event.session),
                 LF_REASON(&event.what));
}

void standalone_on_worker_change(void *context, const char *worker)
{
    struct standalone *standalone = context;
    struct resource_key target;
    tell_events(standalone);
    if (!standalone->controller)
        return;
    if (world_target_of(standalone->store, TARGETS_LOCAL, worker, &target) == 0)
        controller_mark(standalone->controller, &target);
    else
        controller_mark_all(standalone->controller);
}

void standalone_on_target_change(void *context, const struct resource_key *target)
{
    struct standalone *standalone = context;
    if (standalone->controller)
        controller_mark(standalone->controller, target);
}

/* --- Workers that nobody wants --- */

static bool has_record(void *context, const char *worker)
{
    const struct standalone *standalone = context;
    struct resource_key target;
    return world_target_of(standalone->store, TARGETS_LOCAL, worker, &target) != WORLD_NO_RECORD;
}

/* Every target is looked at between two sweeps, and a plan asks for the workers that it wants. */
void standalone_on_sweep(void *context)
{
    struct standalone *standalone = context;
    fleet_sweep(standalone->fleet, has_record, standalone);
    fleet_logs_sweep(standalone->fleet, has_record, standalone);
    controller_mark_all(standalone->controller);
}

/* --- The way out --- */

void standalone_on_signal(void *context, int number)
{
    struct standalone *standalone = context;
    way_out_begin(standalone->way_out, number);
}

void standalone_halt(void *context)
{
    struct standalone *standalone = context;
    controller_stop(standalone->controller);
    local_services_stop(standalone->services);
    loop_timer_stop(standalone->sweeping);
}

void standalone_ended(void *context)
{
    const struct standalone *standalone = context;
    run_mark_stopped(&standalone->mark);
}
