/* File descriptors: scope, whole reads and writes with limits, sealed memfds, atomic replacement of files.
 *
 * Every descriptor made here is close-on-exec. Never follows a caller's path twice (no check-then-open). */
#pragma once

#include "common/base/buf.h"
#include "common/base/err.h"
#include <stddef.h>
#include <sys/types.h>

void fd_closep(int *fd); /* CLEANUP form; ignores -1, keeps errno */
/* Reads to end of file, appended to buf; -ENOBUFS when there is more than the buffer's limit. On failure buf's
 * contents are as they were. */
MUST_USE int fd_read_all(int fd, struct buf *buf);
MUST_USE int fd_write_all(int fd, const void *data, size_t len);
MUST_USE int fd_set_nonblocking(int fd);
/* An anonymous file holding data, sealed against any change, offset 0. */
MUST_USE int fd_memfd_sealed(const char *name, const void *data, size_t len, int *ret_fd);

/* Reads the file path below dir_fd (AT_FDCWD for the working directory); regular files only (-EISDIR, -EINVAL). */
MUST_USE int file_read(int dir_fd, const char *path, struct buf *buf);
/* Temporary files of file_write_atomic begin with this; whoever lists a folder leaves them out. */
#define FILE_TEMP_PREFIX ".sluice-tmp-"
/* Replaces path below dir_fd as one step: temporary file, write, fsync, rename, fsync of the folder. Either the old
 * or the new contents are there after a crash or error (-ENOSPC, ...); after an error no temporary file stays behind.
 * mode is taken as it is, whatever the umask. */
MUST_USE int file_write_atomic(int dir_fd, const char *path, const void *data, size_t len, mode_t mode);
/* Calls each for every entry of a folder, "." and ".." included, until it gives something else than 0. Returns that, or
 * -errno when the folder cannot be read. folder_fd and name are borrowed for the call. */
typedef int folder_each_fn(void *context, int folder_fd, const char *name);
MUST_USE int folder_each(int dir_fd, const char *path, folder_each_fn *each, void *context);
/* Deletes the temporary files that a crash left in a folder. Only for the one who writes there (hold the lock). */
MUST_USE int folder_delete_temps(int dir_fd, const char *path);
/* unlinkat + fsync of the folder. */
MUST_USE int file_delete(int dir_fd, const char *path);
/* mkdir -p with mode for what is new, whatever the umask. */
MUST_USE int folder_make(const char *path, mode_t mode);
/* Exclusive flock on path (made if absent), held until *ret_fd is closed. -EWOULDBLOCK when somebody else holds it.
 * */
MUST_USE int file_lock(int dir_fd, const char *path, int *ret_fd);
