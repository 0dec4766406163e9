/* Files by name: what may be read, and that a replaced file is old or new and leaves nothing beside it. */
#include "tests/unit/base/scratch.h"
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static size_t entry_count(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

static void only_regular_files_are_read(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(10);

    scratch_put(scratch, "ten", STR("0123456789"));
    scratch_put(scratch, "eleven", STR("0123456789a"));
    assert_int_equal(mkdirat(scratch->fd, "folder", 0700), 0);
    assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
    assert_int_equal(file_read(scratch->fd, "ten", &buf), 0);
    assert_string_equal(buf.data, "0123456789");
    buf_clear(&buf);
    assert_int_equal(file_read(scratch->fd, "eleven", &buf), -ENOBUFS);
    assert_int_equal(buf.len, 0);
    assert_int_equal(file_read(scratch->fd, "absent", &buf), -ENOENT);
    assert_int_equal(file_read(scratch->fd, "folder", &buf), -EISDIR);
    assert_int_equal(file_read(scratch->fd, "fifo", &buf), -EINVAL);
}

static void a_write_replaces_the_file_with_the_mode_asked_for(void **state)
{
    struct scratch *scratch = *state;
    struct stat st;
    mode_t before = umask(077);

    assert_int_equal(mkdirat(scratch->fd, "sub", 0700), 0);
    assert_int_equal(file_write_atomic(scratch->fd, "sub/state.yaml", "old", 3, 0640), 0);
    assert_int_equal(file_write_atomic(scratch->fd, "sub/state.yaml", "newer", 5, 0664), 0);
    umask(before);
    scratch_expect(scratch, "sub/state.yaml", STR("newer"));
    assert_int_equal(fstatat(scratch->fd, "sub/state.yaml", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0664);
    assert_int_equal(entry_count(scratch->path), 1);
}

static void a_write_to_an_absolute_path_ignores_the_folder_descriptor(void **state)
{
    struct scratch *scratch = *state;
    char path[100];

    snprintf(path, sizeof path, "%s/empty", scratch->path);
    assert_int_equal(file_write_atomic(-1, path, NULL, 0, 0600), 0);
    scratch_expect(scratch, "empty", STR(""));
}

static void a_write_replaces_a_link_and_not_what_it_points_to(void **state)
{
    struct scratch *scratch = *state;

    scratch_put(scratch, "victim", STR("precious"));
    assert_int_equal(symlinkat("victim", scratch->fd, "link"), 0);
    assert_int_equal(file_write_atomic(scratch->fd, "link", "new", 3, 0600), 0);
    scratch_expect(scratch, "victim", STR("precious"));
    scratch_expect(scratch, "link", STR("new"));
}

static void a_write_that_cannot_be_finished_leaves_nothing(void **state)
{
    struct scratch *scratch = *state;

    assert_int_equal(mkdirat(scratch->fd, "folder", 0700), 0);
    assert_int_equal(file_write_atomic(scratch->fd, "folder", "x", 1, 0600), -EISDIR);
    assert_int_equal(file_write_atomic(scratch->fd, "absent/x", "x", 1, 0600), -ENOENT);
    assert_int_equal(file_write_atomic(scratch->fd, "folder/", "x", 1, 0600), -EINVAL);
    assert_int_equal(entry_count(scratch->path), 1);
}

/* In a process of its own: the limit counts for all its files. */
static int write_beyond_file_limit(const struct scratch *scratch)
{
    const struct rlimit limit = {4096, 4096};
    static char data[10000];

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 1;
    return file_write_atomic(scratch->fd, "state", data, sizeof data, 0600) == -EFBIG ? 0 : 2;
}

enum { NOT_ALLOWED = 77 };

static int write_to_full_disk(const struct scratch *scratch)
{
    static char data[100000];

    if (unshare(CLONE_NEWNS) < 0)
        return errno == EPERM ? NOT_ALLOWED : 1;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", scratch->path, "tmpfs", 0, "size=64k,mode=700") < 0)
        return 1;
    CLEANUP(fd_closep) int fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file_write_atomic(fd, "state", "old", 3, 0600) < 0)
        return 2;
    if (file_write_atomic(fd, "state", data, sizeof data, 0600) != -ENOSPC)
        return 3;
    if (entry_count(scratch->path) != 1)
        return 4;
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(10);
    if (file_read(fd, "state", &buf) < 0 || !str_equal(buf_str(&buf), STR("old")))
        return 5;
    return file_write_atomic(fd, "state", "new", 3, 0600) == 0 ? 0 : 6;
}

static int exit_code_of(int (*body)(const struct scratch *), const struct scratch *scratch)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit(body(scratch));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_write_cut_off_by_a_limit_keeps_the_old_file(void **state)
{
    struct scratch *scratch = *state;

    scratch_put(scratch, "state", STR("old"));
    assert_int_equal(exit_code_of(write_beyond_file_limit, scratch), 0);
    scratch_expect(scratch, "state", STR("old"));
    assert_int_equal(entry_count(scratch->path), 1);
}

static void a_full_disk_keeps_the_old_file(void **state)
{
    int code = exit_code_of(write_to_full_disk, *state);

    if (code == NOT_ALLOWED) {
        print_message("not run: mounting a small file system needs the right to (root)\n");
        skip();
    }
    assert_int_equal(code, 0);
}

static void a_deleted_file_is_gone_and_a_second_time_absent(void **state)
{
    struct scratch *scratch = *state;

    scratch_put(scratch, "x", STR("x"));
    assert_int_equal(file_delete(scratch->fd, "x"), 0);
    assert_int_equal(file_delete(scratch->fd, "x"), -ENOENT);
    assert_int_equal(entry_count(scratch->path), 0);
}

static void a_lock_is_held_until_it_is_closed(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(fd_closep) int first = -1;
    CLEANUP(fd_closep) int second = -1;

    assert_int_equal(file_lock(scratch->fd, "lock", &first), 0);
    assert_int_equal(file_lock(scratch->fd, "lock", &second), -EWOULDBLOCK);
    assert_int_equal(second, -1);
    fd_closep(&first);
    assert_int_equal(file_lock(scratch->fd, "lock", &second), 0);
    assert_int_equal(symlinkat("elsewhere", scratch->fd, "link"), 0);
    assert_int_equal(file_lock(scratch->fd, "link", &first), -ELOOP);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(only_regular_files_are_read),
        FILE_TEST(a_write_replaces_the_file_with_the_mode_asked_for),
        FILE_TEST(a_write_to_an_absolute_path_ignores_the_folder_descriptor),
        FILE_TEST(a_write_replaces_a_link_and_not_what_it_points_to),
        FILE_TEST(a_write_that_cannot_be_finished_leaves_nothing),
        FILE_TEST(a_write_cut_off_by_a_limit_keeps_the_old_file),
        FILE_TEST(a_full_disk_keeps_the_old_file),
        FILE_TEST(a_deleted_file_is_gone_and_a_second_time_absent),
        FILE_TEST(a_lock_is_held_until_it_is_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
