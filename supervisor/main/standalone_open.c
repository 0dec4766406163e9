/* Making of every room of a standalone supervisor, and taking down in the other order. Whatever cannot be made is said once, with
 * what to do about it, and becomes an exit code. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/journal.h"
#include "common/base/log.h"
#include "supervisor/main/capacity.h"
#include "supervisor/main/standalone_internal.h"
#include "supervisor/main/start.h"

static int open_place(struct standalone *standalone)
{
    struct reason why;
    int r = place_open(standalone->options->standalone, &standalone->place, &why);
    if (r == 0)
        run_mark_read(standalone->place.state_fd, &standalone->mark);
    return start_judge_place(r, &why);
}

/* The store knows the names of its files alone. */
static int refuse_state(const struct place *place, const struct reason *why)
{
    struct reason full;
    reason_set(&full, why->code, 0, "%.250s: %s", place->state, why->text);
    return start_refuse(&full, SUPERVISOR_EXIT_STATE);
}

static int open_store(struct standalone *standalone)
{
    struct reason why;
    int r = store_new(standalone->place.state_fd, &standalone->store, &why);
    if (r == 0)
        r = local_services_check(standalone->place.state_fd, &why);
    if (r != 0)
        return refuse_state(&standalone->place, &why);
    store_group_by(standalone->store, target_of_local_document);
    r = folder_source_new(standalone->loop, standalone->place.manifests, standalone->store, &standalone->source,
                          &why);
    if (r > 0)
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    return r < 0 ? start_surprise(r, "manifests") : 0;
}

static int open_processes(struct standalone *standalone)
{
    struct settings *settings = &standalone->settings;
    int r = start_find_programs(settings, &standalone->programs);
    if (r == 0)
        r = guardian_client_new(standalone->loop, GUARDIAN_FD, &standalone_guardian_events, standalone,
                                &standalone->guardian);
    const struct fleet_config fleet = {.loop = standalone->loop,
                                       .guardian = standalone->guardian,
                                       .programs = standalone->programs.table,
                                       .runtime_dir = standalone->place.runtime,
                                       .log_dir = standalone->place.logs,
                                       .worker_bytes = CAPACITY_WORKER_BYTES_MAX,
                                       .log_format = settings->log_json ? "json" : "text",
                                       .log_levels = settings->log_levels,
                                       .on_change = standalone_on_worker_change,
                                       .context = standalone};
    if (r == 0)
        r = fleet_new(&fleet, &standalone->fleet);
    const struct local_services_config services = {.loop = standalone->loop,
                                                   .guardian = standalone->guardian,
                                                   .store = standalone->store,
                                                   .state_fd = standalone->place.state_fd,
                                                   .log_dir = standalone->place.logs,
                                                   .on_change = standalone_on_target_change,
                                                   .context = standalone};
    if (r == 0)
        r = local_services_new(&services, &standalone->services);
    return r < 0 ? start_surprise(r, "processes") : 0;
}

static int open_controller(struct standalone *standalone)
{
    standalone->effects = (struct effects){.documents = world_of_store(standalone->store),
                                           .workers = world_of_fleet(standalone->fleet),
                                           .targets = world_of_services(standalone->services)};
    const struct controller_config controller = {
        .loop = standalone->loop,
        .source = {.home = TARGETS_LOCAL,
                   .store = standalone->store,
                   .settings = &standalone->settings,
                   .operator_namespace = standalone->options->operator_namespace,
                   .effects = &standalone->effects}};
    const struct way_out_config way_out = {.loop = standalone->loop,
                                           .fleet = standalone->fleet,
                                           .halt = standalone_halt,
                                           .ended = standalone_ended,
                                           .context = standalone};
    int r = controller_new(&controller, &standalone->controller);
    if (r == 0)
        r = way_out_new(&way_out, &standalone->way_out);
    return r < 0 ? start_surprise(r, "controller") : 0;
}

static int open_serve(struct standalone *standalone)
{
    const struct settings *settings = &standalone->settings;
    const struct metrics_config metrics = {.store = standalone->store,
                                           .fleet = standalone->fleet,
                                           .sessions_max = (size_t)settings->metrics_sessions_max};
    const struct serve_config serve = {.loop = standalone->loop,
                                       .store = standalone->store,
                                       .source = standalone->source,
                                       .fleet = standalone->fleet,
                                       .mark = &standalone->mark,
                                       .socket = standalone->place.api_socket,
                                       .log_dir = standalone->place.logs,
                                       .metrics = settings->metrics ? &metrics : NULL};
    int r = serve_new(&serve, &standalone->serve);
    if (r < 0)
        return start_surprise(r, "API socket");
    run_mark_begin(&standalone->mark);
    return 0;
}

static int open_loop(struct standalone *standalone)
{
    int r = loop_new(&standalone->loop);
    if (r == 0)
        r = loop_signal_new(standalone->loop, SIGTERM, standalone_on_signal, standalone, &standalone->signal_term);
    if (r == 0)
        r = loop_signal_new(standalone->loop, SIGINT, standalone_on_signal, standalone, &standalone->signal_int);
    if (r == 0)
        r = loop_signal_new(standalone->loop, SIGHUP, standalone_on_reload, standalone, &standalone->signal_hup);
    if (r == 0)
        r = loop_timer_new(standalone->loop, standalone_on_sweep, standalone, &standalone->sweeping);
    return r < 0 ? start_surprise(r, "loop") : 0;
}

static int open_journal(struct standalone *standalone)
{
    int r = journal_open(&standalone->journal_fd);
    if (r == 0)
        r = log_tail_new(standalone->loop, standalone->place.logs, standalone_on_log_line, standalone,
                         &standalone->log_tail);
    else if (r == -ENOENT)
        r = 0;
    return r < 0 ? start_surprise(r, "journal") : 0;
}

int standalone_open(struct standalone *standalone)
{
    int code = start_read_settings(&standalone->arena, &standalone->settings);
    if (code == 0)
        code = open_place(standalone);
    if (code == 0)
        code = open_loop(standalone);
    if (code == 0)
        code = open_store(standalone);
    if (code == 0)
        code = open_processes(standalone);
    if (code == 0)
        code = open_journal(standalone);
    if (code == 0)
        code = open_controller(standalone);
    return code ? code : open_serve(standalone);
}

void standalone_close(struct standalone *standalone)
{
    log_tail_free(standalone->log_tail);
    fd_closep(&standalone->journal_fd);
    serve_free(standalone->serve);
    way_out_free(standalone->way_out);
    controller_free(standalone->controller);
    standalone->controller = NULL;
    local_services_free(standalone->services);
    fleet_free(standalone->fleet);
    guardian_client_free(standalone->guardian);
    folder_source_free(standalone->source);
    store_free(standalone->store);
    loop_timer_free(standalone->sweeping);
    loop_signal_free(standalone->signal_term);
    loop_signal_free(standalone->signal_int);
    loop_signal_free(standalone->signal_hup);
    loop_free(standalone->loop);
    place_close(&standalone->place);
    arena_deinit(&standalone->arena);
}
