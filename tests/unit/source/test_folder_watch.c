/* Changes of the folder: taken over soon, and never half. */
#include "tests/unit/source/source_fixture.h"

static void changes_are_noticed(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "1");
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "2"));
    source_until(fixture, "one", "2");
    source_put(fixture, "b.yaml", CONFIG_MAP("two", "x"));
    source_until(fixture, "two", "x");
    assert_int_equal(file_write_atomic(fixture->scratch->fd, "a.yaml", STR(CONFIG_MAP("one", "3")).data,
                                       STR(CONFIG_MAP("one", "3")).len, 0600),
                     0);
    source_until(fixture, "one", "3");
    assert_int_equal(renameat(fixture->scratch->fd, "b.yaml", fixture->scratch->fd, "b.off"), 0);
    source_until(fixture, "two", "");
    assert_string_equal(source_value(fixture, "one"), "3");
}

static void a_file_that_breaks_stays_as_it_was(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1") "---\n" CONFIG_MAP("two", "1"));
    source_put(fixture, "b.yaml", CONFIG_MAP("three", "1"));
    source_open(fixture);
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "2") "---\nkey: [1,\n");
    source_put(fixture, "b.yaml", CONFIG_MAP("three", "2"));
    source_until(fixture, "three", "2"); /* others go on */
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_string_equal(source_value(fixture, "two"), "1");
    assert_non_null(source_find(fixture, "last good state stays in force"));
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "3"));
    source_until(fixture, "one", "3");
    assert_string_equal(source_value(fixture, "two"), "");
    assert_int_equal(folder_source_problems(fixture->source)->count, 0);
}

/* Whoever copies a file into place, or writes it by hand, empties it first. */
static void a_file_that_becomes_empty_stays_as_it_was(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_open(fixture);
    source_put(fixture, "a.yaml", "");
    source_until_problem(fixture, "it became empty; remove the file to take its resources away");
    assert_string_equal(source_value(fixture, "one"), "1");
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "2"));
    source_until(fixture, "one", "2");
    source_until_problem(fixture, NULL);
    source_put(fixture, "a.yaml", "# nothing any more\n");
    source_until(fixture, "one", "");
}

static void a_broken_file_that_is_deleted_takes_its_documents_along(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_open(fixture);
    source_put(fixture, "a.yaml", "[");
    source_until_problem(fixture, "last good state");
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_int_equal(unlinkat(fixture->scratch->fd, "a.yaml", 0), 0);
    source_until(fixture, "one", "");
    source_until_problem(fixture, NULL);
}

/* C-11: what a file of before the start held is not known until it can be read. */
static void what_was_never_read_is_not_taken_for_gone(void **state)
{
    struct source_fixture *fixture = *state;

    assert_non_null(store_inputs_doubt(fixture->store)); /* nothing was read yet */
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_put(fixture, "b.yaml", "[");
    source_put(fixture, "c.yaml", "");
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_string_equal(store_inputs_doubt(fixture->store)->text,
                        "manifest b.yaml had no good state since the start");
    assert_problem(fixture, "it is empty", "c.yaml", 0, true, REASON_MANIFEST_UNREADABLE);
    source_put(fixture, "b.yaml", CONFIG_MAP("two", "2"));
    source_until(fixture, "two", "2");
    assert_string_equal(store_inputs_doubt(fixture->store)->text,
                        "manifest c.yaml had no good state since the start");
    source_put(fixture, "c.yaml", CONFIG_MAP("three", "3"));
    source_until(fixture, "three", "3");
    assert_null(store_inputs_doubt(fixture->store));
    source_put(fixture, "a.yaml", "[");
    source_until_problem(fixture, "last good state");
    assert_null(store_inputs_doubt(fixture->store)); /* what it held is known */
    source_put(fixture, "d.yaml", "[");
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "2"));
    source_until(fixture, "one", "2");
    assert_non_null(store_inputs_doubt(fixture->store));
    assert_int_equal(unlinkat(fixture->scratch->fd, "d.yaml", 0), 0);
    source_until_problem(fixture, NULL);
    assert_null(store_inputs_doubt(fixture->store));
}

