/* What the rooms of an operator tell each other, and the way out. Owns nothing; fails never: what a room cannot do it says
 * itself. */
#include "common/base/log.h"
#include "supervisor/main/operator_internal.h"
#include "supervisor/main/worker_care.h"

#define SILENT_TICK_MS 1000
/* k8s.io/client-go/tools/cache, NewReflector: 30 s between two tries, and as much again by chance. */
#define PATIENCE_MAX_MS 60000
#define OUTLED_MS 60000 /* many times as long as a Lease lasts */

/* --- News from the guardian: it starts workers alone --- */

static void on_child(void *context, const struct guardian_child *child)
{
    struct operator_rooms *rooms = context;
    fleet_on_child(rooms->fleet, child);
}

static void on_table_end(void *context)
{
    struct operator_rooms *rooms = context;
    fleet_on_table_end(rooms->fleet);
    operator_reign_look(rooms);
}

static void on_child_exit(void *context, const struct guardian_child *child, int wait_status)
{
    struct operator_rooms *rooms = context;
    fleet_on_exit(rooms->fleet, child, wait_status);
}

static void on_start_failed(void *context, const struct guardian_child *child, int error)
{
    struct operator_rooms *rooms = context;
    fleet_on_start_failed(rooms->fleet, child, error);
}

/* The container of the workers is started again by the kubelet, and each worker from its record. */
static void on_lost(void *context, int error)
{
    struct operator_rooms *rooms = context;
    log_warn(COMPONENT, "the guardian is away; workers go on or are started again when it is back", LF_ERR(error));
    fleet_on_lost(rooms->fleet);
}

const struct guardian_client_events operator_guardian_events = {on_child, on_table_end, on_child_exit,
                                                                on_start_failed, on_lost};

/* --- What is known --- */

bool operator_is_ready(void *context)
{
    const struct operator_rooms *rooms = context;
    return rooms->source && kubernetes_source_is_synced(rooms->source) && rooms->secrets &&
           secrets_source_is_read(rooms->secrets) && fleet_is_settled(rooms->fleet);
}

void operator_on_synced(void *context) { operator_reign_look(context); }

/* What is not heard counts against nobody: a session that is renewed meanwhile looks as if it were not. */
void operator_on_tick(void *context)
{
    struct operator_rooms *rooms = context;
    struct mono now = mono_now();
    if (rooms->reign.controller)
        controller_excuse(rooms->reign.controller, now.ms - rooms->excused_until.ms);
    rooms->excused_until = now;
}

/* Kubernetes' own controllers did not hear of anything either, and come back later than we do: the longer they tried in vain,
 * the longer they wait until they try again. */
static void end_silence(struct operator_rooms *rooms)
{
    int64_t silent_ms;
    if (!mono_is_set(rooms->silence_began))
        return;
    operator_on_tick(rooms);
    silent_ms = rooms->excused_until.ms - rooms->silence_began.ms;
    rooms->patient_until =
        mono_after(rooms->excused_until, silent_ms < PATIENCE_MAX_MS ? silent_ms : PATIENCE_MAX_MS);
    rooms->silence_began = (struct mono){0};
}

void operator_on_health(void *context, const struct reason *why)
{
    struct operator_rooms *rooms = context;
    if (why) {
        if (!mono_is_set(rooms->silence_began))
            rooms->silence_began = rooms->excused_until = mono_now();
        loop_timer_repeat(rooms->ticking, SILENT_TICK_MS);
        return;
    }
    loop_timer_stop(rooms->ticking);
    end_silence(rooms);
    log_info(COMPONENT, "everything is heard of");
    operator_reign_look(rooms);
}

/* --- Changes that make a target dirty --- */

void operator_on_worker_change(void *context, const char *worker)
{
    struct operator_rooms *rooms = context;
    fleet_events_log(rooms->fleet);
    if (rooms->reign.running)
        worker_care_changed(rooms->reign.controller, rooms->store, TARGETS_CLUSTER, worker);
}

void operator_on_former_gone(void *context)
{
    struct operator_rooms *rooms = context;
    if (rooms->reign.running)
        controller_mark_all(rooms->reign.controller);
}

/* --- Workers that nobody wants --- */

/* On a broker that fences nobody a successor has to wait for that. */
bool operator_is_stopped(void *context)
{
    const struct operator_rooms *rooms = context;
    return !rooms->reign.controller && fleet_is_settled(rooms->fleet) && fleet_all_gone(rooms->fleet);
}

/* Those that a successor has not fenced are of no use to it, and on a broker that fences nobody they stand in its way. It has had
 * time enough to start its own. */
static void end_outled(struct operator_rooms *rooms)
{
    if (elector_outled_ms(rooms->elector) < OUTLED_MS || fleet_running(rooms->fleet) == 0)
        return;
    log_info(COMPONENT, "another replica leads for good; the workers of this one are stopped",
             LF_STR("leader", elector_leader(rooms->elector)), LF_INT("workers", fleet_running(rooms->fleet)));
    fleet_stop_all(rooms->fleet);
}

void operator_on_sweep(void *context)
{
    struct operator_rooms *rooms = context;
    end_outled(rooms);
    if (!rooms->reign.running || !elector_leads(rooms->elector) || mono_is_set(rooms->silence_began))
        return;
    worker_care_sweep(rooms->reign.controller, rooms->store, rooms->fleet);
}

/* --- The way out --- */

void operator_on_halt(void *context)
{
    struct operator_rooms *rooms = context;
    loop_timer_stop(rooms->sweeping);
    if (!rooms->reign.controller)
        return;
    controller_stop(rooms->reign.controller);
    kube_targets_stop(rooms->reign.targets);
}

void operator_on_signal(void *context, int number)
{
    struct operator_rooms *rooms = context;
    way_out_begin(rooms->way_out, number);
}
