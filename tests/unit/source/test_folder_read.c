/* What a folder of manifests is, and what is told about the wrong ones. */
#include "supervisor/source/listing.h"
#include "tests/unit/source/source_fixture.h"

static void files_and_documents_are_read_together(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1") "---\n" CONFIG_MAP("two", "2") "---\n# nothing\n");
    source_put(fixture, "b.yaml", CONFIG_MAP("three", "3"));
    source_put(fixture, "c.yml", CONFIG_MAP("four", "4"));
    source_put(fixture, ".hidden.yaml", CONFIG_MAP("five", "5"));
    source_put(fixture, "notes.txt", "{");
    assert_int_equal(mkdirat(fixture->scratch->fd, "below", 0700), 0);
    source_put(fixture, "below/d.yaml", CONFIG_MAP("six", "6"));
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_string_equal(source_value(fixture, "two"), "2");
    assert_string_equal(source_value(fixture, "three"), "3");
    assert_string_equal(source_value(fixture, "four"), ""); /* *.yaml only, one level */
    assert_string_equal(source_value(fixture, "five"), "");
    assert_string_equal(source_value(fixture, "six"), "");
    assert_int_equal(folder_source_problems(fixture->source)->count, 0);
}

static void an_empty_folder_is_right(void **state)
{
    struct source_fixture *fixture = *state;

    source_open(fixture);
    assert_int_equal(store_version(fixture->store), 0);
    assert_int_equal(folder_source_problems(fixture->source)->count, 0);
}

static void a_namespace_is_kept_and_a_missing_one_is_default(void **state)
{
    struct source_fixture *fixture = *state;
    const struct resource_key there = {.kind = KIND_SECRET, .namespace = "mirrord", .name = "s"};
    const struct resource_key here = {.kind = KIND_KAFKA_CLIENT_CONFIG, .namespace = "default", .name = "c"};

    source_put(
        fixture, "a.yaml",
        "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: mirrord}}\n---\n"
        "{apiVersion: queues.mirrord.metalbear.co/v1alpha, kind: MirrordKafkaClientConfig, metadata: {name: c}, "
        "spec: {}}\n");
    source_open(fixture);
    assert_non_null(store_get(fixture->store, &there));
    assert_non_null(store_get(fixture->store, &here));
}

static void what_is_not_ours_to_read_is_told_and_left_out(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(
        fixture, "a.yaml",
        CONFIG_MAP("one", "1") "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}\n---\n"
                               "{apiVersion: sluice.dev/v1alpha1, kind: SplitSession, metadata: {name: s}}\n"
                               "---\n{apiVersion: sluice.dev/v1alpha1, kind: QueueSplit, metadata: {name: q}}\n");
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "1");
    assert_problem(fixture, "Deployment is a workload of a cluster; here a LocalService 'd' takes", "a.yaml", 3, true,
                   REASON_MANIFEST_UNREADABLE);
    assert_problem(fixture, "SplitSession is written by Sluice alone", "a.yaml", 5, true, REASON_MANIFEST_UNREADABLE);
    assert_problem(fixture, "QueueSplit is written by Sluice alone", "a.yaml", 7, true, REASON_MANIFEST_UNREADABLE);
    assert_int_equal(store_version(fixture->store), 1);
}

static void fields_are_told_with_their_lines(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(
        fixture, "a.yaml",
        "apiVersion: sluice.dev/v1alpha1\nkind: LocalService\nmetadata: {name: s}\nspec:\n  colour: red\n"
        "  restart: no list\n  containers: []\n---\n"
        "apiVersion: queues.mirrord.metalbear.co/v1alpha\nkind: MirrordKafkaTopicsConsumer\nmetadata: {name: t}\n"
        "spec:\n  consumerApiVersion: apps/v1\n  consumerKind: Deployment\n  consumerName: s\n  topics:\n"
        "  - id: x\n    clientConfig: c\n    nameSources: []\n    oops: 1\n");
    source_open(fixture);
    assert_problem(fixture, "spec.colour: unknown field", "a.yaml", 5, true, REASON_FIELD_UNKNOWN);
    assert_problem(fixture, "spec.restart: must be a list", "a.yaml", 6, false, REASON_FIELD_INVALID);
    assert_problem(fixture, "spec.topics[0].oops", "a.yaml", 20, false, REASON_FIELD_UNKNOWN);
    /* The documents are there: sessions that need them say why they fail. */
    assert_int_equal(store_version(fixture->store), 2);
}

