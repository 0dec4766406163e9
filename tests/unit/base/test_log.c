/* The log of a process: what is let through, context, lost lines, and many threads. */
#include "common/base/fd.h"
#include "common/base/log.h"
#include "tests/unit/cmocka_all.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

/* Where the log goes in each test: a pipe that can be filled. */
struct sink {
    int ends[2];
    struct buf text;
};

static struct sink sink;

static int open_sink(void **state)
{
    (void)state;
    sink.text = BUF_INIT(1 << 20);
    if (pipe2(sink.ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    log_open(sink.ends[1], LOG_FORMAT_TEXT);
    return log_set_levels(STR("info"));
}

static int close_sink(void **state)
{
    (void)state;
    log_open(STDERR_FILENO, LOG_FORMAT_TEXT);
    fd_closep(&sink.ends[0]);
    fd_closep(&sink.ends[1]);
    buf_deinit(&sink.text);
    return 0;
}

/* What was written since the last call. */
static const char *written(void)
{
    char *end;

    buf_clear(&sink.text);
    for (;;) {
        assert_int_equal(buf_reserve(&sink.text, 65536, &end), 0);
        ssize_t n = read(sink.ends[0], end, 65536);
        if (n <= 0)
            break;
        sink.text.len += (size_t)n;
    }
    assert_int_equal(buf_append(&sink.text, "", 0), 0);
    return sink.text.data;
}

static int evaluated;

static int count_evaluation(void) { return ++evaluated; }

static void levels_can_change_while_the_process_runs(void **state)
{
    (void)state;
    log_debug("worker.kafka.source", "Hidden", LF_INT("n", count_evaluation()));
    assert_string_equal(written(), "");
    assert_int_equal(evaluated, 0); /* the fields of a hidden line cost nothing */
    assert_int_equal(log_set_levels(STR("worker.kafka=trace,warn")), 0);
    log_trace("worker.kafka.source", "Shown", LF_INT("n", count_evaluation()));
    log_info("supervisor", "Hidden");
    assert_non_null(strstr(written(), " TRACE worker.kafka.source: Shown n=1\n"));
    assert_null(strstr(sink.text.data, "Hidden"));
    assert_int_equal(log_set_levels(STR("nonsense")), -EINVAL);
    assert_true(log_enabled(LOG_LEVEL_TRACE, "worker.kafka"));
    assert_false(log_enabled(LOG_LEVEL_INFO, "supervisor"));
    assert_int_equal(log_set_levels(STR("off")), 0);
    assert_false(log_enabled(LOG_LEVEL_ERROR, "supervisor"));
}

static void a_line_keeps_errno(void **state)
{
    (void)state;
    errno = ENOENT;
    log_error("supervisor", "Something", LF_ERR(-errno));
    assert_int_equal(errno, ENOENT);
    assert_non_null(strstr(written(), " ERROR supervisor: Something error=ENOENT "));
}

static void lost_lines_are_counted_in_the_next_one(void **state)
{
    static char block[4096];

    (void)state;
    while (write(sink.ends[1], block, sizeof block) > 0)
        continue;
    log_info("supervisor", "Lost");
    log_info("supervisor", "Lost");
    assert_null(memmem(written(), sink.text.len, "Lost", 4));
    log_info("supervisor", "Back");
    assert_non_null(strstr(written(), ": Back lines_lost=2\n"));
    log_info("supervisor", "Well");
    assert_non_null(strstr(written(), ": Well\n"));
}

static void a_line_that_went_out_in_part_is_ended_before_the_next(void **state)
{
    static char block[4096], value[12000];
    CLEANUP(buf_deinit) struct buf drained = BUF_INIT(8192);
    char *end;

    (void)state;
    while (write(sink.ends[1], block, sizeof block) > 0)
        continue;
    /* Room for one page, so that a longer line goes in only in part. */
    assert_int_equal(buf_reserve(&drained, 4096, &end), 0);
    assert_int_equal(read(sink.ends[0], end, 4096), 4096);
    memset(value, 'v', sizeof value);
    log_info("supervisor", "Long", LF_STRN("v", ((struct str){value, sizeof value})));
    written();
    assert_int_equal(sink.text.data[sink.text.len - 1], 'v');
    log_info("supervisor", "Next");
    assert_int_equal(written()[0], '\n');
    assert_non_null(strstr(sink.text.data, ": Next lines_lost=1\n"));
}

/* What one of the two has no room for, the other has all the same. */
static void each_line_goes_to_the_copy_too_as_far_as_there_is_room(void **state)
{
    static char block[4096];
    char text[1024] = "";
    int copy[2];
    (void)state;
    assert_int_equal(pipe2(copy, O_CLOEXEC | O_NONBLOCK), 0);
    while (write(copy[1], block, sizeof block) > 0)
        continue;
    log_copy_to(copy[1]);
    log_info("supervisor", "First");
    assert_non_null(strstr(written(), ": First\n"));
    while (read(copy[0], block, sizeof block) > 0)
        continue;
    log_info("supervisor", "Second");
    log_copy_to(-1);
    log_info("supervisor", "Third");
    assert_non_null(strstr(written(), ": Second\n"));
    assert_true(read(copy[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, ": Second lines_lost=1\n"));
    assert_null(strstr(text, "Third"));
    close(copy[0]);
    close(copy[1]);
}

/* Runs before the test of threads; the context stays for the rest of the process. */
static void context_stands_in_every_line(void **state)
{
    static char value[300];

    (void)state;
    assert_int_equal(log_set_context("split", STR("first")), 0);
    assert_int_equal(log_set_context("incarnation", STR("2")), 0);
    assert_int_equal(log_set_context("split", STR("orders eu")), 0);
    memset(value, 'x', sizeof value - 1);
    assert_int_equal(log_set_context("split", str_of(value)), -E2BIG);
    log_info("worker", "Hello", LF_INT("n", 1));
    assert_non_null(strstr(written(), " INFO worker: Hello split=\"orders eu\" incarnation=2 n=1\n"));
}

static void S_10_context_fields_are_limited(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(log_set_context(names[i], STR("")), 0);
    assert_int_equal(log_set_context(names[6], STR("")), -ENOBUFS);
}

enum { THREADS = 4, LINES = 300 };

static void *write_lines(void *context)
{
    for (int i = 0; i < LINES; i++) {
        log_info("worker", "Line", LF_STR("who", context), LF_INT("i", i));
        if (i % 50 == 0 && log_set_levels(i % 100 ? STR("info") : STR("worker=info,error")) < 0)
            return context;
    }
    return NULL;
}

static void lines_of_many_threads_do_not_mix(void **state)
{
    static char names[THREADS][2] = {"0", "1", "2", "3"};
    pthread_t threads[THREADS];
    size_t lines = 0;

    (void)state;
    assert_true(fcntl(sink.ends[1], F_SETPIPE_SZ, 1 << 20) > 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    const char *text = written();
    while (*text) {
        const char *end = strchr(text, '\n');
        assert_non_null(end);
        assert_memory_equal(text, "20", 2);
        assert_non_null(memmem(text, (size_t)(end - text), " INFO worker: Line ", 19));
        lines++;
        text = end + 1;
    }
    assert_int_equal(lines, THREADS * LINES);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, open_sink, close_sink)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(levels_can_change_while_the_process_runs),
        LOG_TEST(a_line_keeps_errno),
        LOG_TEST(lost_lines_are_counted_in_the_next_one),
        LOG_TEST(a_line_that_went_out_in_part_is_ended_before_the_next),
        LOG_TEST(each_line_goes_to_the_copy_too_as_far_as_there_is_room),
        LOG_TEST(context_stands_in_every_line),
        LOG_TEST(S_10_context_fields_are_limited),
        LOG_TEST(lines_of_many_threads_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
