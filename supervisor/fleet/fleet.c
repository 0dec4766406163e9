/* The fleet: processes and what they say, joined by worker id and incarnation. */
#include "supervisor/fleet/fleet.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/base/secret.h"
#include "ipc/contract.h"
#include "ipc/identity.h"
#include "supervisor/fleet/fleet_entry.h"
#include "supervisor/worker_link/worker_document.h"

#define INCARNATION_TRIES_MAX 64

static void on_link_change(void *context, const char *split)
{
    struct fleet *fleet = context;
    struct fleet_entry *entry = fleet_find(fleet, split);
    if (entry && entry->presence == WORKER_STARTING && worker_peer_liveness(entry->peer) == WORKER_ALIVE) {
        entry->presence = WORKER_LIVE;
        log_info("supervisor.fleet", "a worker is live", LF_STR("worker", split),
                 LF_INT("incarnation", entry->incarnation), LF_INT("pid", entry->pid));
    }
    fleet->config.on_change(fleet->config.context, split);
}

static void on_link_figures(void *context, const char *split)
{
    (void)context; /* read when somebody asks */
    (void)split;
}

static void on_link_misbehaving(void *context, const char *split, uint64_t incarnation, const struct reason *why)
{
    struct fleet *fleet = context;
    struct fleet_entry *entry = fleet_find(fleet, split);
    if (entry && entry->incarnation == incarnation)
        fleet_kill(fleet, entry, why);
}

static const struct worker_link_events link_events = {on_link_change, on_link_figures, on_link_misbehaving};

static void look_at(struct fleet *fleet, struct fleet_entry *entry)
{
    struct reason why = {.code = REASON_NONE};
    if (entry->presence == WORKER_NONE)
        return;
    fleet_log_rotate(fleet, entry->worker);
    if (entry->presence == WORKER_STOPPING && mono_reached(mono_now(), entry->stop_deadline))
        reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0, "the worker did not end in time after a stop");
    else if (entry->presence == WORKER_STARTING && worker_peer_liveness(entry->peer) == WORKER_LATE)
        reason_set(&why, REASON_WORKER_START_FAILED, 0, "the worker said no HELLO within %d seconds",
                   WORKER_HELLO_DEADLINE_MS / 1000);
    else if (worker_peer_liveness(entry->peer) == WORKER_HUNG)
        reason_set(&why, REASON_WORKER_UNRESPONSIVE, 0, "nothing was heard of the worker for %d seconds",
                   WORKER_HUNG_MS / 1000);
    if (why.code != REASON_NONE)
        fleet_kill(fleet, entry, &why);
}

static void on_tick(void *context)
{
    struct fleet *fleet = context;
    struct fleet_entry *entry, *next;
    HASH_ITER (hh, fleet->entries, entry, next)
        look_at(fleet, entry);
}

int fleet_new(const struct fleet_config *config, struct fleet **ret)
{
    struct fleet *fleet CLEANUP(fleet_freep) = calloc(1, sizeof *fleet);
    if (!fleet)
        return -ENOMEM;
    fleet->config = *config;
    int length = snprintf(fleet->endpoint, sizeof fleet->endpoint, "ipc://%s/ipc/control.sock", config->runtime_dir);
    /* A Unix socket's path has 107 bytes at most. */
    if (length < 0 || length - 6 > 107)
        return -ENAMETOOLONG;
    int r = worker_link_new(config->loop, fleet->endpoint, &link_events, fleet, &fleet->link);
    if (r == 0)
        r = loop_timer_new(config->loop, on_tick, fleet, &fleet->tick);
    if (r < 0)
        return r;
    loop_timer_repeat(fleet->tick, 1000);
    *ret = TAKE(fleet);
    return 0;
}

void fleet_free(struct fleet *fleet)
{
    struct fleet_entry *entry, *next;
    if (!fleet)
        return;
    HASH_ITER (hh, fleet->entries, entry, next) {
        HASH_DEL(fleet->entries, entry);
        free(entry);
    }
    loop_timer_free(fleet->tick);
    worker_link_free(fleet->link);
    free(fleet);
}

bool fleet_is_settled(const struct fleet *fleet) { return fleet->settled; }

