/* What the log says of splits that become degraded and well again. */
#include "supervisor/main/split_log.h"

#include "common/base/fd.h"
#include "common/base/log.h"
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <unistd.h>

static int ends[2];

/* What was logged since the last call. */
static const char *logged(void)
{
    static char text[4096];
    ssize_t length = read(ends[0], text, sizeof text - 1);
    text[length < 0 ? 0 : length] = '\0';
    return text;
}

/* One line for each change, with its reason, and none for what stays. */
static void a_change_is_logged_once(void **state)
{
    struct target_memory memory = {.pass = 1};
    struct split_memory *split = NULL;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    log_open(ends[1], LOG_FORMAT_TEXT);
    assert_int_equal(log_set_levels(STR("info")), 0);
    assert_int_equal(target_memory_split(&memory, "split-1", (struct mono){1}, &split), 0);
    split_log_changes("target-1", &memory);
    assert_string_equal(logged(), "");
    reason_set(&split->degraded, REASON_BROKER_UNREACHABLE, 0, "nobody answers");
    split_log_changes("target-1", &memory);
    const char *line = logged();
    assert_non_null(strstr(line, "a split is degraded"));
    assert_non_null(strstr(line, "target-1"));
    assert_non_null(strstr(line, "split-1"));
    assert_non_null(strstr(line, "BrokerUnreachable"));
    assert_non_null(strstr(line, "nobody answers"));
    split_log_changes("target-1", &memory);
    assert_string_equal(logged(), "");
    split->degraded.code = REASON_NONE;
    split_log_changes("target-1", &memory);
    assert_non_null(strstr(logged(), "a split is well again"));
    split_log_changes("target-1", &memory);
    assert_string_equal(logged(), "");
    log_open(STDERR_FILENO, LOG_FORMAT_TEXT);
    target_memory_deinit(&memory);
    fd_closep(&ends[0]);
    fd_closep(&ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_change_is_logged_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
