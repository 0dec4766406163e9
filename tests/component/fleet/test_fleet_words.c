/* The last words of a worker that nobody had stopped. */
#include "tests/component/fleet/yard.h"

#include <signal.h>
#include <stdio.h>

/* How it ended, and the end of its log: at most 50 lines, whole ones, the last one last. */
static void expect_last_words(const struct json *words, unsigned incarnation)
{
    const struct json *log = json_get(words, "log");
    int64_t number = 0;
    assert_int_equal(json_int(json_get(words, "incarnation"), &number), 0);
    assert_int_equal(number, incarnation);
    assert_string_equal(json_text(json_get(words, "reason")), "WorkerCrashed");
    assert_non_null(strstr(json_text(json_get(words, "message")), "SIGKILL"));
    assert_int_equal(json_count(log), 50);
    assert_int_equal(strncmp(json_text(json_at(log, 0)), "{\"", 2), 0);
    size_t last = 49; /* but for what the worker itself has still said */
    while (last > 0 && strcmp(json_text(json_at(log, last)), "the last line") != 0)
        last--;
    assert_true(last > 0);
}

/* More than is kept; a line in front that is cut by the reading must not be told. */
static void log_fill(struct yard *yard)
{
    char path[256];
    snprintf(path, sizeof path, "%s/" WORKER ".log", yard->logs);
    FILE *log = fopen(path, "a");
    assert_non_null(log);
    for (int i = 0; i < 200; i++)
        fprintf(log, "{\"line\":%d,\"more\":\"%0*d\"}\n", i, i % 2 ? 1000 : 10, 0);
    fprintf(log, "the last line\n");
    assert_int_equal(fclose(log), 0);
}

static void a_worker_that_is_killed_leaves_its_last_words(void **state)
{
    struct yard *yard = yard_begin_live(state);
    assert_null(yard_view(yard)->last_words);
    log_fill(yard);
    assert_int_equal(kill(yard_pid(yard), SIGKILL), 0);
    yard_wait(yard, is_gone);
    expect_last_words(yard_view(yard)->last_words, 1);
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    expect_last_words(yard_view(yard)->last_words, 1); /* kept beside the next one */
    assert_int_equal(fleet_stop(yard->fleet, WORKER), 0);
    yard_wait(yard, is_gone);
    expect_last_words(yard_view(yard)->last_words, 1); /* an ordered end has none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_worker_that_is_killed_leaves_its_last_words, yard_open, yard_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
