/* Starting of a worker: a fresh incarnation with its lock, its files, the order to the guardian. Fails as files and the
 * guardian's queue fail, with nothing started. */
#include <fcntl.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/base/secret.h"
#include "ipc/identity.h"
#include "supervisor/fleet/fleet_entry.h"
#include "supervisor/worker_link/worker_document.h"

#define INCARNATION_TRIES_MAX 64
#ifndef FLEET_MEMORY_LIMITED
#define FLEET_MEMORY_LIMITED 1
#endif
#define STRAY_PERIOD_MS 200

/* A fresh incarnation number whose lock nobody holds. */
static int take_incarnation(struct fleet *fleet, struct fleet_entry *entry, int *ret_lock)
{
    int r = -EWOULDBLOCK;
    for (unsigned i = 0; r == -EWOULDBLOCK && i < INCARNATION_TRIES_MAX; i++)
        r = fleet_lock_open(fleet, entry->worker, ++entry->incarnation, ret_lock);
    return r;
}

/* By the type of the specification. -ENOENT: no program is for it. */
static int open_program(const struct fleet *fleet, const struct json *spec, int *ret_fd)
{
    const char *type = json_text(json_get(spec, "type"));
    const struct fleet_program *program = fleet->config.programs;
    while (program->type && strcmp(program->type, type) != 0)
        program++;
    if (!program->type)
        return -ENOENT;
    *ret_fd = open(program->path, O_RDONLY | O_CLOEXEC);
    return *ret_fd < 0 ? -errno : 0;
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
    int r = open_program(fleet, spec, &fds->executable);
    if (r == 0)
        r = fleet_log_open(fleet, entry->worker, &fds->log);
    return r ? r : worker_document_memfd(&document, &fds->spec);
}

static int order_start(struct fleet *fleet, struct fleet_entry *entry, const struct guardian_worker_fds *fds,
                       const char *token)
{
    struct guardian_child child = {.kind = GUARDIAN_WORKER,
                                   .incarnation = entry->incarnation,
                                   .file_limit = FLEET_WORKER_FILES_MAX,
                                   .memory_limit_bytes =
                                       FLEET_MEMORY_LIMITED ? (uint64_t)fleet->config.worker_bytes : 0};
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

static int order_all(struct fleet *fleet, struct fleet_entry *entry, const struct json *spec,
                     const struct json *credentials, struct guardian_worker_fds *fds)
{
    char token[GUARDIAN_TOKEN_SIZE];
    random_hex(token, (GUARDIAN_TOKEN_SIZE - 1) / 2);
    int r = ipc_spec_hash(spec, credentials, entry->spec_hash);
    if (r == 0)
        r = take_incarnation(fleet, entry, &fds->lock);
    if (r == 0)
        r = open_files(fleet, entry, token, spec, credentials, fds);
    if (r == 0) {
        entry->event_seen = 0;
        entry->outdated = entry->replacing = false;
        fleet_memory_save(fleet, entry);
        r = order_start(fleet, entry, fds, token);
    }
    explicit_bzero(token, sizeof token);
    return r;
}

static int start(struct fleet *fleet, struct fleet_entry *entry, const struct json *spec,
                 const struct json *credentials)
{
    struct guardian_worker_fds fds = {-1, -1, -1, -1};
    int r = order_all(fleet, entry, spec, credentials, &fds);
    if (r < 0) {
        worker_link_forget(fleet->link, entry->worker, entry->incarnation);
        entry->peer = NULL;
        if (fds.lock >= 0)
            fleet_lock_remove(fleet, entry->worker, entry->incarnation);
    } else {
        entry->presence = WORKER_STARTING;
        entry->started = mono_now();
        log_info(COMPONENT_FLEET, "a worker is started", LF_STR("worker", entry->worker),
                 LF_INT("incarnation", entry->incarnation));
    }
    fd_closep(&fds.executable);
    fd_closep(&fds.log);
    fd_closep(&fds.spec);
    fd_closep(&fds.lock); /* the worker has it by then, and holds the lock */
    return r;
}

/* One whose guardian died ends a moment later; no other may run beside it. */
static bool stray_lives(struct fleet *fleet, struct fleet_entry *entry)
{
    if (entry->stray && fleet_lock_clear(fleet, entry->worker, entry->stray)) {
        entry->stray = 0;
        fleet_locks_sweep(fleet); /* there may have been several */
    }
    if (!entry->stray)
        return false;
    entry->retry = mono_after(mono_now(), STRAY_PERIOD_MS);
    fleet->config.on_change(fleet->config.context, entry->worker);
    return true;
}

int fleet_start(struct fleet *fleet, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    struct fleet_entry *entry = NULL;
    if (!fleet->settled)
        return -EAGAIN;
    int r = fleet_entry_get(fleet, worker, &entry);
    if (r < 0)
        return r;
    entry->asked = true;
    if (entry->presence != WORKER_NONE || stray_lives(fleet, entry))
        return 0;
    return start(fleet, entry, spec, credentials);
}
