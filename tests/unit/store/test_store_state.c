/* The state folder: what is visible is kept, and a folder that takes nothing changes nothing. */
#include "tests/unit/store/store_fixture.h"
#include <signal.h>
#include <sys/resource.h>

static void what_was_written_is_there_after_a_crash(void **state)
{
    struct store_fixture *fixture = *state;
    const struct resource_key gone = session_key("gone");

    assert_int_equal(store_create(fixture->store, session_given("kept", ",\"spec\":{\"key\":\"k\"}")), 0);
    assert_int_equal(store_create(fixture->store, session_given("gone", "")), 0);
    assert_int_equal(store_delete(fixture->store, &gone), 0);
    assert_int_equal(store_update_status(fixture->store, session_given("kept", ",\"status\":{\"phase\":\"Ready\"}")),
                     0);
    struct json *before CLEANUP(json_freep) = session_copy(fixture->store, "kept");
    store_reopen(fixture);
    assert_true(json_equal(session_get(fixture->store, "kept"), before));
    assert_null(session_get(fixture->store, "gone"));
    assert_int_equal(faccessat(fixture->scratch->fd, "SplitSession.default.kept.json", R_OK, 0), 0);
}

static void versions_never_go_backwards(void **state)
{
    struct store_fixture *fixture = *state;
    uint64_t last = 0;

    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        assert_int_equal(store_create(fixture->store, session_given(name, "")), 0);
        assert_true(store_version(fixture->store) > last);
        last = store_version(fixture->store);
        const struct resource_key key = session_key(name);
        assert_int_equal(store_delete(fixture->store, &key), 0); /* leaves no document that tells the version */
        last = store_version(fixture->store);
        store_reopen(fixture);
        assert_true(store_version(fixture->store) >= last);
    }
    assert_int_equal(unlinkat(fixture->scratch->fd, "counter.json", 0), 0);
    assert_int_equal(store_create(fixture->store, session_given("kept", "")), 0);
    last = store_version(fixture->store);
    store_reopen(fixture);
    assert_true(store_version(fixture->store) >= last);
}

static void one_change_is_one_write_of_the_counter_in_a_thousand(void **state)
{
    struct store_fixture *fixture = *state;
    struct stat first, later;

    assert_int_equal(store_create(fixture->store, session_given("a", "")), 0);
    assert_int_equal(fstatat(fixture->scratch->fd, "counter.json", &first, 0), 0);
    for (int i = 0; i < 100; i++) {
        char rest[64];
        snprintf(rest, sizeof rest, ",\"spec\":{\"key\":\"%d\"}", i);
        assert_int_equal(store_update(fixture->store, session_given("a", rest)), 0);
    }
    assert_int_equal(fstatat(fixture->scratch->fd, "counter.json", &later, 0), 0);
    assert_int_equal(first.st_ino, later.st_ino); /* replaced files are other ones */
}

static void names_of_any_length_have_files_of_their_own(void **state)
{
    struct store_fixture *fixture = *state;
    char name[254], other[254];

    memset(name, 'n', 253);
    name[253] = '\0';
    memcpy(other, name, sizeof other);
    other[252] = 'm';
    assert_int_equal(store_create(fixture->store, session_given(name, ",\"spec\":{\"key\":\"1\"}")), 0);
    assert_int_equal(store_create(fixture->store, session_given(other, ",\"spec\":{\"key\":\"2\"}")), 0);
    store_reopen(fixture);
    assert_string_equal(json_text(json_path(session_get(fixture->store, name), "spec", "key", NULL)), "1");
    assert_string_equal(json_text(json_path(session_get(fixture->store, other), "spec", "key", NULL)), "2");
    const struct resource_key key = session_key(name);
    assert_int_equal(store_delete(fixture->store, &key), 0);
    store_reopen(fixture);
    assert_null(session_get(fixture->store, name));
    assert_non_null(session_get(fixture->store, other));
}

static void expect_refused(struct store_fixture *fixture, const char *file, const char *why_part)
{
    struct reason why;
    struct store *store = NULL;

    assert_int_equal(store_new(fixture->scratch->fd, &store, &why), STORE_REFUSED);
    assert_int_equal(why.code, REASON_STATE_DAMAGED);
    if (!strstr(why.text, file) || !strstr(why.text, why_part))
        fail_msg("%s", why.text);
}

static void a_broken_file_stops_the_start_and_is_named(void **state)
{
    struct store_fixture *fixture = *state;
    const struct scratch *scratch = fixture->scratch;

    scratch_put(scratch, "QueueSplit.default.x.json", STR("{\n\"apiVersion\": "));
    expect_refused(fixture, "QueueSplit.default.x.json", "line 2");
    scratch_put(scratch, "QueueSplit.default.x.json",
                STR("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"name\":\"y\","
                    "\"namespace\":\"default\",\"resourceVersion\":\"4\"}}"));
    expect_refused(fixture, "QueueSplit.default.x.json", "another document");
    scratch_put(scratch, "QueueSplit.default.x.json", STR("{\"kind\":\"Pod\"}"));
    expect_refused(fixture, "QueueSplit.default.x.json", "apiVersion");
    assert_int_equal(unlinkat(scratch->fd, "QueueSplit.default.x.json", 0), 0);
    scratch_put(scratch, "counter.json", STR("{\"resourceVersion\":-4}"));
    expect_refused(fixture, "counter.json", "resourceVersion");
}

