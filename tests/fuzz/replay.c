/* Runs every file of a corpus folder through a fuzz target's entry.
 *
 * Fails when the folder cannot be read or is empty: a corpus that is not found must not look like one that passes. */
#include "common/base/buf.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define INPUT_BYTES_MAX (16u << 20)
#define READ_BYTES 65536

static int read_all(int fd, struct buf *ret)
{
    for (;;) {
        char *room;
        ssize_t len;
        int r = buf_reserve(ret, READ_BYTES, &room);

        if (r < 0)
            return r;
        len = read(fd, room, READ_BYTES);
        if (len <= 0)
            return len == 0 ? 0 : -errno;
        ret->len += (size_t)len;
    }
}

static int replay(int folder, const char *name)
{
    CLEANUP(buf_deinit) struct buf input = BUF_INIT(INPUT_BYTES_MAX);
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    int r;

    if (fd < 0)
        return -errno;
    r = read_all(fd, &input);
    close(fd);
    if (r < 0)
        return r;
    printf("%s\n", name);
    fflush(stdout);
    return LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&input).data, input.len);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    unsigned count = 0;
    int r = 0;

    if (!folder) {
        fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    for (const struct dirent *entry = readdir(folder); entry && r == 0; entry = readdir(folder)) {
        if (entry->d_type != DT_REG)
            continue;
        r = replay(dirfd(folder), entry->d_name);
        count++;
    }
    closedir(folder);
    if (r != 0 || count == 0)
        fprintf(stderr, "%u inputs, result %d\n", count, r);
    return r != 0 || count == 0;
}
