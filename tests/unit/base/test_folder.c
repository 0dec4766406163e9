/* Folders by name: made with all that leads to them, and cleared of what a crash left. */
#include "tests/unit/base/scratch.h"

static void expect_mode(const struct scratch *scratch, const char *name, mode_t mode)
{
    struct stat st;

    assert_int_equal(fstatat(scratch->fd, name, &st, 0), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 07777, mode);
}

static void missing_folders_are_made_and_old_ones_kept(void **state)
{
    struct scratch *scratch = *state;
    char path[128];
    mode_t before = umask(077);

    snprintf(path, sizeof path, "%s//a/./b/c/", scratch->path);
    assert_int_equal(mkdirat(scratch->fd, "a", 0700), 0);
    assert_int_equal(folder_make(path, 0750), 0);
    assert_int_equal(folder_make(path, 0700), 0);
    umask(before);
    expect_mode(scratch, "a", 0700);
    expect_mode(scratch, "a/b", 0750);
    expect_mode(scratch, "a/b/c", 0750);
    expect_mode(scratch, ".", 0700);
}

static void a_relative_path_begins_at_the_working_folder(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(fd_closep) int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_int_equal(fchdir(scratch->fd), 0);
    int r = folder_make("x/y", 0700);
    assert_int_equal(fchdir(before), 0);
    assert_int_equal(r, 0);
    expect_mode(scratch, "x/y", 0700);
}

static void a_file_in_the_way_is_an_error(void **state)
{
    struct scratch *scratch = *state;
    char path[128], name[300];

    scratch_put(scratch, "file", STR("x"));
    snprintf(path, sizeof path, "%s/file", scratch->path);
    assert_int_equal(folder_make(path, 0700), -ENOTDIR);
    snprintf(path, sizeof path, "%s/file/below", scratch->path);
    assert_int_equal(folder_make(path, 0700), -ENOTDIR);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(folder_make(name, 0700), -ENAMETOOLONG);
    assert_int_equal(folder_make("", 0700), -ENOENT);
}

static void leftovers_of_a_crash_are_deleted_and_nothing_else(void **state)
{
    struct scratch *scratch = *state;
    struct stat st;

    scratch_put(scratch, FILE_TEMP_PREFIX "0123456789abcdef", STR("half"));
    scratch_put(scratch, FILE_TEMP_PREFIX "2", STR(""));
    scratch_put(scratch, "state.yaml", STR("whole"));
    assert_int_equal(folder_delete_temps(scratch->fd, "."), 0);
    scratch_expect(scratch, "state.yaml", STR("whole"));
    assert_int_equal(fstatat(scratch->fd, FILE_TEMP_PREFIX "2", &st, 0), -1);
    assert_int_equal(fstatat(scratch->fd, FILE_TEMP_PREFIX "0123456789abcdef", &st, 0), -1);
    assert_int_equal(folder_delete_temps(scratch->fd, "absent"), -ENOENT);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(missing_folders_are_made_and_old_ones_kept),
        FOLDER_TEST(a_relative_path_begins_at_the_working_folder),
        FOLDER_TEST(a_file_in_the_way_is_an_error),
        FOLDER_TEST(leftovers_of_a_crash_are_deleted_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
