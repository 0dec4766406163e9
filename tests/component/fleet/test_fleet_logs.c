/* Logs of workers are bounded: in size while one runs, in age and number once nobody wants it any more. */
#include "tests/component/fleet/yard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static off_t size_of(const struct yard *yard, const char *name)
{
    char path[256];
    struct stat status = {.st_size = -1};
    snprintf(path, sizeof path, "%s/%s", yard->logs, name);
    return stat(path, &status) == 0 ? status.st_size : -1;
}

static bool is_rotated(struct yard *yard) { return size_of(yard, WORKER ".log") < 1 << 20; }

static void a_log_is_bounded_however_far_it_grew(void **state)
{
    struct yard *yard = yard_begin_live(state);
    char path[256];
    snprintf(path, sizeof path, "%s/" WORKER ".log", yard->logs);
    assert_int_equal(truncate(path, 60 << 20), 0);
    yard_wait(yard, is_rotated);
    assert_int_equal(size_of(yard, WORKER ".log.1"), 10 << 20);
    pid_t pid = yard_pid(yard);
    assert_int_equal(kill(pid, 0), 0); /* it went on */
}

static void put_log(const struct yard *yard, const char *name, int64_t age_s)
{
    char path[256];
    const time_t at = time(NULL) - age_s;
    const struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};
    snprintf(path, sizeof path, "%s/%s", yard->logs, name);
    assert_int_equal(file_write_atomic(AT_FDCWD, path, "x", 1, 0600), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool keep_one(void *context, const char *worker) { return strcmp(context, worker) == 0; }

static void logs_of_ended_workers_are_kept_for_an_hour(void **state)
{
    static const char *const gone[] = {"split-aaaaaaaaaaaaaaaa.log", "split-aaaaaaaaaaaaaaaa.log.3",
                                       "probe-bbbbbbbbbbbbbbbb.log"},
                             *const others[] = {"target.default.shop.log", "split-short.log",
                                                "split-aaaaaaaaaaaaaaaa.log.9", "split-aaaaaaaaaaaaaaaa.log.gz",
                                                "nginx.log"};
    struct yard *yard = yard_begin_live(state);
    char kept[] = "split-dddddddddddddddd";
    put_log(yard, "split-dddddddddddddddd.log", 2 * 3600); /* it has a record */
    put_log(yard, WORKER ".log.1", 2 * 3600);              /* it runs */
    put_log(yard, "probe-cccccccccccccccc.log", 3600 - 60);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        put_log(yard, gone[i], 3600 + 60);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put_log(yard, others[i], 24 * 3600);
    fleet_logs_sweep(yard->fleet, keep_one, kept);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_int_equal(size_of(yard, gone[i]), -1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(size_of(yard, others[i]), 1);
    assert_int_equal(size_of(yard, "split-dddddddddddddddd.log"), 1);
    assert_int_equal(size_of(yard, WORKER ".log.1"), 1);
    assert_int_equal(size_of(yard, "probe-cccccccccccccccc.log"), 1);
}

static void logs_of_ended_workers_are_bounded_in_number_and_the_oldest_go(void **state)
{
    struct yard *yard = yard_begin(state);
    char name[64], none[] = "";
    for (int i = 0; i < FLEET_LOGS_ENDED_MAX + 10; i++) {
        snprintf(name, sizeof name, "probe-%016x.log", (unsigned)i);
        put_log(yard, name, 2 * i);
    }
    fleet_logs_sweep(yard->fleet, keep_one, none);
    for (int i = 0; i < FLEET_LOGS_ENDED_MAX + 10; i++) {
        snprintf(name, sizeof name, "probe-%016x.log", (unsigned)i);
        assert_int_equal(size_of(yard, name), i < FLEET_LOGS_ENDED_MAX ? 1 : -1);
    }
}

static bool levels_are_set(struct yard *yard)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1 << 20);
    char path[256];
    snprintf(path, sizeof path, "%s/" WORKER ".log", yard->logs);
    return file_read(AT_FDCWD, path, &text) == 0 && strstr(text.data, "the supervisor has set the log levels") &&
           strstr(text.data, "levels=\"worker=debug,info\"");
}

/* The setting of the supervisor that there is now counts, not that of the one that started the worker. */
static void an_adopted_worker_is_told_the_log_levels(void **state)
{
    struct yard *yard = yard_begin_live(state);
    yard_end_life(yard);
    yard->log_levels = "worker=debug,info";
    yard_begin_life(yard);
    yard_wait(yard, levels_are_set);
}

#define LOGS_TEST(name) cmocka_unit_test_setup_teardown(name, yard_open, yard_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TEST(a_log_is_bounded_however_far_it_grew),
        LOGS_TEST(logs_of_ended_workers_are_kept_for_an_hour),
        LOGS_TEST(logs_of_ended_workers_are_bounded_in_number_and_the_oldest_go),
        LOGS_TEST(an_adopted_worker_is_told_the_log_levels),
    };
    return cmocka_run_group_tests_name("fleet logs", tests, NULL, NULL);
}
