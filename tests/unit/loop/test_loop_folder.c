/* Watches on folders: every kind of change is noticed, and the end of the folder too. */
#include "tests/unit/base/scratch.h"
#include "tests/unit/loop/loop_fixture.h"
#include <uv.h>

/* Called where a watch begins; NULL: nothing happens there. */
static void (*meanwhile)(void);

int __real_uv_fs_event_start(uv_fs_event_t *handle, uv_fs_event_cb callback, const char *path, unsigned flags);
int __wrap_uv_fs_event_start(uv_fs_event_t *handle, uv_fs_event_cb callback, const char *path, unsigned flags);
int __wrap_uv_fs_event_start(uv_fs_event_t *handle, uv_fs_event_cb callback, const char *path, unsigned flags)
{
    int r = __real_uv_fs_event_start(handle, callback, path, flags);

    if (meanwhile)
        meanwhile();
    return r;
}

struct folder_test {
    struct loop *loop;
    struct loop_folder *watch;
    int count;
    int error; /* the last one said */
};

static void note_change(void *context, int error)
{
    struct folder_test *test = context;

    test->count++;
    test->error = error;
}

/* Turns until a change was noticed, and all that the same change caused. */
static void expect_change(struct folder_test *test, int error)
{
    loop_until(test->loop, &test->count, 1);
    assert_int_equal(test->error, error);
    test->count = 0;
}

static void changes_of_a_folder_are_noticed(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(loop_freep) struct loop *loop = NULL;
    struct folder_test test = {0};

    assert_int_equal(loop_new(&loop), 0);
    test.loop = loop;
    assert_int_equal(loop_folder_new(loop, scratch->path, note_change, &test, &test.watch), 0);
    scratch_put(scratch, "orders.yaml", STR("1"));
    expect_change(&test, 0);
    assert_int_equal(file_write_atomic(scratch->fd, "orders.yaml", "2", 1, 0600), 0);
    expect_change(&test, 0);
    assert_int_equal(file_delete(scratch->fd, "orders.yaml"), 0);
    expect_change(&test, 0);
    loop_folder_free(test.watch);
}

static void end_watch(void *context, int error)
{
    struct folder_test *test = context;

    note_change(context, error);
    loop_folder_free(test->watch);
}

static void a_folder_watch_may_be_freed_in_its_own_callback(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(loop_freep) struct loop *loop = NULL;
    struct folder_test test = {0};

    assert_int_equal(loop_new(&loop), 0);
    assert_int_equal(loop_folder_new(loop, scratch->path, end_watch, &test, &test.watch), 0);
    scratch_put(scratch, "a", STR("1"));
    scratch_put(scratch, "b", STR("1"));
    loop_until(loop, &test.count, 1);
    assert_int_equal(test.count, 1);
}

static void a_folder_that_goes_away_is_an_error(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(loop_freep) struct loop *loop = NULL;
    struct folder_test test = {0};
    char path[100];

    assert_int_equal(loop_new(&loop), 0);
    test.loop = loop;
    snprintf(path, sizeof path, "%s/watched", scratch->path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(loop_folder_new(loop, path, note_change, &test, &test.watch), 0);
    assert_int_equal(rmdir(path), 0);
    expect_change(&test, -ENOENT);
    loop_folder_free(test.watch);

    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(loop_folder_new(loop, path, note_change, &test, &test.watch), 0);
    assert_int_equal(renameat(scratch->fd, "watched", scratch->fd, "moved"), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    test.count = 0;
    expect_change(&test, -ESTALE);
    loop_folder_free(test.watch);
}

static char replaced[100], aside[110];

static void replace_folder(void)
{
    assert_int_equal(rename(replaced, aside), 0);
    assert_int_equal(mkdir(replaced, 0700), 0);
}

/* Else the old folder would be watched for ever, and be taken for the new one. */
static void a_folder_that_is_replaced_while_its_watch_begins_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    CLEANUP(loop_freep) struct loop *loop = NULL;
    struct loop_folder *watch = NULL;

    assert_int_equal(loop_new(&loop), 0);
    snprintf(replaced, sizeof replaced, "%s/watched", scratch->path);
    snprintf(aside, sizeof aside, "%s-old", replaced);
    assert_int_equal(mkdir(replaced, 0700), 0);
    meanwhile = replace_folder;
    int r = loop_folder_new(loop, replaced, note_change, NULL, &watch);
    meanwhile = NULL;
    assert_int_equal(r, -ESTALE);
    assert_null(watch);
}

static void what_is_no_folder_is_refused(void **state)
{
    struct scratch *scratch = *state;
    CLEANUP(loop_freep) struct loop *loop = NULL;
    struct loop_folder *watch = NULL;
    char path[100];

    assert_int_equal(loop_new(&loop), 0);
    snprintf(path, sizeof path, "%s/x", scratch->path);
    assert_int_equal(loop_folder_new(loop, path, note_change, NULL, &watch), -ENOENT);
    scratch_put(scratch, "x", STR("x"));
    assert_int_equal(loop_folder_new(loop, path, note_change, NULL, &watch), -ENOTDIR);
    assert_null(watch);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(changes_of_a_folder_are_noticed),
        FOLDER_TEST(a_folder_watch_may_be_freed_in_its_own_callback),
        FOLDER_TEST(a_folder_that_goes_away_is_an_error),
        FOLDER_TEST(a_folder_that_is_replaced_while_its_watch_begins_is_an_error),
        FOLDER_TEST(what_is_no_folder_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