void fleet_on_table_end(struct fleet *fleet)
{
    fleet->settled = true;
    worker_link_settled(fleet->link);
}

/* From the table of the guardian: one that an earlier supervisor started. */
static void adopt(struct fleet *fleet, struct fleet_entry *entry, const struct guardian_child *child)
{
    struct worker_peer *peer = NULL;
    int r = worker_link_expect(fleet->link, child->split, child->incarnation, child->token, &peer);
    if (r < 0) {
        log_error("supervisor.fleet", "a worker cannot be adopted", LF_STR("worker", child->split), LF_ERR(r));
        return;
    }
    entry->presence = WORKER_STARTING;
    entry->incarnation = child->incarnation;
    entry->peer = peer;
    entry->started = mono_now();
    memcpy(entry->spec_hash, child->spec_hash, sizeof entry->spec_hash);
    log_info("supervisor.fleet", "a worker is adopted", LF_STR("worker", child->split),
             LF_INT("incarnation", child->incarnation), LF_INT("pid", child->pid));
}

void fleet_on_child(struct fleet *fleet, const struct guardian_child *child)
{
    struct fleet_entry *entry = NULL;
    int r = fleet_entry_get(fleet, child->split, &entry);
    if (r < 0) {
        log_error("supervisor.fleet", "a worker cannot be remembered", LF_STR("worker", child->split), LF_ERR(r));
        return;
    }
    if (entry->presence == WORKER_NONE)
        adopt(fleet, entry, child);
    if (entry->incarnation == child->incarnation)
        entry->pid = child->pid;
    fleet->config.on_change(fleet->config.context, child->split);
}

void fleet_on_exit(struct fleet *fleet, const struct guardian_child *child, int wait_status)
{
    struct fleet_entry *entry = NULL;
    struct reason why = {.code = REASON_NONE};
    if (fleet_entry_get(fleet, child->split, &entry) < 0)
        return;
    if (entry->presence != WORKER_NONE && entry->incarnation != child->incarnation)
        return;
    entry->incarnation = child->incarnation;
    bool ordered = wait_status == 0 || (entry->presence == WORKER_STOPPING && entry->killing.code == REASON_NONE);
    if (!ordered)
        fleet_end_words(wait_status, &entry->killing, &why);
    log_info("supervisor.fleet", "a worker ended", LF_STR("worker", child->split), LF_INT("pid", child->pid),
             LF_INT("incarnation", child->incarnation), LF_INT("status", wait_status), LF_REASON(&why));
    fleet_entry_gone(fleet, entry, &why);
}

void fleet_on_start_failed(struct fleet *fleet, const struct guardian_child *child, int error)
{
    struct fleet_entry *entry = fleet_find(fleet, child->split);
    struct reason why;
    if (!entry || entry->incarnation != child->incarnation || entry->presence == WORKER_NONE)
        return;
    reason_set(&why, REASON_WORKER_START_FAILED, 0, "the worker program could not be started: %s", strerror(error));
    log_error("supervisor.fleet", "a worker could not be started", LF_STR("worker", child->split), LF_ERR(-error));
    fleet_entry_gone(fleet, entry, &why);
}

/* A fresh incarnation number whose lock nobody holds. */
static int take_incarnation(struct fleet *fleet, struct fleet_entry *entry, int *ret_lock)
{
    int r = -EWOULDBLOCK;
    for (unsigned i = 0; r == -EWOULDBLOCK && i < INCARNATION_TRIES_MAX; i++)
        r = fleet_lock_open(fleet, entry->worker, ++entry->incarnation, ret_lock);
    return r;
}

static int open_files(struct fleet *fleet, const struct fleet_entry *entry, const char *token,
                      const struct json *spec, const struct json *credentials, struct guardian_worker_fds *fds)
{
    const struct worker_document document = {.split = entry->worker,
                                             .incarnation = entry->incarnation,
                                             .token = token,
                                             .endpoint = fleet->endpoint,
                                             .spec = spec,
                                             .credentials = credentials,
                                             .log_format = fleet->config.log_format,
                                             .log_levels = fleet->config.log_levels};
    fds->executable = open(fleet->config.executable, O_RDONLY | O_CLOEXEC);
    if (fds->executable < 0)
        return -errno;
    int r = fleet_log_open(fleet, entry->worker, &fds->log);
    return r ? r : worker_document_memfd(&document, &fds->spec);
}

