/* How a worker ended, in words: every exit code of the contract, signals, and why we killed it ourselves. */
#include "ipc/contract.h"
#include "supervisor/fleet/fleet_entry.h"
#include "tests/unit/cmocka_all.h"

#include <signal.h>

static const struct reason not_killed = {.code = REASON_NONE};

static void every_exit_code_has_words(void **state)
{
    static const struct {
        int code;
        enum reason_code reason;
        const char *words;
    } rows[] = {{WORKER_EXIT_CONTRACT, REASON_WORKER_CRASHED, "as the contract says"},
                {WORKER_EXIT_FENCED, REASON_WORKER_FENCED, "fenced by the broker"},
                {WORKER_EXIT_WATCHDOG, REASON_WORKER_CRASHED, "one call took too long"},
                {WORKER_EXIT_HELLO_REFUSED, REASON_WORKER_CRASHED, "refused by the supervisor"},
                {WORKER_EXIT_BROKER_FATAL, REASON_WORKER_CRASHED, "fatal error from its broker client"},
                {WORKER_EXIT_MEMORY, REASON_WORKER_CRASHED, "out of memory"},
                {99, REASON_WORKER_CRASHED, "exit code 99"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reason why;
        fleet_end_words(rows[i].code << 8, &not_killed, "split-1", &why);
        assert_int_equal(why.code, rows[i].reason);
        assert_non_null(strstr(why.text, rows[i].words));
    }
}

static void a_signal_is_named(void **state)
{
    struct reason why;
    (void)state;
    fleet_end_words(SIGSEGV, &not_killed, "split-1", &why);
    assert_int_equal(why.code, REASON_WORKER_CRASHED);
    assert_non_null(strstr(why.text, "SIGSEGV"));
}

static void why_we_killed_it_counts_before_how_it_ended(void **state)
{
    const struct reason killing = {.code = REASON_WORKER_UNRESPONSIVE, .text = "nothing was heard"};
    struct reason why;
    (void)state;
    fleet_end_words(SIGKILL, &killing, "split-1", &why);
    assert_int_equal(why.code, REASON_WORKER_UNRESPONSIVE);
    assert_string_equal(why.text, "nothing was heard; its log: sluice logs split-1");
}

/* S-12: each worker has a limit of its own, which must lie below the one that it is started with. */
static void a_limit_of_open_files_that_is_too_low_is_named(void **state)
{
    struct reason why;
    (void)state;
    fleet_start_words(EPERM, FLEET_WORKER_FILES_MAX - 1, &why);
    assert_int_equal(why.code, REASON_WORKER_START_FAILED);
    assert_non_null(strstr(why.text, "the hard limit of open files is 4095, and a worker needs 4096: raise it"));
    fleet_start_words(EPERM, FLEET_WORKER_FILES_MAX, &why);
    assert_string_equal(why.text, "the worker program could not be started: Operation not permitted");
    fleet_start_words(ENOEXEC, 64, &why);
    assert_string_equal(why.text, "the worker program could not be started: Exec format error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_exit_code_has_words),
        cmocka_unit_test(a_signal_is_named),
        cmocka_unit_test(a_limit_of_open_files_that_is_too_low_is_named),
        cmocka_unit_test(why_we_killed_it_counts_before_how_it_ended),
    };
    return cmocka_run_group_tests_name("fleet end", tests, NULL, NULL);
}
