/* Whole reads and writes on descriptors, and sealed memfds. Owns no descriptor beyond one call; passes up what the
 * kernel said. Files by name are in file.c. */
#include "common/base/fd.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FD_READ_BYTES = 16384 };

void fd_closep(int *fd)
{
    int before = errno;

    if (*fd >= 0)
        close(*fd); /* ignored: whoever needs to know that data is safe has called fsync */
    *fd = -1;
    errno = before;
}

static int fd_read_some(int fd, void *data, size_t len, size_t *ret)
{
    ssize_t n;

    do
        n = read(fd, data, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    *ret = (size_t)n;
    return 0;
}

/* The limit is reached: anything more is too much. */
static int fd_expect_end(int fd)
{
    char extra;
    size_t n;
    int r = fd_read_some(fd, &extra, 1, &n);

    if (r < 0)
        return r;
    return n > 0 ? -ENOBUFS : 0;
}

static int fd_read_rest(int fd, struct buf *buf)
{
    for (;;) {
        size_t room = buf->max_bytes - buf->len;
        size_t want = room < FD_READ_BYTES ? room : FD_READ_BYTES;
        char *end;
        if (want == 0)
            return fd_expect_end(fd);
        int r = buf_reserve(buf, want, &end);
        if (r < 0)
            return r;
        size_t n;
        r = fd_read_some(fd, end, want, &n);
        if (r < 0 || n == 0)
            return r;
        buf->len += n;
    }
}

int fd_read_all(int fd, struct buf *buf)
{
    size_t before = buf->len;
    int r = fd_read_rest(fd, buf);

    if (r < 0)
        buf->len = before;
    if (buf->data)
        buf->data[buf->len] = '\0';
    return r;
}

int fd_write_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int fd_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return 0;
}

int fd_memfd_sealed(const char *name, const void *data, size_t len, int *ret_fd)
{
    CLEANUP(fd_closep) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, data, len);
    if (r < 0)
        return r;
    if (lseek(fd, 0, SEEK_SET) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return -errno;
    *ret_fd = fd;
    fd = -1;
    return 0;
}