static void files_of_others_and_of_a_crash_are_no_documents(void **state)
{
    struct store_fixture *fixture = *state;

    scratch_put(fixture->scratch, "environment.json", STR("no document"));
    scratch_put(fixture->scratch, "SplitSessionX.json", STR("no document"));
    scratch_put(fixture->scratch, FILE_TEMP_PREFIX "1234", STR("half writ"));
    store_reopen(fixture);
    assert_int_not_equal(faccessat(fixture->scratch->fd, FILE_TEMP_PREFIX "1234", F_OK, 0), 0);
    assert_int_equal(faccessat(fixture->scratch->fd, "environment.json", F_OK, 0), 0);
}

static struct {
    rlim_t size;
} before_limit;

/* Writes fail with -EFBIG, as -ENOSPC would: nothing, or only part of a file, can be written. */
static void forbid_writes(void)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    before_limit.size = limit.rlim_cur;
    limit.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void allow_writes(void)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = before_limit.size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_changes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    struct told told = {.count = 0};
    struct store_watch *watch = NULL;

    assert_int_equal(store_create(fixture->store, session_given("a", ",\"spec\":{\"key\":\"1\"}")), 0);
    uint64_t version = store_version(fixture->store);
    assert_int_equal(store_watch_new(fixture->store, tell, &told, &watch), 0);
    forbid_writes();
    int created = store_create(fixture->store, session_given("b", ""));
    int updated = store_update(fixture->store, session_given("a", ",\"spec\":{\"key\":\"2\"}"));
    int status = store_update_status(fixture->store, session_given("a", ",\"status\":{\"phase\":\"x\"}"));
    int trouble = store_trouble(fixture->store);
    allow_writes();
    assert_int_equal(trouble, -EFBIG);
    assert_int_equal(store_trouble(fixture->store), 0); /* it looks again */
    assert_int_equal(created, -EFBIG);
    assert_int_equal(updated, -EFBIG);
    assert_int_equal(status, -EFBIG);
    assert_int_equal(told.count, 0);
    assert_int_equal(store_version(fixture->store), version);
    assert_null(session_get(fixture->store, "b"));
    store_watch_free(watch);
    store_reopen(fixture);
    assert_null(session_get(fixture->store, "b"));
    assert_string_equal(json_text(json_path(session_get(fixture->store, "a"), "spec", "key", NULL)), "1");
}

/* A folder that is gone takes nothing, for root, too (whom a mode would not stop). */
static void a_folder_that_takes_no_files_changes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    const struct resource_key key = session_key("a");
    char path[96];
    struct store *store = NULL;
    struct reason why;

    snprintf(path, sizeof path, "%s/state", fixture->scratch->path);
    assert_int_equal(mkdir(path, 0700), 0);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(store_new(fd, &store, &why), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(store_create(store, session_given("a", "")), -ENOENT);
    assert_null(store_get(store, &key));
    assert_int_equal(store_version(store), 0);
    store_free(store);
}

static void a_document_that_could_not_be_loaded_again_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    struct json *session = session_given("a", ""), *spec = NULL;
    size_t length = STORE_DOCUMENT_BYTES_MAX;
    char *text = malloc(length);

    memset(text, 'x', length);
    assert_int_equal(json_object_at(session, "spec", &spec), 0);
    assert_int_equal(json_set_take(spec, "key", json_new_str((struct str){text, length})), 0);
    free(text);
    assert_int_equal(store_create(fixture->store, session), STORE_REFUSED);
    assert_null(session_get(fixture->store, "a"));
}

static void files_are_for_their_owner_alone(void **state)
{
    struct store_fixture *fixture = *state;
    struct stat st;

    assert_int_equal(store_create(fixture->store, session_given("a", "")), 0);
    assert_int_equal(fstatat(fixture->scratch->fd, "SplitSession.default.a.json", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_was_written_is_there_after_a_crash),
        STORE_TEST(versions_never_go_backwards),
        STORE_TEST(one_change_is_one_write_of_the_counter_in_a_thousand),
        STORE_TEST(names_of_any_length_have_files_of_their_own),
        STORE_TEST(a_broken_file_stops_the_start_and_is_named),
        STORE_TEST(files_of_others_and_of_a_crash_are_no_documents),
        STORE_TEST(a_full_disk_changes_nothing),
        STORE_TEST(a_folder_that_takes_no_files_changes_nothing),
        STORE_TEST(a_document_that_could_not_be_loaded_again_is_refused),
        STORE_TEST(files_are_for_their_owner_alone),
    };

    return cmocka_run_group_tests_name("store_state", tests, NULL, NULL);
}
