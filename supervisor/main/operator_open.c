/* Making of every room of an operator, and taking down in the other order. Whatever cannot be made is said once, with what to do
 * about it, and becomes an exit code. An API server that does not answer is no such thing: it is waited for. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "supervisor/main/capacity.h"
#include "supervisor/main/operator_internal.h"
#include "supervisor/main/start.h"
#include "supervisor/main/worker_care.h"

#define LEASE_NAME "mirrord-operator"

static int open_place(struct operator_rooms *rooms)
{
    struct reason why;
    int r = place_open_shared(rooms->options->guardian, &rooms->place, &why);
    return start_judge_place(r, &why);
}

static int open_loop(struct operator_rooms *rooms)
{
    int r = loop_new(&rooms->loop);
    if (r == 0)
        r = loop_timer_new(rooms->loop, operator_on_sweep, rooms, &rooms->sweeping);
    if (r == 0)
        r = loop_timer_new(rooms->loop, operator_on_tick, rooms, &rooms->ticking);
    if (r < 0)
        return start_surprise(r, "loop");
    loop_timer_repeat(rooms->sweeping, WORKER_SWEEP_MS);
    return 0;
}

static int open_client(struct operator_rooms *rooms)
{
    struct reason why;
    int r = kube_access_in_cluster(getenv, KUBE_SERVICE_ACCOUNT_FOLDER, &rooms->access, &why);
    if (r > 0)
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    if (r == 0)
        r = kube_client_new(rooms->loop, &rooms->access, &rooms->client);
    if (r == 0)
        r = store_new(-1, &rooms->store, &why);
    if (r != 0)
        return start_surprise(r, "client of the API server");
    store_group_by(rooms->store, target_of_cluster_document);
    return 0;
}

static int limit_splits(struct operator_rooms *rooms)
{
    struct capacity capacity;
    struct reason why;
    struct settings *settings = &rooms->settings;
    if (capacity_of(settings->splits_max, getenv("WORKERS_MEMORY_BYTES"), &capacity) < 0) {
        reason_set(&why, REASON_FIELD_INVALID, 0, "WORKERS_MEMORY_BYTES: must be a number of bytes");
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    }
    if (capacity.splits < settings->splits_max)
        log_info(COMPONENT, "the memory of the workers limits the splits", LF_INT("splits", capacity.splits),
                 LF_INT("worker_bytes", capacity.worker_bytes));
    settings->splits_max = capacity.splits;
    rooms->worker_bytes = capacity.worker_bytes;
    return 0;
}

static int open_processes(struct operator_rooms *rooms)
{
    struct settings *settings = &rooms->settings;
    int r = start_find_programs(settings, &rooms->programs);
    if (r == 0)
        r = guardian_client_connect(rooms->loop, rooms->options->guardian, &operator_guardian_events, rooms,
                                    &rooms->guardian);
    const struct fleet_config fleet = {.loop = rooms->loop,
                                       .guardian = rooms->guardian,
                                       .programs = rooms->programs.table,
                                       .runtime_dir = rooms->place.runtime,
                                       .log_dir = rooms->place.logs,
                                       .worker_bytes = rooms->worker_bytes,
                                       .log_format = settings->log_json ? "json" : "text",
                                       .log_levels = settings->log_levels,
                                       .on_change = operator_on_worker_change,
                                       .context = rooms};
    if (r == 0)
        r = fleet_new(&fleet, &rooms->fleet);
    return r < 0 ? start_surprise(r, "processes") : 0;
}

static int identify(struct operator_rooms *rooms)
{
    struct reason why;
    const char *name = getenv("POD_NAME"), *uid = getenv("POD_UID");
    if (name && name[0] && uid && uid[0] && str_copy(rooms->instance, sizeof rooms->instance, str_of(name)) == 0 &&
        snprintf(rooms->identity, sizeof rooms->identity, "%s_%s", name, uid) < (int)sizeof rooms->identity)
        return 0;
    reason_set(&why, REASON_FIELD_MISSING, 0, "POD_NAME and POD_UID must say which pod this is");
    return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
}

static int open_election(struct operator_rooms *rooms)
{
    const struct event_writer_config events = {.client = rooms->client,
                                               .store = rooms->store,
                                               .instance = rooms->instance,
                                               .may_write = operator_may_write,
                                               .context = rooms};
    const struct elector_config elector = {.loop = rooms->loop,
                                           .client = rooms->client,
                                           .namespace = rooms->options->operator_namespace,
                                           .name = LEASE_NAME,
                                           .identity = rooms->identity,
                                           .timing = LEASE_TIMING,
                                           .on_change = operator_on_lead,
                                           .is_stopped = operator_is_stopped,
                                           .context = rooms};
    int r = elector_new(&elector, &rooms->elector);
    const struct former_pods_config formers = {.loop = rooms->loop,
                                               .client = rooms->client,
                                               .elector = rooms->elector,
                                               .namespace = rooms->options->operator_namespace,
                                               .on_change = operator_on_former_gone,
                                               .context = rooms};
    if (r == 0)
        r = former_pods_new(&formers, &rooms->formers);
    const struct way_out_config way_out = {.loop = rooms->loop,
                                           .fleet = rooms->fleet,
                                           .elector = rooms->elector,
                                           .halt = operator_on_halt,
                                           .context = rooms};
    if (r == 0)
        r = way_out_new(&way_out, &rooms->way_out);
    if (r == 0)
        r = loop_signal_new(rooms->loop, SIGTERM, operator_on_signal, rooms, &rooms->signal_term);
    if (r == 0)
        r = loop_signal_new(rooms->loop, SIGINT, operator_on_signal, rooms, &rooms->signal_int);
    if (r == 0)
        r = event_writer_new(&events, &rooms->events);
    return r < 0 ? start_surprise(r, "election") : 0;
}

/* Last, because from then on news comes. */
static int open_sources(struct operator_rooms *rooms)
{
    const char *const *namespaces = rooms->settings.namespace_list;
    const struct kubernetes_source_config source = {.client = rooms->client,
                                                    .store = rooms->store,
                                                    .operator_namespace = rooms->options->operator_namespace,
                                                    .namespaces = namespaces,
                                                    .on_synced = operator_on_synced,
                                                    .on_health = operator_on_health,
                                                    .context = rooms};
    const struct secrets_source_config secrets = {.client = rooms->client,
                                                  .store = rooms->store,
                                                  .operator_namespace = rooms->options->operator_namespace,
                                                  .namespaces = rooms->settings.secret_namespace_list,
                                                  .on_read = operator_on_synced,
                                                  .context = rooms};
    const struct serve_port_config port = {.loop = rooms->loop,
                                           .number = (uint16_t)rooms->settings.http_port,
                                           .ready = operator_is_ready,
                                           .context = rooms};
    const struct settings *settings = &rooms->settings;
    const struct metrics_config metrics = {.store = rooms->store,
                                           .fleet = rooms->fleet,
                                           .sessions_max = (size_t)settings->metrics_sessions_max,
                                           .leads = operator_may_write,
                                           .context = rooms};
    const struct serve_guarded_config guarded = {.loop = rooms->loop,
                                                 .client = rooms->client,
                                                 .store = rooms->store,
                                                 .fleet = rooms->fleet,
                                                 .log_dir = rooms->place.logs,
                                                 .metrics = settings->metrics ? &metrics : NULL};
    int r = kubernetes_source_new(&source, &rooms->source);
    if (r == 0)
        r = secrets_source_new(&secrets, &rooms->secrets);
    if (r == 0)
        r = serve_port_new(&port, &rooms->port);
    if (r == 0)
        r = serve_guarded_new(&guarded, rooms->port, &rooms->guarded);
    return r < 0 ? start_surprise(r, "HTTP port or sources") : 0;
}

