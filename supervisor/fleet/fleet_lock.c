/* Locks of workers: each holds its own for life, so that one that can be taken proves that its process is gone. Owns no
 * state; fails as the file system fails. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

#define PATH_SIZE 4096
#define LOCK_END ".lock"

static void lock_path(const struct fleet *fleet, const char *worker, uint64_t incarnation, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/ipc/%s.%" PRIu64 ".lock", fleet->config.runtime_dir, worker, incarnation);
}

int fleet_lock_open(const struct fleet *fleet, const char *worker, uint64_t incarnation, int *ret_fd)
{
    char path[PATH_SIZE];
    lock_path(fleet, worker, incarnation, path);
    return file_lock(AT_FDCWD, path, ret_fd);
}

void fleet_lock_remove(const struct fleet *fleet, const char *worker, uint64_t incarnation)
{
    char path[PATH_SIZE];
    lock_path(fleet, worker, incarnation, path);
    unlink(path); /* ignored: a lock file that nobody holds does no harm */
}

bool fleet_lock_clear(const struct fleet *fleet, const char *worker, uint64_t incarnation)
{
    int fd CLEANUP(fd_closep) = -1;
    if (fleet_lock_open(fleet, worker, incarnation, &fd) < 0)
        return false;
    fleet_lock_remove(fleet, worker, incarnation);
    return true;
}

/* "split-1.7.lock" */
static bool read_name(const char *name, char ret_worker[GUARDIAN_SPLIT_SIZE], uint64_t *ret_incarnation)
{
    const char *end = strrchr(name, '.');
    const char *dot = end && strcmp(end, LOCK_END) == 0 ? memrchr(name, '.', (size_t)(end - name)) : NULL;
    char *rest = NULL;
    if (!dot || str_copy(ret_worker, GUARDIAN_SPLIT_SIZE, (struct str){name, (size_t)(dot - name)}) != 0)
        return false;
    *ret_incarnation = strtoull(dot + 1, &rest, 10);
    return rest == end && *ret_incarnation > 0;
}

static void sweep(struct fleet *fleet, const char *name)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    uint64_t incarnation = 0;
    struct fleet_entry *entry = NULL;
    if (!read_name(name, worker, &incarnation))
        return;
    entry = fleet_find(fleet, worker);
    bool known = entry && entry->presence != WORKER_NONE && entry->incarnation == incarnation;
    if (known || fleet_lock_clear(fleet, worker, incarnation) || fleet_entry_get(fleet, worker, &entry) < 0)
        return;
    log_warn(COMPONENT_FLEET, "a worker lives that the guardian does not know; another waits for its end",
             LF_STR("worker", worker), LF_INT("incarnation", incarnation));
    entry->stray = incarnation;
    if (entry->incarnation < incarnation)
        entry->incarnation = incarnation;
}

void fleet_locks_sweep(struct fleet *fleet)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/ipc", fleet->config.runtime_dir);
    DIR *folder = opendir(path);
    if (!folder) {
        log_warn(COMPONENT_FLEET, "the folder of locks cannot be read, ignored: locks still keep workers apart",
                 LF_ERR(-errno));
        return;
    }
    for (const struct dirent *file; (file = readdir(folder));)
        sweep(fleet, file->d_name);
    closedir(folder);
}
