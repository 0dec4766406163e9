/* A folder of its own for every test: made by scratch_setup, emptied and deleted by scratch_teardown. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "tests/unit/cmocka_all.h"
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char path[64];
    int fd;
};

static inline int scratch_setup(void **state)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);

    assert_non_null(scratch);
    snprintf(scratch->path, sizeof scratch->path, "/tmp/sluice-test-XXXXXX");
    assert_non_null(mkdtemp(scratch->path));
    scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(scratch->fd >= 0);
    *state = scratch;
    return 0;
}

static inline int scratch_remove(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    struct scratch *scratch = *state;

    close(scratch->fd);
    int r = nftw(scratch->path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(scratch);
    return r;
}

static inline void scratch_put(const struct scratch *scratch, const char *name, struct str text)
{
    CLEANUP(fd_closep) int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text.data, text.len), 0);
}

static inline void scratch_expect(const struct scratch *scratch, const char *name, struct str text)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(100000);

    assert_int_equal(file_read(scratch->fd, name, &buf), 0);
    assert_true(str_equal(buf_str(&buf), text));
}
