/* Locks and logs of workers. Owns no state; fails as the file system fails. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

#define LOG_BYTES_MAX (10 << 20)
#define LOG_FILES_MAX 3
#define PATH_SIZE 4096

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

static void log_path(const struct fleet *fleet, const char *worker, unsigned number, char path[PATH_SIZE])
{
    if (number)
        snprintf(path, PATH_SIZE, "%s/%s.log.%u", fleet->config.log_dir, worker, number);
    else
        snprintf(path, PATH_SIZE, "%s/%s.log", fleet->config.log_dir, worker);
}

int fleet_log_open(const struct fleet *fleet, const char *worker, int *ret_fd)
{
    char path[PATH_SIZE];
    log_path(fleet, worker, 0, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}

/* Copies the log to its first older one and empties it in place: the worker's descriptor appends, so it goes on at the new
 * end. Lines that are written between copy and truncation are lost; that is the price of not restarting the worker. */
static int copy_and_truncate(const char *path, const char *older)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4 * LOG_BYTES_MAX);
    int r = file_read(AT_FDCWD, path, &text);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, older, text.data, text.len, 0600);
    return r == 0 && truncate(path, 0) < 0 ? -errno : r;
}

void fleet_log_rotate(const struct fleet *fleet, const char *worker)
{
    char path[PATH_SIZE], newer[PATH_SIZE], older[PATH_SIZE];
    struct stat status;
    log_path(fleet, worker, 0, path);
    if (stat(path, &status) < 0 || status.st_size < LOG_BYTES_MAX)
        return;
    for (unsigned number = LOG_FILES_MAX; number > 1; number--) {
        log_path(fleet, worker, number - 1, newer);
        log_path(fleet, worker, number, older);
        rename(newer, older); /* ignored: there may be none yet */
    }
    log_path(fleet, worker, 1, older);
    int r = copy_and_truncate(path, older);
    if (r < 0)
        log_warn("supervisor.fleet", "a log could not be rotated; tried again", LF_STR("worker", worker), LF_ERR(r));
}
