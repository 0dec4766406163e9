/* The bytes of one line: both formats, escaping (S-11) and the limit (S-10). */
#include "common/base/log_line.h"
#include "tests/unit/cmocka_all.h"
#include <stdlib.h>

static struct log_line line;

static void begin(enum log_format format)
{
    log_line_begin(&line, format, INT64_C(1767323045006), LOG_LEVEL_INFO, "supervisor.split", "Split is active");
}

/* Ends the line and compares all of it. */
static void expect(const char *text)
{
    log_line_end(&line);
    line.data[line.len] = '\0';
    assert_string_equal(line.data, text);
}

#define TEXT_HEAD "2026-01-02T03:04:05.006Z INFO supervisor.split: Split is active"
#define JSON_HEAD                                                                                   \
    "{\"time\":\"2026-01-02T03:04:05.006Z\",\"level\":\"info\",\"component\":\"supervisor.split\"," \
    "\"message\":\"Split is active\""

static void a_line_without_fields_is_time_level_component_sentence(void **state)
{
    (void)state;
    begin(LOG_FORMAT_TEXT);
    expect(TEXT_HEAD "\n");
    begin(LOG_FORMAT_JSON);
    expect(JSON_HEAD "}\n");
}

static void put_all_kinds(void)
{
    const struct reason why = {.code = REASON_ORIGINAL_IN_USE, .text = "topic orders"};
    const struct log_field fields[] = {
        LF_STR("split", "orders-eu"),
        LF_STRN("name", STR("two words")),
        LF_INT("count", -5),
        LF_ERR(-ENOSPC),
        LF_REASON(&why),
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        log_line_field(&line, &fields[i]);
}

static void every_kind_of_field_has_its_form(void **state)
{
    (void)state;
    begin(LOG_FORMAT_TEXT);
    put_all_kinds();
    expect(TEXT_HEAD
           " split=orders-eu name=\"two words\" count=-5 error=ENOSPC error_text=\"No space left on device\" "
           "reason=OriginalInUse reason_text=\"topic orders\"\n");
    begin(LOG_FORMAT_JSON);
    put_all_kinds();
    expect(JSON_HEAD ",\"split\":\"orders-eu\",\"name\":\"two words\",\"count\":-5,\"error\":\"ENOSPC\","
                     "\"error_text\":\"No space left on device\",\"reason\":\"OriginalInUse\","
                     "\"reason_text\":\"topic orders\"}\n");
}

static void absent_values_are_harmless(void **state)
{
    const struct log_field fields[] = {LF_STR("text", NULL), LF_REASON(NULL), LF_ERR(-100000)};

    (void)state;
    begin(LOG_FORMAT_TEXT);
    for (size_t i = 0; i < 3; i++)
        log_line_field(&line, &fields[i]);
    expect(TEXT_HEAD " text=\"\" error=-100000\n");
}

static void S_11_no_value_ends_the_line_or_steers_a_terminal(void **state)
{
    static const struct str value = {"a\n\"\\\t\r\x1b[2J\0\x7f", 12};
    /* C1 control (CSI), right-to-left override and its end, line separator, and bytes that are no character. */
    static const char other[] = "\xc2\x9b|\xe2\x80\xae\xe2\x80\xac|\xe2\x80\xa8|\xff\xe2\x82";

    (void)state;
    begin(LOG_FORMAT_TEXT);
    log_line_str(&line, "v", value);
    log_line_str(&line, "w", str_of(other));
    expect(
        TEXT_HEAD
        " v=\"a\\n\\\"\\\\\\t\\r\\u001b[2J\\u0000\\u007f\" w=\"\\u009b|\\u202e\\u202c|\\u2028|\\xff\\xe2\\x82\"\n");
    begin(LOG_FORMAT_JSON);
    log_line_str(&line, "v", value);
    log_line_str(&line, "w", str_of(other));
    expect(JSON_HEAD ",\"v\":\"a\\n\\\"\\\\\\t\\r\\u001b[2J\\u0000\\u007f\","
                     "\"w\":\"\\u009b|\\u202e\\u202c|\\u2028|\\ufffd\\ufffd\\ufffd\"}\n");
}

static void readable_text_in_other_scripts_stays_as_it_is(void **state)
{
    (void)state;
    begin(LOG_FORMAT_JSON);
    log_line_str(&line, "v", STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"));
    expect(JSON_HEAD ",\"v\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"}\n");
}

/* Whatever the length of the value, the line stays below its limit, is marked, and is closed. */
static void S_10_a_line_that_is_too_long_is_cut_and_stays_whole(void **state)
{
    static char value[LOG_LINE_BYTES_MAX + 100];

    (void)state;
    memset(value, '"', sizeof value); /* two bytes each when escaped */
    for (size_t len = LOG_LINE_BYTES_MAX / 2 - 400; len < LOG_LINE_BYTES_MAX / 2 + 100; len++) {
        begin(LOG_FORMAT_JSON);
        log_line_str(&line, "v", (struct str){value, len});
        log_line_int(&line, "last", INT64_MIN);
        log_line_end(&line);
        assert_true(line.len <= LOG_LINE_BYTES_MAX);
        assert_memory_equal(line.data + line.len - 2, "}\n", 2);
        if (line.cut)
            assert_memory_equal(line.data + line.len - 13, ",\"cut\":true}\n", 13);
        /* Even number of quotes that are not escaped: nothing is left open. */
        size_t quotes = 0;
        for (size_t i = 0; i < line.len; i++) {
            if (line.data[i] == '\\')
                i++;
            else
                quotes += line.data[i] == '"';
        }
        assert_int_equal(quotes % 2, 0);
    }
    assert_true(line.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_without_fields_is_time_level_component_sentence),
        cmocka_unit_test(every_kind_of_field_has_its_form),
        cmocka_unit_test(absent_values_are_harmless),
        cmocka_unit_test(S_11_no_value_ends_the_line_or_steers_a_terminal),
        cmocka_unit_test(readable_text_in_other_scripts_stays_as_it_is),
        cmocka_unit_test(S_10_a_line_that_is_too_long_is_cut_and_stays_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
