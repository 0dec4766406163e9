/* What the rooms of a standalone supervisor tell each other, and the way out. Owns nothing; fails never: what a room cannot do
 * it says itself. */
#include <stdio.h>
#include <unistd.h>

#include "common/base/journal.h"
#include "common/base/log.h"
#include "supervisor/main/standalone_internal.h"
#include "supervisor/main/worker_care.h"

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
    loop_timer_repeat(standalone->sweeping, WORKER_SWEEP_MS);
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

void standalone_on_worker_change(void *context, const char *worker)
{
    struct standalone *standalone = context;
    fleet_events_log(standalone->fleet);
    if (standalone->controller)
        worker_care_changed(standalone->controller, standalone->store, TARGETS_LOCAL, worker);
}

void standalone_on_target_change(void *context, const struct resource_key *target)
{
    struct standalone *standalone = context;
    if (standalone->controller)
        controller_mark(standalone->controller, target);
}

/* --- Logs of workers --- */

int standalone_on_log_line(void *context, const char *worker, struct str line)
{
    const struct standalone *standalone = context;
    char identifier[sizeof "sluice/" + GUARDIAN_SPLIT_SIZE];
    struct buf entry CLEANUP(buf_deinit) = BUF_INIT(JOURNAL_BYTES_MAX);
    snprintf(identifier, sizeof identifier, "sluice/%s", worker);
    int r = journal_entry(line, identifier, worker, &entry);
    if (r == 0)
        r = journal_send(standalone->journal_fd, buf_str(&entry));
    return r == -EAGAIN ? r : 0; /* what the journal cannot take at all stays in the file alone */
}

/* --- Workers that nobody wants --- */

void standalone_on_sweep(void *context)
{
    struct standalone *standalone = context;
    worker_care_sweep(standalone->controller, standalone->store, standalone->fleet);
}

/* --- The way out --- */

void standalone_on_signal(void *context, int number)
{
    struct standalone *standalone = context;
    way_out_begin(standalone->way_out, number);
}

/* Of an upgrade: another version of us may lie here by now, and of the workers' programs and libraries too. */
void standalone_on_reload(void *context, int number)
{
    struct standalone *standalone = context;
    (void)number;
    if (way_out_begun(standalone->way_out))
        return;
    log_info(COMPONENT, "the supervisor ends to be started anew; then its workers are replaced one by one",
             LF_INT("workers", fleet_running(standalone->fleet)));
    fleet_outdate_all(standalone->fleet);
    run_mark_stopped(&standalone->mark);
    standalone->exit_code = SUPERVISOR_EXIT_AGAIN;
    loop_stop(standalone->loop);
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
