/* Logs of workers that ended for good: kept a while for people, then deleted, and never more than so many of them. Touches
 * no file whose name is not that of a worker's log: the folder may be shared. Fails never: what cannot be deleted now is
 * met again by the next sweep. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mono.h"
#include "supervisor/fleet/fleet_entry.h"

#define ID_DIGITS 16 /* "split-" or "probe-", and so many hex digits */
#define FILES_LOOKED_AT_MAX 8192

struct ended_log {
    char file[64];
    int64_t written_ms; /* wall clock */
};

struct log_sweep {
    const struct fleet *fleet;
    fleet_keep_fn *keep;
    void *context;
    int folder_fd;
    struct ended_log *logs; /* owned */
    size_t count, capacity;
};

bool fleet_log_name(const char *file, char ret_worker[GUARDIAN_SPLIT_SIZE])
{
    static const char *const kinds[] = {"split-", "probe-"};
    size_t length = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !length; i++)
        if (strncmp(file, kinds[i], strlen(kinds[i])) == 0)
            length = strlen(kinds[i]) + ID_DIGITS;
    if (!length || strlen(file) < length || strspn(file + length - ID_DIGITS, "0123456789abcdef") != ID_DIGITS)
        return false;
    const char *end = file + length;
    bool is_log = strcmp(end, ".log") == 0 ||
                  (strncmp(end, ".log.", 5) == 0 && end[5] >= '1' && end[5] <= '0' + FLEET_LOG_OLDER_MAX && !end[6]);
    return is_log && str_copy(ret_worker, GUARDIAN_SPLIT_SIZE, (struct str){file, length}) == 0;
}

static int add(struct log_sweep *sweep, const char *file, int64_t written_ms)
{
    if (sweep->count == sweep->capacity) {
        size_t capacity = sweep->capacity ? sweep->capacity * 2 : 64;
        void *logs =
            capacity <= FILES_LOOKED_AT_MAX ? reallocarray(sweep->logs, capacity, sizeof *sweep->logs) : NULL;
        if (!logs)
            return -ENOMEM;
        sweep->logs = logs;
        sweep->capacity = capacity;
    }
    struct ended_log *log = &sweep->logs[sweep->count++];
    log->written_ms = written_ms;
    return str_copy(log->file, sizeof log->file, str_of(file));
}

static void look_at(struct log_sweep *sweep, const char *file)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    struct stat status;
    if (!fleet_log_name(file, worker) || fleet_find(sweep->fleet, worker) || sweep->keep(sweep->context, worker) ||
        fstatat(sweep->folder_fd, file, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    int64_t written_ms = (int64_t)status.st_mtim.tv_sec * 1000;
    if (add(sweep, file, written_ms) < 0) /* more than is looked at in one sweep */
        unlinkat(sweep->folder_fd, file, 0);
}

static int newest_first(const void *a, const void *b)
{
    int64_t left = ((const struct ended_log *)a)->written_ms, right = ((const struct ended_log *)b)->written_ms;
    return left == right ? strcmp(((const struct ended_log *)a)->file, ((const struct ended_log *)b)->file)
                         : (left < right) - (left > right);
}

static void delete_old(const struct log_sweep *sweep)
{
    int64_t oldest_ms = wall_now_ms() - FLEET_LOG_KEPT_MS;
    if (sweep->count)
        qsort(sweep->logs, sweep->count, sizeof *sweep->logs, newest_first);
    for (size_t i = 0; i < sweep->count; i++) {
        const struct ended_log *log = &sweep->logs[i];
        if (i < FLEET_LOGS_ENDED_MAX && log->written_ms >= oldest_ms)
            continue;
        int r = unlinkat(sweep->folder_fd, log->file, 0) < 0 ? -errno : 0;
        log_debug(COMPONENT_FLEET, "the log of an ended worker is deleted", LF_STR("file", log->file), LF_ERR(r));
    }
}

void fleet_logs_sweep(const struct fleet *fleet, fleet_keep_fn *keep, void *context)
{
    struct log_sweep sweep = {.fleet = fleet, .keep = keep, .context = context};
    DIR *folder = opendir(fleet->config.log_dir);
    if (!folder) {
        log_warn(COMPONENT_FLEET, "the folder of logs cannot be read, ignored: old logs stay", LF_ERR(-errno));
        return;
    }
    sweep.folder_fd = dirfd(folder);
    for (const struct dirent *file; (file = readdir(folder));)
        look_at(&sweep, file->d_name);
    delete_old(&sweep);
    free(sweep.logs);
    closedir(folder);
}
