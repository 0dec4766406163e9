/* Descriptors: whole reads and writes, limits (S-10), sealed memory files (S-12). */
#include "common/base/fd.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void S_12_a_sealed_memfd_can_only_be_read(void **state)
{
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(100);

    (void)state;
    assert_int_equal(fd_memfd_sealed("config", "abc", 3, &fd), 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(fd_read_all(fd, &buf), 0);
    assert_true(str_equal(buf_str(&buf), STR("abc")));
}

static void reading_appends_until_the_end(void **state)
{
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(100000);
    static char data[70000];

    (void)state;
    memset(data, 'd', sizeof data);
    assert_int_equal(buf_append_str(&buf, STR("head")), 0);
    assert_int_equal(fd_memfd_sealed("data", data, sizeof data, &fd), 0);
    assert_int_equal(fd_read_all(fd, &buf), 0);
    assert_int_equal(buf.len, 4 + sizeof data);
    assert_memory_equal(buf.data + 4, data, sizeof data);
}

static void S_10_reading_takes_what_fits_exactly_and_refuses_one_byte_more(void **state)
{
    CLEANUP(fd_closep) int fits = -1;
    CLEANUP(fd_closep) int exceeds = -1;
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(6);

    (void)state;
    assert_int_equal(fd_memfd_sealed("data", "12345", 5, &exceeds), 0);
    assert_int_equal(fd_memfd_sealed("data", "1234", 4, &fits), 0);
    assert_int_equal(buf_append_str(&buf, STR("ab")), 0);
    assert_int_equal(fd_read_all(exceeds, &buf), -ENOBUFS);
    assert_string_equal(buf.data, "ab");
    assert_int_equal(fd_read_all(fits, &buf), 0);
    assert_string_equal(buf.data, "ab1234");
}

static void errors_come_back_with_their_number(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(6);
    int pair[2];

    (void)state;
    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    assert_int_equal(fd_set_nonblocking(pair[0]), 0);
    assert_int_equal(fd_read_all(pair[0], &buf), -EAGAIN);
    assert_int_equal(fd_write_all(pair[0], "x", 1), -EBADF);
    fd_closep(&pair[0]);
    fd_closep(&pair[1]);
    assert_int_equal(pair[0], -1);
    fd_closep(&pair[0]);
    assert_int_equal(fd_set_nonblocking(-1), -EBADF);
}

static void closing_keeps_errno(void **state)
{
    int fd = 1000000; /* not open: close would set EBADF */

    (void)state;
    errno = ENOSPC;
    fd_closep(&fd);
    assert_int_equal(errno, ENOSPC);
}

static int read_all_once(void *context)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(100000);
    int fd = *(int *)context;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    int r = fd_read_all(fd, &buf);
    if (r < 0)
        assert_int_equal(buf.len, 0);
    else
        assert_int_equal(buf.len, 70000);
    return r;
}

static void failing_memory_stops_a_read_without_a_trace(void **state)
{
    CLEANUP(fd_closep) int fd = -1;
    static char data[70000];

    (void)state;
    assert_int_equal(fd_memfd_sealed("data", data, sizeof data, &fd), 0);
    assert_in_range(alloc_fail_each(read_all_once, &fd), 2, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(S_12_a_sealed_memfd_can_only_be_read),
        cmocka_unit_test(reading_appends_until_the_end),
        cmocka_unit_test(S_10_reading_takes_what_fits_exactly_and_refuses_one_byte_more),
        cmocka_unit_test(errors_come_back_with_their_number),
        cmocka_unit_test(closing_keeps_errno),
        cmocka_unit_test(failing_memory_stops_a_read_without_a_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