static void of_two_documents_of_one_name_the_first_file_counts(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "b.yaml", "\n" CONFIG_MAP("one", "b"));
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "a"));
    source_put(fixture, "c.yaml", CONFIG_MAP("two", "first") "---\n" CONFIG_MAP("two", "second"));
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "a");
    assert_problem(fixture,
                   "ConfigMap default/one stands in a.yaml (line 1), which counts, and again in b.yaml (line 2)",
                   "b.yaml", 2, false, REASON_MANIFEST_UNREADABLE);
    assert_string_equal(source_value(fixture, "two"), "first");
    assert_problem(fixture, "ConfigMap default/two", "c.yaml", 3, false, REASON_MANIFEST_UNREADABLE);
}

static void broken_files_are_named_with_the_line(void **state)
{
    struct source_fixture *fixture = *state;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1") "---\nkey: [1,\nother: 2\n");
    source_put(fixture, "b.yaml",
               CONFIG_MAP("two", "2") "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: A}}\n");
    source_put(fixture, "c.yaml", "just text\n");
    source_put(fixture, "d.yaml", CONFIG_MAP("four", "4"));
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), ""); /* nothing is half applied */
    assert_string_equal(source_value(fixture, "two"), "");
    assert_string_equal(source_value(fixture, "four"), "4");
    assert_problem(fixture, "column", "a.yaml", source_line(fixture, "column"), false, REASON_MANIFEST_UNREADABLE);
    assert_true(source_line(fixture, "column") >= 3);
    assert_problem(fixture, "metadata.name", "b.yaml", 3, false, REASON_MANIFEST_UNREADABLE);
    assert_problem(fixture, "apiVersion and kind", "c.yaml", 1, false, REASON_MANIFEST_UNREADABLE);
}

/* S-10 */
static void a_file_has_a_limit(void **state)
{
    struct source_fixture *fixture = *state;
    size_t length = MANIFEST_BYTES_MAX + 1;
    char *text = malloc(length);

    memset(text, '#', length);
    scratch_put(fixture->scratch, "large.yaml", (struct str){text, length});
    scratch_put(fixture->scratch, "fits.yaml", (struct str){text, length - 1});
    free(text);
    source_open(fixture);
    assert_problem(fixture, "limit of 1 MiB", "large.yaml", 0, false, REASON_MANIFEST_UNREADABLE);
    assert_int_equal(folder_source_problems(fixture->source)->count, 1);
}

static void what_is_no_file_is_no_trap(void **state)
{
    struct source_fixture *fixture = *state;

    assert_int_equal(mkfifoat(fixture->scratch->fd, "pipe.yaml", 0600), 0);
    assert_int_equal(mkdirat(fixture->scratch->fd, "folder.yaml", 0700), 0);
    assert_int_equal(symlinkat("nowhere", fixture->scratch->fd, "link.yaml"), 0);
    source_open(fixture);
    assert_problem(fixture, "not a regular file", "folder.yaml", 0, false, REASON_MANIFEST_UNREADABLE);
    assert_int_equal(folder_source_problems(fixture->source)->count, 2); /* a link to nothing is nothing */
}

/* A manifest says what is run, so nobody else may write it. */
static void files_and_folders_that_others_can_write_are_refused(void **state)
{
    struct source_fixture *fixture = *state;
    struct folder_source *source = NULL;
    struct reason why;

    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    source_put(fixture, "b.yaml", CONFIG_MAP("two", "2"));
    assert_int_equal(fchmodat(fixture->scratch->fd, "a.yaml", 0664, 0), 0);
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "");
    assert_string_equal(source_value(fixture, "two"), "2");
    assert_problem(fixture, "can write this file", "a.yaml", 0, false, REASON_FOLDER_UNSAFE);
    assert_int_equal(chmod(fixture->scratch->path, 0702), 0);
    assert_int_equal(folder_source_new(fixture->loop, fixture->scratch->path, fixture->store, &source, &why),
                     FOLDER_REFUSED);
    assert_int_equal(why.code, REASON_FOLDER_UNSAFE);
    assert_non_null(strstr(why.text, fixture->scratch->path));
}

/* C-11: the folder may be replaced after it was found to be a good one. */
static void a_folder_that_was_never_read_may_hold_anything(void **state)
{
    struct source_fixture *fixture = *state;
    struct source_problems problems = {.count = 0};
    struct listing listing;
    struct reason doubt;

    assert_int_equal(chmod(fixture->scratch->path, 0702), 0);
    assert_int_equal(listing_init(&listing), 0);
    assert_int_equal(listing_read(&listing, fixture->scratch->path, &problems), 0);
    assert_int_equal(problems.items[0].why.code, REASON_FOLDER_UNSAFE);
    listing_doubt(&listing, &doubt);
    assert_int_equal(doubt.code, REASON_MANIFEST_UNREADABLE);
    assert_string_equal(doubt.text, "no manifest was read yet");
    assert_int_equal(chmod(fixture->scratch->path, 0700), 0);
    assert_int_equal(listing_read(&listing, fixture->scratch->path, &problems), 0);
    listing_doubt(&listing, &doubt);
    assert_int_equal(doubt.code, REASON_NONE);
    source_problems_deinit(&problems);
    listing_deinit(&listing);
}