int operator_open(struct operator_rooms *rooms)
{
    int code = start_read_settings(&rooms->arena, &rooms->settings);
    if (code == 0)
        code = limit_splits(rooms);
    if (code == 0)
        code = open_place(rooms);
    if (code == 0)
        code = open_loop(rooms);
    if (code == 0)
        code = open_client(rooms);
    if (code == 0)
        code = open_processes(rooms);
    if (code == 0)
        code = identify(rooms);
    if (code == 0)
        code = open_election(rooms);
    return code ? code : open_sources(rooms);
}

void operator_close(struct operator_rooms *rooms)
{
    serve_port_free(rooms->port);
    serve_guarded_free(rooms->guarded); /* after the port, whose requests it holds */
    secrets_source_free(rooms->secrets);
    kubernetes_source_free(rooms->source);
    operator_reign_end(rooms);
    event_writer_free(rooms->events);
    way_out_free(rooms->way_out);
    former_pods_free(rooms->formers);
    elector_free(rooms->elector);
    fleet_free(rooms->fleet);
    guardian_client_free(rooms->guardian);
    store_free(rooms->store);
    kube_client_free(rooms->client);
    kube_access_deinit(&rooms->access);
    loop_timer_free(rooms->sweeping);
    loop_timer_free(rooms->ticking);
    loop_signal_free(rooms->signal_term);
    loop_signal_free(rooms->signal_int);
    loop_free(rooms->loop);
    place_close(&rooms->place);
    arena_deinit(&rooms->arena);
}
