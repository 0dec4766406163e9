/* Logs of workers, bounded however much is written and however full the disk is. Owns no state. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

#define LOG_BYTES_MAX (10 << 20)
#define PATH_SIZE 4096

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

static int read_end(int fd, off_t size, struct buf *text)
{
    char *room = NULL;
    size_t length = size < LOG_BYTES_MAX ? (size_t)size : LOG_BYTES_MAX;
    int r = buf_reserve(text, length, &room);
    if (r < 0)
        return r;
    ssize_t got = pread(fd, room, length, size - (off_t)length);
    text->len = got < 0 ? 0 : (size_t)got;
    return got < 0 ? -errno : 0;
}

/* Not synced: a log need not outlive a crash of the machine, and everybody would wait for the disk. */
static int write_older(const char *path, const struct buf *text)
{
    int fd CLEANUP(fd_closep) = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? -errno : fd_write_all(fd, text->data, text->len);
}

/* Copies the end of the log to its first older one and empties it in place: the worker's descriptor appends, so it goes on at
 * the new end. Lines that are written between copy and truncation are lost; that is the price of not restarting the worker. It is
 * emptied also when the copy fails, for a full disk would get no better by keeping it. */
static int copy_and_truncate(const char *path, off_t size, const char *older)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(LOG_BYTES_MAX + 1);
    int fd CLEANUP(fd_closep) = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    int r = read_end(fd, size, &text);
    if (r == 0)
        r = write_older(older, &text);
    return ftruncate(fd, 0) < 0 ? -errno : r;
}

void fleet_log_rotate(const struct fleet *fleet, const char *worker)
{
    char path[PATH_SIZE], newer[PATH_SIZE], older[PATH_SIZE];
    struct stat status;
    log_path(fleet, worker, 0, path);
    if (stat(path, &status) < 0 || status.st_size < LOG_BYTES_MAX)
        return;
    for (unsigned number = FLEET_LOG_OLDER_MAX; number > 1; number--) {
        log_path(fleet, worker, number - 1, newer);
        log_path(fleet, worker, number, older);
        rename(newer, older); /* ignored: there may be none yet */
    }
    log_path(fleet, worker, 1, older);
    int r = copy_and_truncate(path, status.st_size, older);
    if (r < 0)
        log_warn(COMPONENT_FLEET, "a part of a log is lost", LF_STR("worker", worker), LF_ERR(r));
}
