/* A whole supervisor over a folder of manifests: makes every room, joins them, and takes them down in order.
 *
 * Owner tree: standalone -> place (locks), settings, store, folder source, guardian client, fleet, local services, world,
 * controller, API socket. What is made later borrows what was made before. */
#include "supervisor/main/standalone.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/http/server.h"
#include "supervisor/main/controller.h"
#include "supervisor/main/place.h"
#include "supervisor/main/serve.h"
#include "supervisor/main/world.h"
#include "supervisor/source/folder.h"

#define COMPONENT "supervisor"
#define SETTINGS_BYTES_MAX (256u << 10)
#define STOP_TICK_MS 50
#define STOP_DEADLINE_MS 30000

struct standalone {
    const struct options *options;
    struct arena arena;
    struct settings settings;
    struct place place;
    char worker[PLACE_PATH_SIZE];
    struct loop *loop;
    struct loop_signal *signal_term, *signal_int;
    struct store *store;
    struct folder_source *source;
    struct guardian_client *guardian;
    struct fleet *fleet;
    struct local_services *services;
    struct world *world;
    struct controller *controller;
    struct serve *serve;
    struct loop_timer *stopping; /* set: on the way out */
    struct mono stop_deadline;
    int exit_code;
};

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
    local_services_on_table_end(standalone->services);
    controller_run(standalone->controller);
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

static const struct guardian_client_events guardian_events = {on_child, on_table_end, on_child_exit, on_start_failed,
                                                              on_lost};

/* --- Changes that make a target dirty --- */

static void tell_events(struct standalone *standalone)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    struct observed_event event;
    while (fleet_event_take(standalone->fleet, worker, &event))
        log_info("supervisor.event", "a worker reports", LF_STR("split", worker), LF_STR("session", event.session),
                 LF_REASON(&event.what));
}

static void on_worker_change(void *context, const char *worker)
{
    struct standalone *standalone = context;
    struct resource_key target;
    tell_events(standalone);
    if (!standalone->controller)
        return;
    if (world_target_of(standalone->world, worker, &target) == 0)
        controller_mark(standalone->controller, &target);
    else
        controller_mark_all(standalone->controller);
}

static void on_target_change(void *context, const struct resource_key *target)
{
    struct standalone *standalone = context;
    if (standalone->controller)
        controller_mark(standalone->controller, target);
}

/* --- The way out: plan nothing new, let workers finish what they hold --- */

static void on_stopping(void *context)
{
    struct standalone *standalone = context;
    bool late = mono_reached(mono_now(), standalone->stop_deadline);
    if (fleet_running(standalone->fleet) > 0 && !late)
        return;
    if (late)
        log_warn(COMPONENT, "workers did not end in time", LF_INT("workers", fleet_running(standalone->fleet)));
    loop_stop(standalone->loop);
}

static void on_signal(void *context, int number)
{
    struct standalone *standalone = context;
    if (standalone->stopping)
        return;
    log_info(COMPONENT, "stopping in order", LF_INT("signal", number));
    if (loop_timer_new(standalone->loop, on_stopping, standalone, &standalone->stopping) < 0) {
        loop_stop(standalone->loop);
        return;
    }
    controller_stop(standalone->controller);
    fleet_stop_all(standalone->fleet);
    standalone->stop_deadline = mono_after(mono_now(), STOP_DEADLINE_MS);
    loop_timer_repeat(standalone->stopping, STOP_TICK_MS);
}

/* --- Making of the rooms --- */

static int refuse(const struct reason *why, int exit_code)
{
    log_error(COMPONENT, "the supervisor cannot start", LF_REASON(why), LF_STR("next", reason_next_step(why->code)));
    return exit_code;
}

static int surprise(int result, const char *what)
{
    log_error(COMPONENT, "the supervisor cannot start", LF_STR("part", what), LF_ERR(result));
    return SUPERVISOR_EXIT_STATE;
}

/* Worker programs lie beside ours. */
static int find_worker(struct standalone *standalone)
{
    char self[PLACE_PATH_SIZE - 32];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0 || (size_t)length >= sizeof self - 1)
        return -ENAMETOOLONG;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    *slash = '\0';
    snprintf(standalone->worker, sizeof standalone->worker, "%s/sluice-worker-kafka", self);
    return access(standalone->worker, X_OK) < 0 ? -errno : 0;
}

