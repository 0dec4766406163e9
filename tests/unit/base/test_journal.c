/* Lines of logs as entries of the journal. */
#include "common/base/journal.h"
#include "tests/unit/cmocka_all.h"

static void assert_entry(const char *line, const char *split, const char *wanted)
{
    struct buf entry CLEANUP(buf_deinit) = BUF_INIT(JOURNAL_BYTES_MAX);
    assert_int_equal(journal_entry(str_of(line), "sluice/x", split, &entry), 0);
    assert_int_equal(buf_append(&entry, "", 1), 0);
    assert_string_equal(entry.data, wanted);
}

static void a_readable_line_loses_what_the_journal_shows_itself(void **state)
{
    (void)state;
    assert_entry(
        "2026-11-22T06:26:07.704Z WARN worker.kafka: a session ended session=alice-1 count=3", "split-1",
        "MESSAGE=worker.kafka: a session ended session=alice-1 count=3\nPRIORITY=4\nSYSLOG_IDENTIFIER=sluice/x\n"
        "SPLIT=split-1\nSESSION=alice-1\n");
    assert_entry(
        "2026-11-22T06:26:07.704Z INFO supervisor.split: Active split=split-2 from=Patching", "",
        "MESSAGE=supervisor.split: Active split=split-2 from=Patching\nPRIORITY=6\nSYSLOG_IDENTIFIER=sluice/x\n"
        "SPLIT=split-2\n");
    assert_entry(
        "2026-11-22T06:26:07.704Z ERROR supervisor.fleet: gone worker=split-3", "",
        "MESSAGE=supervisor.fleet: gone worker=split-3\nPRIORITY=3\nSYSLOG_IDENTIFIER=sluice/x\nSPLIT=split-3\n");
}

static void values_in_quotes_lose_them(void **state)
{
    (void)state;
    assert_entry(
        "2026-11-22T06:26:07.704Z INFO a: b split=\"split 2\" session=\"\" c=d", "",
        "MESSAGE=a: b split=\"split 2\" session=\"\" c=d\nPRIORITY=6\nSYSLOG_IDENTIFIER=sluice/x\nSPLIT=split 2\n");
}

static void a_json_line_stays_whole(void **state)
{
    (void)state;
    assert_entry("{\"time\":\"x\",\"level\":\"debug\",\"message\":\"m\",\"session\":\"bob-2\"}", "split-1",
                 "MESSAGE={\"time\":\"x\",\"level\":\"debug\",\"message\":\"m\",\"session\":\"bob-2\"}\nPRIORITY=7\n"
                 "SYSLOG_IDENTIFIER=sluice/x\nSPLIT=split-1\nSESSION=bob-2\n");
}

/* A worker's last words are often those of a library. */
static void other_lines_are_kept_as_they_are(void **state)
{
    (void)state;
    assert_entry("Assertion failed: x", "split-1",
                 "MESSAGE=Assertion failed: x\nPRIORITY=5\nSYSLOG_IDENTIFIER=sluice/x\nSPLIT=split-1\n");
    assert_entry("2026 WARNING", "split-1",
                 "MESSAGE=2026 WARNING\nPRIORITY=5\nSYSLOG_IDENTIFIER=sluice/x\nSPLIT=split-1\n");
    assert_entry("", "", "PRIORITY=5\nSYSLOG_IDENTIFIER=sluice/x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_readable_line_loses_what_the_journal_shows_itself),
        cmocka_unit_test(values_in_quotes_lose_them),
        cmocka_unit_test(a_json_line_stays_whole),
        cmocka_unit_test(other_lines_are_kept_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