static void files_of_another_user_are_refused(void **state)
{
    struct source_fixture *fixture = *state;

    if (geteuid() != 0) {
        print_message("needs root to give a file away\n");
        skip();
    }
    source_put(fixture, "a.yaml", CONFIG_MAP("one", "1"));
    assert_int_equal(fchownat(fixture->scratch->fd, "a.yaml", 65534, 65534, 0), 0);
    source_open(fixture);
    assert_string_equal(source_value(fixture, "one"), "");
    assert_problem(fixture, "can write this file", "a.yaml", 0, false, REASON_FOLDER_UNSAFE);
}

static void a_folder_that_cannot_be_read_says_why(void **state)
{
    struct source_fixture *fixture = *state;
    struct folder_source *source = NULL;
    struct reason why;
    char path[128];

    snprintf(path, sizeof path, "%s/none", fixture->scratch->path);
    assert_int_equal(folder_source_new(fixture->loop, path, fixture->store, &source, &why), FOLDER_REFUSED);
    assert_int_equal(why.code, REASON_MANIFEST_UNREADABLE);
    assert_non_null(strstr(why.text, "No such file or directory"));
    source_put(fixture, "none", "x");
    assert_int_equal(folder_source_new(fixture->loop, path, fixture->store, &source, &why), FOLDER_REFUSED);
    assert_non_null(strstr(why.text, "Not a directory"));
}

/* S-10 */
static void problems_are_counted_beyond_their_limit(void **state)
{
    struct source_fixture *fixture = *state;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(1u << 20);
    struct json *json CLEANUP(json_freep) = NULL;
    int64_t left_out = 0;

    for (int file = 0; file < 2; file++) {
        char name[16];
        buf_clear(&text);
        for (int i = 0; i < 200; i++)
            assert_int_equal(buf_printf(&text, "{apiVersion: v1, kind: Pod, metadata: {name: p%d}}\n---\n", i), 0);
        snprintf(name, sizeof name, "%d.yaml", file);
        source_put(fixture, name, text.data);
    }
    source_open(fixture);
    assert_int_equal(folder_source_problems(fixture->source)->count, SOURCE_PROBLEMS_MAX);
    assert_int_equal(source_problems_json(folder_source_problems(fixture->source), &json), 0);
    assert_int_equal(json_count(json_get(json, "errors")), SOURCE_PROBLEMS_MAX);
    assert_int_equal(json_int(json_get(json, "leftOut"), &left_out), 0);
    assert_int_equal(left_out, 400 - SOURCE_PROBLEMS_MAX);
    const struct json *first = json_at(json_get(json, "errors"), 0);
    assert_string_equal(json_text(json_get(first, "level")), "warning");
    assert_string_equal(json_text(json_get(first, "file")), "0.yaml");
    assert_string_equal(json_text(json_get(first, "reason")), "ManifestUnreadable");
    assert_int_not_equal(json_str(json_get(first, "nextStep")).len, 0);
}

/* S-10 */
static void only_so_many_files_are_read(void **state)
{
    struct source_fixture *fixture = *state;

    for (int i = 0; i < FOLDER_FILES_MAX + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "%04d.yaml", i);
        source_put(fixture, name, "");
    }
    source_open(fixture);
    assert_problem(fixture, "more than 1024 manifests", "", 0, false, REASON_LIMIT_REACHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(files_and_documents_are_read_together),
        SOURCE_TEST(an_empty_folder_is_right),
        SOURCE_TEST(a_namespace_is_kept_and_a_missing_one_is_default),
        SOURCE_TEST(what_is_not_ours_to_read_is_told_and_left_out),
        SOURCE_TEST(fields_are_told_with_their_lines),
        SOURCE_TEST(of_two_documents_of_one_name_the_first_file_counts),
        SOURCE_TEST(broken_files_are_named_with_the_line),
        SOURCE_TEST(a_file_has_a_limit),
        SOURCE_TEST(what_is_no_file_is_no_trap),
        SOURCE_TEST(files_and_folders_that_others_can_write_are_refused),
        SOURCE_TEST(a_folder_that_was_never_read_may_hold_anything),
        SOURCE_TEST(files_of_another_user_are_refused),
        SOURCE_TEST(a_folder_that_cannot_be_read_says_why),
        SOURCE_TEST(problems_are_counted_beyond_their_limit),
        SOURCE_TEST(only_so_many_files_are_read),
    };

    return cmocka_run_group_tests_name("folder_read", tests, NULL, NULL);
}