static void a_file_that_becomes_unsafe_is_not_believed(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_open(fixture);
    assert_int_equal(fchmodat(fixture->scratch->fd, "a.yaml", 0666, 0), 0);
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "2"));
    source_until_problem(fixture, "can write this file");
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_int_equal(fchmodat(fixture->scratch->fd, "a.yaml", 0600, 0), 0);
    source_until(fixture, "one", "2");
    source_until_problem(fixture, NULL);
}

static void a_folder_that_disappears_leaves_its_last_state_and_may_come_back(void **state)
{
    struct source_fixture *fixture = *state;
    char path[128], moved[128];
    struct reason why;

    snprintf(path, sizeof path, "%s/folder", fixture->scratch->path);
    snprintf(moved, sizeof moved, "%s/moved", fixture->scratch->path);
    assert_int_equal(mkdir(path, 0700), 0);
    source_put(fixture, "folder/a.yaml", CONFIG_MAP("one", "1"));
    assert_int_equal(folder_source_new(fixture->loop, path, fixture->store, &fixture->source, &why), 0);
    assert_int_equal(rename(path, moved), 0);
    source_until_problem(fixture, "No such file or directory; the last state of all files stays in force");
    assert_string_equal(source_value(fixture, "one"), "1");
    source_put(fixture, "moved/a.yaml", CONFIG_MAP("one", "2"));
    assert_int_equal(rename(moved, path), 0);
    source_until(fixture, "one", "2");
    source_until_problem(fixture, NULL);
    source_put(fixture, "folder/a.yaml", CONFIG_MAP("one", "3")); /* and it is watched again */
    source_until(fixture, "one", "3");
}

static void a_folder_that_becomes_unsafe_leaves_its_last_state(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_open(fixture);
    assert_int_equal(chmod(fixture->scratch->path, 0777), 0);
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "2"));
    source_until_problem(fixture, "others than the supervisor's user can write it");
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_int_equal(chmod(fixture->scratch->path, 0700), 0);
    source_until(fixture, "one", "2");
}

/* A writer that never rests must not keep changes from being read. */
struct busy {
    struct source_fixture *fixture;
    unsigned writes;
};

static void write_again(void *context)
{
    struct busy *busy = context;
    char text[128];

    snprintf(text, sizeof text, CONFIG_MAP("busy", "%u"), busy->writes++);
    source_put(busy->fixture, "busy.yaml", text);
}

static void a_folder_that_never_rests_is_read_all_the_same(void **state)
{
    struct source_fixture *fixture = *state;
    struct busy busy = {.fixture = fixture};
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;

    source_open(fixture);
    assert_int_equal(loop_timer_new(fixture->loop, write_again, &busy, &timer), 0);
    loop_timer_repeat(timer, FOLDER_DEBOUNCE_MS / 5);
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_until(fixture, "one", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(changes_are_noticed),
        SOURCE_TEST(a_file_that_breaks_stays_as_it_was),
        SOURCE_TEST(a_file_that_becomes_empty_stays_as_it_was),
        SOURCE_TEST(what_was_never_read_is_not_taken_for_gone),
        SOURCE_TEST(a_broken_file_that_is_deleted_takes_its_documents_along),
        SOURCE_TEST(a_file_that_becomes_unsafe_is_not_believed),
        SOURCE_TEST(a_folder_that_disappears_leaves_its_last_state_and_may_come_back),
        SOURCE_TEST(a_folder_that_becomes_unsafe_leaves_its_last_state),
        SOURCE_TEST(a_folder_that_never_rests_is_read_all_the_same),
    };

    return cmocka_run_group_tests_name("folder_watch", tests, NULL, NULL);
}
