/* Files and folders by name: read, replace, delete, lock, make. Owns no descriptor beyond one call, except the lock
 * that file_lock hands out. The folder part of a path is resolved once, to a descriptor; every later step is relative
 * to it. A replaced file is either old or new, whatever fails. */
#include "common/base/fd.h"
#include "common/base/secret.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_TEMP_RANDOM_BYTES = 8, FILE_TEMP_NAME_SIZE = sizeof FILE_TEMP_PREFIX + 2 * FILE_TEMP_RANDOM_BYTES };

int file_read(int dir_fd, const char *path, struct buf *buf)
{
    /* Not blocking: opening a FIFO that somebody put there must not hang us. */
    CLEANUP(fd_closep) int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    return fd_read_all(fd, buf);
}

/* Opens the folder that holds path; *ret_name is the rest of path, the entry's name in it. */
static int file_open_folder(int dir_fd, const char *path, int *ret_fd, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char folder[PATH_MAX] = ".";

    if (*name == '\0')
        return -EINVAL;
    if (slash) {
        /* The slash itself belongs to it, so that "/name" means the root. */
        int r = str_copy(folder, sizeof folder, (struct str){path, (size_t)(name - path)});
        if (r < 0)
            return r == -E2BIG ? -ENAMETOOLONG : r;
    }
    int fd = openat(dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    *ret_name = name;
    return 0;
}

static int file_fill(int fd, const void *data, size_t len, mode_t mode)
{
    int r = fd_write_all(fd, data, len);

    if (r < 0)
        return r;
    /* The mode as asked for, whatever the umask; before the name is there for others to open. */
    if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
        return -errno;
    return 0;
}

static int file_replace(int folder_fd, int fd, const char *temp, const char *name, const void *data, size_t len,
                        mode_t mode)
{
    int r = file_fill(fd, data, len, mode);

    if (r < 0)
        return r;
    return renameat(folder_fd, temp, folder_fd, name) < 0 ? -errno : 0;
}

int file_write_atomic(int dir_fd, const char *path, const void *data, size_t len, mode_t mode)
{
    CLEANUP(fd_closep) int folder_fd = -1;
    char temp[FILE_TEMP_NAME_SIZE] = FILE_TEMP_PREFIX;
    const char *name;
    int r = file_open_folder(dir_fd, path, &folder_fd, &name);

    if (r < 0)
        return r;
    random_hex(temp + sizeof FILE_TEMP_PREFIX - 1, FILE_TEMP_RANDOM_BYTES);
    CLEANUP(fd_closep) int fd = openat(folder_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = file_replace(folder_fd, fd, temp, name, data, len, mode);
    if (r < 0) {
        (void)unlinkat(folder_fd, temp, 0); /* ignored: the first error is the one to tell */
        return r;
    }
    return fsync(folder_fd) < 0 ? -errno : 0;
}

int file_delete(int dir_fd, const char *path)
{
    CLEANUP(fd_closep) int folder_fd = -1;
    const char *name;
    int r = file_open_folder(dir_fd, path, &folder_fd, &name);

    if (r < 0)
        return r;
    if (unlinkat(folder_fd, name, 0) < 0 || fsync(folder_fd) < 0)
        return -errno;
    return 0;
}

int file_lock(int dir_fd, const char *path, int *ret_fd)
{
    CLEANUP(fd_closep) int fd = openat(dir_fd, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static void folder_closep(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

int folder_each(int dir_fd, const char *path, folder_each_fn *each, void *context)
{
    CLEANUP(fd_closep) int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    CLEANUP(folder_closep) DIR *folder = fdopendir(fd);
    if (!folder)
        return -errno;
    fd = -1;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return -errno;
        int r = each(context, dirfd(folder), entry->d_name);
        if (r != 0)
            return r;
    }
}

static int delete_temp(void *unused, int folder_fd, const char *name)
{
    (void)unused;
    if (!str_starts_with(str_of(name), STR(FILE_TEMP_PREFIX)))
        return 0;
    return unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int folder_delete_temps(int dir_fd, const char *path) { return folder_each(dir_fd, path, delete_temp, NULL); }

/* Makes one folder below *fd unless it is there, and steps into it. */
static int folder_step(int *fd, const char *name, mode_t mode)
{
    bool made = mkdirat(*fd, name, mode) == 0;

    if (!made && errno != EEXIST)
        return -errno;
    if (made && fchmodat(*fd, name, mode, 0) < 0) /* the umask took bits away */
        return -errno;
    int next = openat(*fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (next < 0)
        return -errno;
    fd_closep(fd);
    *fd = next;
    return 0;
}

int folder_make(const char *path, mode_t mode)
{
    char name[NAME_MAX + 1];

    if (*path == '\0')
        return -ENOENT;
    CLEANUP(fd_closep) int fd = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (;;) {
        path += strspn(path, "/");
        size_t len = strcspn(path, "/");
        if (len == 0)
            return 0;
        int r = str_copy(name, sizeof name, (struct str){path, len});
        if (r == -E2BIG)
            return -ENAMETOOLONG;
        if (r < 0)
            return r;
        r = folder_step(&fd, name, mode);
        if (r < 0)
            return r;
        path += len;
    }
}