static int read_settings(struct standalone *standalone)
{
    struct reason why;
    int r = settings_read(getenv, &standalone->arena, &standalone->settings, &why);
    if (r > 0)
        return refuse(&why, SUPERVISOR_EXIT_CONFIG);
    if (r < 0)
        return surprise(r, "settings");
    if (log_set_levels(str_of(standalone->settings.log_levels)) < 0) {
        reason_set(&why, REASON_FIELD_INVALID, 0, "OPERATOR_LOG_LEVEL: '%.200s' names no levels",
                   standalone->settings.log_levels);
        return refuse(&why, SUPERVISOR_EXIT_CONFIG);
    }
    log_open(STDERR_FILENO, standalone->settings.log_json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
    return 0;
}

static int open_place(struct standalone *standalone)
{
    struct reason why;
    int r = place_open(standalone->options->standalone, &standalone->place, &why);
    switch (r) {
    case 0:
        return 0;
    case PLACE_CONFIG:
        return refuse(&why, SUPERVISOR_EXIT_CONFIG);
    case PLACE_LOCKED:
        return refuse(&why, SUPERVISOR_EXIT_LOCKED);
    case PLACE_STATE:
        return refuse(&why, SUPERVISOR_EXIT_STATE);
    default:
        return surprise(r, "folders");
    }
}

static int open_store(struct standalone *standalone)
{
    struct reason why;
    int r = store_new(standalone->place.state_fd, &standalone->store, &why);
    if (r != 0)
        return refuse(&why, SUPERVISOR_EXIT_STATE);
    r = folder_source_new(standalone->loop, standalone->place.manifests, standalone->store, &standalone->source,
                          &why);
    if (r > 0)
        return refuse(&why, SUPERVISOR_EXIT_CONFIG);
    return r < 0 ? surprise(r, "manifests") : 0;
}

static int open_processes(struct standalone *standalone)
{
    const struct settings *settings = &standalone->settings;
    int r = find_worker(standalone);
    if (r == 0)
        r = guardian_client_new(standalone->loop, GUARDIAN_FD, &guardian_events, standalone, &standalone->guardian);
    const struct fleet_config fleet = {.loop = standalone->loop,
                                       .guardian = standalone->guardian,
                                       .executable = standalone->worker,
                                       .runtime_dir = standalone->place.runtime,
                                       .log_dir = standalone->place.logs,
                                       .log_format = settings->log_json ? "json" : "text",
                                       .log_levels = settings->log_levels,
                                       .on_change = on_worker_change,
                                       .context = standalone};
    if (r == 0)
        r = fleet_new(&fleet, &standalone->fleet);
    const struct local_services_config services = {.loop = standalone->loop,
                                                   .guardian = standalone->guardian,
                                                   .store = standalone->store,
                                                   .state_fd = standalone->place.state_fd,
                                                   .log_dir = standalone->place.logs,
                                                   .on_change = on_target_change,
                                                   .context = standalone};
    if (r == 0)
        r = local_services_new(&services, &standalone->services);
    return r < 0 ? surprise(r, "processes") : 0;
}

static int open_controller(struct standalone *standalone)
{
    int r = world_new(standalone->store, standalone->fleet, standalone->services, &standalone->world);
    if (r < 0)
        return surprise(r, "world");
    const struct controller_config controller = {.loop = standalone->loop,
                                                 .store = standalone->store,
                                                 .settings = &standalone->settings,
                                                 .operator_namespace = standalone->options->operator_namespace,
                                                 .effects = world_effects(standalone->world),
                                                 .observer = world_observer(standalone->world)};
    r = controller_new(&controller, &standalone->controller);
    return r < 0 ? surprise(r, "controller") : 0;
}

static int open_serve(struct standalone *standalone)
{
    const struct serve_config serve = {.loop = standalone->loop,
                                       .store = standalone->store,
                                       .source = standalone->source,
                                       .fleet = standalone->fleet,
                                       .socket = standalone->place.api_socket,
                                       .log_dir = standalone->place.logs};
    int r = serve_new(&serve, &standalone->serve);
    return r < 0 ? surprise(r, "API socket") : 0;
}

static int open_loop(struct standalone *standalone)
{
    int r = loop_new(&standalone->loop);
    if (r == 0)
        r = loop_signal_new(standalone->loop, SIGTERM, on_signal, standalone, &standalone->signal_term);
    if (r == 0)
        r = loop_signal_new(standalone->loop, SIGINT, on_signal, standalone, &standalone->signal_int);
    return r < 0 ? surprise(r, "loop") : 0;
}

static int open_all(struct standalone *standalone)
{
    int code = read_settings(standalone);
    if (code == 0)
        code = open_place(standalone);
    if (code == 0)
        code = open_loop(standalone);
    if (code == 0)
        code = open_store(standalone);
    if (code == 0)
        code = open_processes(standalone);
    if (code == 0)
        code = open_controller(standalone);
    return code ? code : open_serve(standalone);
}

static void close_all(struct standalone *standalone)
{
    serve_free(standalone->serve);
    controller_free(standalone->controller);
    standalone->controller = NULL;
    world_free(standalone->world);
    local_services_free(standalone->services);
    fleet_free(standalone->fleet);
    guardian_client_free(standalone->guardian);
    folder_source_free(standalone->source);
    store_free(standalone->store);
    loop_timer_free(standalone->stopping);
    loop_signal_free(standalone->signal_term);
    loop_signal_free(standalone->signal_int);
    loop_free(standalone->loop);
    place_close(&standalone->place);
    arena_deinit(&standalone->arena);
}

int standalone_run(const struct options *options)
{
    struct standalone standalone = {.options = options,
                                    .arena = ARENA_INIT(SETTINGS_BYTES_MAX),
                                    .place = {.state_fd = -1, .state_lock = -1, .runtime_lock = -1}};
    int code = open_all(&standalone);
    if (code == 0) {
        int r = loop_run(standalone.loop);
        code = r < 0 ? surprise(r, "loop") : standalone.exit_code;
    }
    close_all(&standalone);
    return code;
}