static int order_start(struct fleet *fleet, struct fleet_entry *entry, const struct guardian_worker_fds *fds,
                       const char *token)
{
    struct guardian_child child = {.kind = GUARDIAN_WORKER,
                                   .incarnation = entry->incarnation,
                                   .file_limit = FLEET_WORKER_FILES_MAX,
                                   .memory_limit_bytes = FLEET_WORKER_MEMORY_BYTES_MAX};
    int r = str_copy(child.split, sizeof child.split, str_of(entry->worker));
    if (r == 0)
        r = str_copy(child.token, sizeof child.token, str_of(token));
    if (r == 0)
        r = str_copy(child.spec_hash, sizeof child.spec_hash, str_of(entry->spec_hash));
    if (r == 0)
        r = str_copy(child.endpoint, sizeof child.endpoint, str_of(fleet->endpoint));
    if (r == 0)
        r = worker_link_expect(fleet->link, entry->worker, entry->incarnation, token, &entry->peer);
    if (r == 0)
        r = guardian_client_start_worker(fleet->config.guardian, &child, fds);
    return r;
}

static int start(struct fleet *fleet, struct fleet_entry *entry, const struct json *spec,
                 const struct json *credentials)
{
    struct guardian_worker_fds fds = {-1, -1, -1, -1};
    char token[GUARDIAN_TOKEN_SIZE];
    random_hex(token, (GUARDIAN_TOKEN_SIZE - 1) / 2);
    int r = ipc_spec_hash(spec, credentials, entry->spec_hash);
    if (r == 0)
        r = take_incarnation(fleet, entry, &fds.lock);
    if (r == 0)
        r = open_files(fleet, entry, token, spec, credentials, &fds);
    if (r == 0)
        r = order_start(fleet, entry, &fds, token);
    fd_closep(&fds.executable);
    fd_closep(&fds.log);
    fd_closep(&fds.spec);
    fd_closep(&fds.lock); /* the worker has it by then, and holds the lock */
    if (r < 0) {
        worker_link_forget(fleet->link, entry->worker, entry->incarnation);
        entry->peer = NULL;
        return r;
    }
    entry->presence = WORKER_STARTING;
    entry->started = mono_now();
    log_info("supervisor.fleet", "a worker is started", LF_STR("worker", entry->worker),
             LF_INT("incarnation", entry->incarnation));
    return 0;
}

int fleet_start(struct fleet *fleet, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    struct fleet_entry *entry = NULL;
    if (!fleet->settled)
        return -EAGAIN;
    int r = fleet_entry_get(fleet, worker, &entry);
    if (r < 0 || entry->presence != WORKER_NONE)
        return r;
    return start(fleet, entry, spec, credentials);
}

int fleet_stop(struct fleet *fleet, const char *worker)
{
    struct fleet_entry *entry = fleet_find(fleet, worker);
    if (!entry || entry->presence == WORKER_NONE || entry->presence == WORKER_STOPPING)
        return 0;
    worker_link_stop(entry->peer, WORKER_STOP_DEADLINE_MS);
    entry->presence = WORKER_STOPPING;
    entry->stop_deadline = mono_after(mono_now(), WORKER_STOP_DEADLINE_MS + FLEET_KILL_AFTER_MS);
    log_info("supervisor.fleet", "a worker is stopped", LF_STR("worker", worker),
             LF_INT("incarnation", entry->incarnation));
    return 0;
}

void fleet_stop_all(struct fleet *fleet)
{
    struct fleet_entry *entry, *next;
    HASH_ITER (hh, fleet->entries, entry, next) {
        int r = fleet_stop(fleet, entry->worker);
        if (r < 0)
            log_warn("supervisor.fleet", "a worker cannot be stopped", LF_STR("worker", entry->worker), LF_ERR(r));
    }
}

size_t fleet_running(const struct fleet *fleet)
{
    size_t count = 0;
    for (const struct fleet_entry *entry = fleet->entries; entry; entry = entry->hh.next)
        count += entry->presence != WORKER_NONE;
    return count;
}
